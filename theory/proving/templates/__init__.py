"""Templates of derivations: steps from lemmas to a bound, which several proofs share."""
