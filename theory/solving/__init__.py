"""Numbers that a question asks of a bound: the best step size, the fewest rounds."""
