"""What can be done about an answer whose provider died in the middle: a pure decision on what the reader has seen."""

from enum import StrEnum

from everkin.mind.ports.gateway import Shown
from everkin.providers.join import looks_structured


class Way(StrEnum):
    """FRESH: nothing was handed out. OVER: the next answer takes the place of what was. ON: the next provider goes on
    from it. NONE: it stays as it is."""

    FRESH = "fresh"
    OVER = "over"
    ON = "on"
    NONE = "none"


def way(text: str, *, called_tools: bool, shown: Shown, continuable: bool, seams_left: int) -> Way:
    """Sentences are continued; what is no prose is done over where the reader's copy can still be replaced."""
    if not text.strip() and not called_tools:
        return Way.FRESH
    if shown is Shown.NOWHERE:
        return Way.OVER
    if continuable and seams_left > 0 and not called_tools and not looks_structured(text):
        return Way.ON
    return Way.OVER if shown is Shown.REPLACEABLE else Way.NONE
