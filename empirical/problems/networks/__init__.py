"""Neural networks as functions of one flat parameter vector."""
