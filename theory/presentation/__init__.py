"""Presentation of bounds: tables, figures, and the input and output of commands."""
