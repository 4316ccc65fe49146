"""Fast numerical routines that know no algorithm: sketches, hashing, selection, rounding."""
