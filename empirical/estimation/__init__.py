"""Performance estimation: a method against the worst functions of a class."""
