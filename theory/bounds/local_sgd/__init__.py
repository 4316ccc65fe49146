"""Bounds of Local SGD and its federated relatives."""
