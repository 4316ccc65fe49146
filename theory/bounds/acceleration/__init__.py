"""Bounds of accelerated methods: AC-SA, FedAc and their local forms."""
