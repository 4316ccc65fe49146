"""Methods that take all gradients of a round at one point."""
