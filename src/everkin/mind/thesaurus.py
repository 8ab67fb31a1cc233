"""The thesaurus: which English stems mean nearly the same, so that "pets" finds the dog nobody called a pet; and which are rare."""

import math
from collections.abc import Sequence
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Final

import numpy as np


class Thesaurus:
    """About 13,700 stems with up to twelve neighbours each, built from the embedder by `tools/build_thesaurus.py`.

    Calling it with a stem gives its neighbours, nearest first, each with a weight above 0, up to 1; nothing for a stem
    it does not know, as those of other languages.
    """

    def __init__(self, data: bytes) -> None:
        with np.load(BytesIO(data)) as arrays:
            self._stems: list[str] = bytes(arrays["stems"]).decode().split("\n")
            self._near = arrays["near"]
            self._weight = arrays["weight"]
        self._place = {stem: place for place, stem in enumerate(self._stems)}

    def rarity(self, stem: str) -> float:
        """How rare a stem is in English, from 1 to 7, whoever says it: 0.7 times the logarithm of its place in the embedder's
        vocabulary, which lies in the order of how common words are (Zipf). What is not in it is as rare as any.
        """
        return _STEEP * math.log(self._place.get(stem, _UNKNOWN) + _FIRST)

    def __len__(self) -> int:
        return len(self._stems)

    def __call__(self, stem: str) -> Sequence[tuple[str, float]]:
        place = self._place.get(stem)
        if place is None:
            return ()
        pairs = zip(self._near[place], self._weight[place], strict=True)
        return [(self._stems[near], int(weight) / 255) for near, weight in pairs if weight]


_STEEP: Final = 0.7
_FIRST: Final = 5
_UNKNOWN: Final = 20_000


@cache
def thesaurus() -> Thesaurus:
    """The one that ships; read once (about 10 ms, 2 MB)."""
    return Thesaurus(resources.files("everkin.mind").joinpath("weights/thesaurus.npz").read_bytes())
