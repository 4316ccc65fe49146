"""Tuning of bounds: best step sizes and local steps, fewest rounds, evaluation over meshes."""
