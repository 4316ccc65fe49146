"""Export of theorems for other tools: JSON, LaTeX and the bibliography."""
