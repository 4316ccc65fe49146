"""What communication costs in seconds, bytes and bits."""
