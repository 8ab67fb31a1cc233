"""How a bond stands, as its owner is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from everkin.mind.anniversary import Anniversary
from everkin.mind.arc import Arc
from everkin.mind.marker import Marker
from everkin.mind.risk import Disclosure
from everkin.mind.thread import Thread


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """How a bond stands at a moment. `persona` is (name, version)."""

    persona: tuple[str, str]
    disclosures: tuple[Disclosure, ...]
    emotion: Mapping[str, float]
    """How the user seems: the 20 axes of `mind.emotion`, each -1 .. 1."""
    companion_emotion: Mapping[str, float]
    markers: tuple[Marker, ...]
    arcs: tuple[Arc, ...]
    """What has been different for weeks, and still is."""
    open_threads: tuple[Thread, ...]
    """What is ahead of the user or waits to be asked about, the next first."""
    anniversaries: tuple[Anniversary, ...]
    """Those of the next two weeks."""
    drifted: bool = False
    """Whether the companion's voice has been drifting from its persona; `Bond.voice` tells by how much."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceState:
    """`dials` is where the style stands with this user, within the persona's ranges; `core` is the core's digest.

    `drift` is the moving mean of how strange the last `replies` were, 0 the persona's own voice .. 1 somebody else's.
    """

    version: str
    core: str
    dials: Mapping[str, float]
    drift: float
    replies: int
    alarm: bool
