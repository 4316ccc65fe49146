"""Neural networks without buffers, one family a file."""
