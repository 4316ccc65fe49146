"""Synthetic problems with exact constants."""
