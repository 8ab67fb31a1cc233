"""How a text becomes index terms."""

from typing import Protocol


class Lexicon(Protocol):
    """Deterministic: the same function reads what is stored and what is asked."""

    def stems(self, text: str) -> list[str]:
        """Index terms in the order of the text, repetitions kept, stop words left out."""
        ...
