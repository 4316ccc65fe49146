"""Lower bounds: what no method, or not Local SGD, can beat."""
