"""Who is one with whom while facts are settled: "my sister" and "Anna" end each other's facts once they are one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from everkin.mind.entity import COMPANION, USER, EntityRef, Speaker, Turn
from everkin.mind.fact import Fact
from everkin.mind.identity import MemoryId
from everkin.mind.ports.transcripts import NewMessage
from everkin.mind.registry import Registry
from everkin.mind.transcript import Role

_SPEAKERS: Final[Mapping[Role, Speaker]] = {Role.USER: USER, Role.ASSISTANT: COMPANION}


@dataclass(frozen=True, kw_only=True, slots=True)
class Circle:
    """The people of a bond as facts see them. Whom a name was taken for the speaker's own is left as they were called:
    what one says of "Tom" does not end what Tom says of himself."""

    registry: Registry = field(default_factory=Registry)

    @classmethod
    def around(cls, registry: Registry, messages: Sequence[NewMessage]) -> "Circle":
        """The registry once these messages are heard."""
        for message in messages:
            speaker = _SPEAKERS.get(message.role)
            mentions = [mention for draft in message.drafts for mention in draft.mentions]
            if speaker is not None and mentions:
                other = COMPANION if speaker == USER else USER
                turn = Turn(speaker=speaker, mentions=mentions, at=message.at, before=other, after=other)
                registry = registry.hear(turn)
        return cls(registry=registry)

    def also(self, ref: EntityRef) -> list[EntityRef]:
        """All ways to refer to whom this one means, itself among them."""
        entity = self.registry.of.get(ref.key)
        if entity is None or entity.speaker is not None:
            return [ref]
        return [self.registry.known[key].ref for key in entity.keys if key in self.registry.known]

    def of(self, fact: Fact) -> Fact:
        """The fact with one and the same subject for each of them."""
        return replace(fact, subject=min(self.also(fact.subject), key=lambda ref: ref.key))

    def resolved(self, facts: Iterable[tuple[MemoryId, Fact]]) -> dict[MemoryId, Fact]:
        return {id: self.of(fact) for id, fact in facts}


ALONE: Final = Circle()
"""Nobody is anybody else."""
