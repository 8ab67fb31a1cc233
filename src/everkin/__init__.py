"""Everkin: the state, memory and operations layer of AI companions."""

from everkin.app import Bond, Everkin

__all__ = ["Bond", "Everkin"]
