"""Methods that take all gradients of a round at one point and then make one large-batch step."""
