"""Who is spoken of, message by message in the order of time; and, in a chat of several, who may be spoken to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from everkin.absorb.entities import SPOKEN_OF, mentions
from everkin.mind.entity import Form, Mention, Speaker, Turn
from everkin.mind.ports.people import Acquaintance
from everkin.mind.registry import plain
from everkin.mind.transcript import SESSION_GAP

STRANGERS: Final = Acquaintance()
"""Nobody is known yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """What one of those in a chat said."""

    speaker: Speaker
    text: str = field(repr=False)
    at: datetime


class Company:
    """The names that are known, and who was spoken of last."""

    def __init__(self, acquainted: Acquaintance = STRANGERS) -> None:
        self.names, self._recent, self._last = acquainted.names, acquainted.recent, acquainted.last
        self._before: datetime | None = None

    def hear(self, said: Utterance, *, other: Speaker | None) -> Sequence[Mention]:
        """The mentions of a message; its names are known from then on. `other` is whom "your" means, if one person."""
        if self._before is not None and said.at - self._before > SESSION_GAP:
            self._recent, self._last = (), 0
        self._before = said.at
        heard = mentions(
            said.text, speaker=said.speaker, other=other, known=self.names, recent=self._recent, last=self._last
        )
        named = [mention.ref for mention in heard if mention.form is not Form.ENDEARMENT]
        if fresh := {ref.name.casefold() for ref in named if ref.name} - self.names:
            self.names |= fresh | {word for name in fresh for word in plain(name)}
        spoken = dict.fromkeys(mention.ref for mention in reversed(heard) if mention.form in SPOKEN_OF)
        self._recent = tuple(dict.fromkeys((*spoken, *self._recent)))[:_RECENT]
        self._last = min(len(spoken), _RECENT) or self._last
        return heard


def turns(said: Sequence[Utterance]) -> Iterator[Turn]:
    """The messages of a chat of any number of people, in the order of time, as a registry hears them.

    Of two, each speaks to the other. Of more, to the one before or the one after: what speaks for either is looked for
    in this message, the next, and the last few.
    """
    company = Company()
    present = {each.speaker for each in said}
    for place, each in enumerate(said):
        before = next((own.speaker for own in reversed(said[:place]) if own.speaker != each.speaker), None)
        reply = next((own for own in said[place + 1 :] if own.speaker != each.speaker), None)
        after = reply.speaker if reply else None
        if len(present) == 2:
            before = after = before or after
        yield Turn(
            speaker=each.speaker,
            mentions=company.hear(each, other=after if before == after else None),
            at=each.at,
            before=before,
            after=after,
            asks=each.text.rstrip().endswith("?"),
            joined=after in {own.speaker for own in said[max(0, place - _LATELY) : place]},
            answered=bool(reply and _ANSWER.match(reply.text)),
        )


_RECENT: Final = 8
_LATELY: Final = 6
_ANSWER: Final = re.compile(
    r"\W*(?:yes|yeah|yep|no|nope|nah|oh|ok|okay|sure|fine|right|all ?right|well|uh|um|hmm?|hi|hey|hello|what|why|how|who|really"
    r"|thanks?|i|i'm|i’m)\b",
    re.IGNORECASE,
)
"""How a message begins that answers the one before."""
