"""Bounds of methods that correct the drift of local steps by control variates or the like."""
