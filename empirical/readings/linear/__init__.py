"""A linear method as matrices, and what follows from them."""
