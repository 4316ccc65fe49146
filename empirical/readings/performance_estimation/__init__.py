"""Worst cases as semidefinite programs over Gram matrices."""
