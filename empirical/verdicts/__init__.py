"""From records to verdicts: which bounds apply, and whether they hold."""
