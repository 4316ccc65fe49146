"""Bounds of methods that correct the drift of local steps."""
