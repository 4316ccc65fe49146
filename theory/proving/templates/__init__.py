"""Parts that derivations share: ways from lemmas to a bound."""
