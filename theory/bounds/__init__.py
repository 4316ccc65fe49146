"""The theorems, one family of results a file; each file ends in BOUNDS, the tuple of its bounds."""
