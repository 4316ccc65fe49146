"""Bounds of accelerated methods: AC-SA, FedAc, and AC-SA with large batches or local steps."""
