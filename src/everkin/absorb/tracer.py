"""From a user's message to what arcs are made of: its tone, its length, what it speaks of, what is ahead, what was told."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from everkin.absorb.absorber import Said, Spans
from everkin.absorb.lexicon import words
from everkin.absorb.themes import themes
from everkin.absorb.threads import Plan, plans, tells
from everkin.mind.emotion import tone
from everkin.mind.ports.arcs import Ahead, Trace
from everkin.mind.ports.emotions import Felt
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.timespan import TimeSpan
from everkin.mind.transcript import Role

ABOUT_MAX: Final = 12
"""Stems by which a thread or its outcome is known."""
_TOO_COMMON: Final = words(
    "get plan wait look forward excit nervous start next week month weekend year day today tomorrow tonight time final hope realli feel "
    "good great thing new want need make take think know help work come see also upcom morn even night thank"
)


class Tracer:
    """Costs about 0.1 ms a message, and another 0.1 where something may be ahead."""

    def __init__(self, lexicon: Lexicon, spans: Spans) -> None:
        self._lexicon, self._spans = lexicon, spans

    def traced(self, messages: Sequence[Said], felt: Sequence[Felt | None], *, zone: ZoneInfo) -> list[Trace | None]:
        """What each message leaves, in order; None for one that is not the user's, or says nothing."""
        return [
            self._trace(message, moved, zone) if moved is not None and message.role is Role.USER else None
            for message, moved in zip(messages, felt, strict=True)
        ]

    def _trace(self, said: Said, felt: Felt, zone: ZoneInfo) -> Trace:
        def spans(text: str) -> list[TimeSpan]:
            return self._spans(text, said.at, zone)

        ahead = plans(said.content, at=said.at, spans=spans)
        return Trace(
            tone=tone(felt.impulse),
            letters=len(said.content),
            themes=tuple(themes(said.content)),
            told=self._about(said.content) if tells(said.content) else (),
            ahead=tuple(self._ahead(plan, said.content) for plan in ahead),
        )

    def _ahead(self, plan: Plan, text: str) -> Ahead:
        about = self._about(text[plan.begin : plan.end])
        return Ahead(begin=plan.begin, end=plan.end, starts=plan.starts, ends=plan.ends, about=about)

    def _about(self, text: str) -> tuple[str, ...]:
        """The stems that tell one matter from another, no pairs of them."""
        stems = dict.fromkeys(stem for stem in self._lexicon.stems(text) if _is_telling(stem))
        return tuple(stems)[:ABOUT_MAX]


def _is_telling(stem: str) -> bool:
    return stem.isalpha() and len(stem) > 2 and stem not in _TOO_COMMON
