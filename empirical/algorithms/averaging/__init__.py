"""Methods of local steps followed by an average of the iterates: Local SGD, gossip and variants."""
