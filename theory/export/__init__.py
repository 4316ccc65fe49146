"""Theorems for other tools: JSON, LaTeX and the bibliography."""
