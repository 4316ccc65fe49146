"""Derivations, one lemma or theorem a file, each file ending in PROOF."""
