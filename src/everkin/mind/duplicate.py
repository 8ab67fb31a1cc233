"""Near duplicates: when two texts say the same thing, so that keeping one loses nothing."""

from typing import Final

THRESHOLD: Final = 0.95
"""Cosine above which two texts may be duplicates, if no guard speaks against it."""
