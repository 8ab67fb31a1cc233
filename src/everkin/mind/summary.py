"""A relationship in a few sentences, each with the messages it rests on. Pure, and without a model.

It is made anew from what stands each time it is asked for, and never from an older summary: what was erased, corrected or
has ended is not in it, and nothing in it has been retold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from everkin.mind.arc import Arc, Axis
from everkin.mind.fact import STANDING, Fact, Predicate
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory
from everkin.mind.thread import Stage, Thread
from everkin.mind.transcript import Role

SENTENCES_MAX: Final = 16
OF_A_KIND: Final = 4
THEMES_MAX: Final = 3
_ORDER: Final = (
    Predicate.NAME, Predicate.AGE, Predicate.HOME, Predicate.WORK, Predicate.STUDY, Predicate.PARTNER, Predicate.KIN,
    Predicate.FRIEND, Predicate.PET, Predicate.BEREAVEMENT, Predicate.DIAGNOSIS, Predicate.ALLERGY, Predicate.MEDICATION,
    Predicate.DIET, Predicate.BELIEF, Predicate.HOBBY, Predicate.LIKES, Predicate.DISLIKES, Predicate.GOAL,
)  # fmt: skip
"""Who somebody is, from the name outwards."""
_SAID: Final = {
    Predicate.NAME: "Their name is {values}.",
    Predicate.AGE: "They are {values}.",
    Predicate.HOME: "They live in {values}.",
    Predicate.WORK: "Work: {values}.",
    Predicate.STUDY: "Studies: {values}.",
    Predicate.PARTNER: "Partner: {values}.",
    Predicate.KIN: "Family: {values}.",
    Predicate.FRIEND: "Friends: {values}.",
    Predicate.PET: "Pets: {values}.",
    Predicate.BEREAVEMENT: "They have lost {values}.",
    Predicate.DIAGNOSIS: "Diagnosed: {values}.",
    Predicate.ALLERGY: "Allergic to {values}.",
    Predicate.MEDICATION: "Takes {values}.",
    Predicate.DIET: "Eats: {values}.",
    Predicate.BELIEF: "Believes: {values}.",
    Predicate.HOBBY: "Likes doing: {values}.",
    Predicate.LIKES: "Likes {values}.",
    Predicate.DISLIKES: "Does not like {values}.",
    Predicate.GOAL: "Wants to {values}.",
}
KINDS: Final = tuple(dict.fromkeys((*_ORDER, *STANDING)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """One sentence. `message_ids` are the caller's own ids of what it rests on, never none; `memories` what can be put right in it."""

    text: str = field(repr=False)
    message_ids: tuple[str, ...]
    memories: tuple[MemoryId, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cited:
    """Something in words with the messages it rests on."""

    words: str = field(repr=False)
    message_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """All that a summary may be made of. `first` is the user's first message; `weeks` are arcs with what tells them."""

    facts: Sequence[Memory]
    first: tuple[datetime, str] | None
    sessions: int
    themes: Sequence[tuple[Cited, int]] = ()
    weeks: Sequence[tuple[Arc, tuple[str, ...]]] = ()
    threads: Sequence[tuple[Thread, str]] = ()


def summary(sources: Sources, *, at: datetime, zone: ZoneInfo) -> list[Sentence]:
    """Who the user is, what they come back to, how the last weeks went, what is ahead: at most sixteen sentences."""
    told = [
        *_begun(sources, zone),
        *_known(sources.facts),
        *_returned_to(sources.themes),
        *(
            Sentence(text=arc.text, message_ids=ids)
            for arc, ids in sources.weeks
            if arc.axis is not Axis.RHYTHM and ids
        ),
        *(_ahead(thread, id, at, zone) for thread, id in sources.threads[:THEMES_MAX]),
    ]
    return [sentence for sentence in told if sentence.message_ids][:SENTENCES_MAX]


def _begun(sources: Sources, zone: ZoneInfo) -> list[Sentence]:
    if sources.first is None:
        return []
    at, id = sources.first
    local = at.astimezone(zone)
    times = "once" if sources.sessions == 1 else f"{sources.sessions} times"
    text = f"You first talked on {local.day} {local:%B %Y}, and have talked {times} since."
    return [Sentence(text=text, message_ids=(id,))]


def _known(facts: Iterable[Memory]) -> list[Sentence]:
    """A sentence for each kind of fact about the user, and one for each of their people that more is known of."""
    own: dict[Predicate, list[Memory]] = {}
    others: dict[str, list[Memory]] = {}
    for memory in facts:
        fact = memory.fact
        if fact is None or not fact.polarity or not fact.value or memory.role is not Role.USER:
            continue
        whose = fact.subject.kinship or fact.subject.name
        if whose:
            others.setdefault(_named(fact), []).append(memory)
        else:
            own.setdefault(fact.predicate, []).append(memory)
    return [
        *(_sentence(_SAID[kind].format(values=_values(own[kind])), own[kind]) for kind in _ORDER if kind in own),
        *(
            _sentence(f"Their {whose}: {_values(known, kinds=True)}.", known)
            for whose, known in sorted(others.items(), key=lambda one: (-len(one[1]), one[0]))[:OF_A_KIND]
        ),
    ]


def _named(fact: Fact) -> str:
    return " ".join(part for part in (fact.subject.kinship, fact.subject.name) if part)


def _sentence(text: str, memories: Sequence[Memory]) -> Sentence:
    told = memories[:OF_A_KIND]
    ids = dict.fromkeys(id for memory in told for id in memory.message_ids)
    return Sentence(text=text, message_ids=tuple(ids), memories=tuple(memory.id for memory in told))


def _values(memories: Sequence[Memory], *, kinds: bool = False) -> str:
    told = [
        f"{memory.fact.predicate.value} {memory.fact.value}" if kinds else memory.fact.value
        for memory in memories[:OF_A_KIND]
        if memory.fact
    ]
    return "; ".join(dict.fromkeys(told))


def _returned_to(themes: Sequence[tuple[Cited, int]]) -> list[Sentence]:
    return [
        Sentence(text=f"They come back to {cited.words}: in {sessions} conversations.", message_ids=cited.message_ids)
        for cited, sessions in themes[:THEMES_MAX]
    ]


def _ahead(thread: Thread, id: str, at: datetime, zone: ZoneInfo) -> Sentence:
    over = "Waiting to hear of" if thread.stage(at, zone) is Stage.DUE else "Ahead"
    return Sentence(text=f'{over}: "{thread.text}"', message_ids=(id,))
