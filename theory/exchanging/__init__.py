"""Theorems as JSON and as LaTeX, and back."""
