"""The `everkin` command: the facade's verbs at a terminal, and what the people who run it need. Nothing is kept here."""

from everkin.cli.command import main

__all__ = ["main"]
