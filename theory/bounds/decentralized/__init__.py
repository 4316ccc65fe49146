"""Bounds of methods whose workers average with their neighbours in a topology only."""
