"""Local steps, then an average of iterates: Local SGD, gossip and their relatives."""
