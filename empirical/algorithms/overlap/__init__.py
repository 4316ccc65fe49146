"""Methods whose communication is hidden behind local steps, or pulls softly."""
