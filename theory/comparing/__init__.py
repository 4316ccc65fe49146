"""Several bounds at the same numbers: which is least, and where they meet."""
