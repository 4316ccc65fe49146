"""Bounds of methods that take all gradients of a round, or of a step, at one point."""
