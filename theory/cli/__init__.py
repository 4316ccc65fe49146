"""The torch-free commands: what is typed, and what is printed for it."""
