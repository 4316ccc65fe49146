"""Models of what communication costs, in seconds, bytes and bits."""
