"""Several bounds at once: which is least, where they cross, how they relate."""
