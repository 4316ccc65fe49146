"""Parts plugged into algorithms: inner rules, topologies, merge rules, bit widths."""
