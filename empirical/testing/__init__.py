"""Laws of algorithms, compressors, problems and wire formats, and what draws their subjects."""
