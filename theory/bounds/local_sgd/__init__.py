"""Bounds of Local SGD and of its federated variants, such as FedAvg and FedNova."""
