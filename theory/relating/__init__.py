"""How theorems hang together: conversions of constants, reductions, differences."""
