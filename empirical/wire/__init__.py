"""Messages as bytes: the envelope and its fields."""
