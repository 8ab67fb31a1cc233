"""Which of what was ranked is worth opening for a context: guessed from lengths, before any word is opened. Pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from everkin.mind.context import worth
from everkin.mind.matter import Flag, Ints, Matter

TOKENS_A_LINE: Final = 4.0
"""What a line costs beside its words: the speaker, and its share of the day above it."""
_TOKENS_A_TERM: Final = 2.2
"""Of English chat, whose stop words are no terms; where it is far off, one more batch is opened."""

Guess = tuple[int, float]
"""A place among the ranked rows, and about how many tokens its words are."""


def promising(matter: Matter, rows: Ints) -> list[Guess]:
    """Facts first, for they are short and told in lines of their own; then what was said, best worth for its length first."""
    tokens = TOKENS_A_LINE + _TOKENS_A_TERM * matter.length[rows]
    density = np.array([worth(rank) for rank in range(len(rows))]) / np.sqrt(tokens)
    density[(matter.flags[rows] & Flag.FACT) > 0] = np.inf
    return [(int(place), float(tokens[place])) for place in np.argsort(-density, kind="stable")]


def enough(waiting: Sequence[Guess], tokens: float) -> Sequence[Guess]:
    """The first of them that together are likely to be so many tokens; at least one."""
    costs = np.cumsum([cost for _, cost in waiting])
    return waiting[: int(np.searchsorted(costs, tokens)) + 1]
