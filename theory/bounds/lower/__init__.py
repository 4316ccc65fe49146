"""Lower bounds: errors that no method of a class, or Local SGD in particular, can avoid."""
