"""Where memories, what may be searched of them, disclosures and reply records are kept."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from numpy.typing import NDArray

from everkin.mind.entity import EntityRef
from everkin.mind.erased import Erased
from everkin.mind.fact import Fact, Predicate
from everkin.mind.identity import BondId, CompanionId, MemoryId, MessageKey, UserId
from everkin.mind.matter import Evidence, Matter
from everkin.mind.meant import Meant
from everkin.mind.memory import Kind, Memory
from everkin.mind.risk import Disclosure, State
from everkin.mind.transcript import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A user as the cell knows them."""

    id: UserId
    name: str = field(repr=False)
    time_zone: str
    epoch: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Companion:
    """A character as the cell knows it; `persona` is its document, `version` names that text."""

    id: CompanionId
    name: str
    persona: str
    version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """One question as search sees it: normalised vectors (k, d), or None without an embedder, stems, and whom it means.

    `at` is when it is asked: a pronoun means who was spoken of just before.
    """

    vectors: NDArray[Any] | None = field(repr=False)
    stems: tuple[str, ...] = field(repr=False)
    people: tuple[Meant, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AsOf:
    """What tells whether something that was read is still so: the user's epoch, which moves with everything they write,
    and the bond's revision, which moves when something said in it changes or goes, and not when more is said.
    """

    epoch: int
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """What a bond holds on a probe. `matter` rows and `evidence` columns are aligned; `ids` are their memories, 16 bytes each."""

    matter: Matter
    evidence: Evidence
    ids: NDArray[Any] = field(repr=False)
    as_of: AsOf
    degraded: tuple[str, ...] = ()
    """What could not be read in time, by name."""

    def memories(self, rows: Iterable[Any]) -> list[UUID]:
        """The memories of some rows, in their order."""
        return [UUID(bytes=self.ids[row].tobytes()) for row in rows]


class Matters(Protocol):
    """Searchable matter of a bond: from PostgreSQL, or from a snapshot in RAM. Both answer the same."""

    async def gather(self, user: UserId, bond: BondId, probe: Probe) -> Gathered: ...


class Memories(Protocol):
    """Memories of one user, opened."""

    async def get(self, user: UserId, ids: Sequence[MemoryId]) -> dict[MemoryId, Memory]:
        """Those that exist; what was erased is simply not there."""
        ...

    async def opened(self, user: UserId, bond: BondId, ids: Sequence[MemoryId], as_of: AsOf) -> dict[MemoryId, Memory]:
        """`get` for a question, from RAM where they were opened a moment ago and are still so. `as_of` is what the
        question's `Gathered` says. How often each was used, and whether another process pinned it, may
        be a quarter of an hour old.
        """
        ...

    async def known_facts(
        self,
        user: UserId,
        bond: BondId,
        about: Collection[tuple[Predicate, EntityRef]],
        *,
        apart_from: Collection[MessageKey] = (),
    ) -> list[tuple[MemoryId, Fact]]:
        """The facts that stand on any of these subjects, newest first; at most a few hundred.

        What only the messages `apart_from` say (because they are being revised) is left out.
        """
        ...

    async def facts(
        self,
        user: UserId,
        bond: BondId,
        *,
        kinds: Collection[Predicate],
        at: datetime,
        limit: int,
    ) -> list[Memory]:
        """The facts of these kinds that hold at `at`, newest first: the bond's own, and those shared by the user's others."""
        ...

    async def told(self, user: UserId, bond: BondId, *, kinds: Collection[Predicate], limit: int) -> list[Memory]:
        """The bond's facts of these kinds, whether they still hold or are over, the latest told first; none put right since.

        Of kinds whose floor is below 1, those that went cold are not among them.
        """
        ...

    async def shared(self, user: UserId, bond: BondId) -> dict[BondId, frozenset[MemoryId]]:
        """The standing facts that the user's other bonds share with this one; empty for a user of one bond."""
        ...

    async def later(self, user: UserId, ids: Collection[MemoryId]) -> dict[MemoryId, str]:
        """What holds now in place of what these memories (facts, or messages that facts came from) say, in words."""
        ...

    async def timeline(
        self,
        user: UserId,
        bond: BondId,
        *,
        start: datetime | None,
        end: datetime | None,
        limit: int,
        kind: Kind | None = None,
    ) -> list[Memory]:
        """In the order in which they were said, newest first; of one kind, or all."""
        ...

    async def pin(self, user: UserId, memory: MemoryId, *, pinned: bool) -> None: ...

    async def touch(self, user: UserId, ids: Sequence[MemoryId], *, at: datetime) -> None:
        """Count one use of each."""
        ...

    async def episodes(self, user: UserId, messages: Collection[MessageKey]) -> list[MemoryId]:
        """The memories that are what these messages said."""
        ...

    async def sources(self, user: UserId, memory: MemoryId) -> list[Message]:
        """The messages a memory came from, word for word."""
        ...


class Disclosures(Protocol):
    """What safety must never forget. Disclosures are the user's, whichever companion heard them."""

    async def open(self, user: UserId) -> list[Disclosure]:
        """Those no person has reviewed, newest first."""
        ...

    async def all(self, user: UserId) -> list[Disclosure]:
        """The reviewed and dismissed ones too, newest first."""
        ...

    async def move(self, user: UserId, disclosure: Disclosure, *, to: State, at: datetime) -> bool:
        """Compare-and-set of its state; False when somebody got there first."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyRecord:
    """How a reply came to be. `parameters` are numbers and switches; `context_digest` is SHA-256 of the composed messages."""

    message: MessageKey
    provider: str
    model: str
    parameters: dict[str, Any]
    persona_version: str
    context_digest: bytes
    verdict: str
    fault: str | None
    prompt_tokens: int | None
    reply_tokens: int | None
    at: datetime


class Replies(Protocol):
    async def put(self, user: UserId, bond: BondId, record: ReplyRecord) -> None: ...

    async def get(self, user: UserId, message: MessageKey) -> ReplyRecord | None: ...

    async def versions(self, user: UserId, bond: BondId, *, until: datetime) -> list[tuple[datetime, str]]:
        """The versions of the persona that replied, each with its first reply, in order."""
        ...


class Erasable(Protocol):
    """A place that holds something of a user, and can be made to hold nothing of it."""

    async def erase_user(self, user: UserId) -> Erased: ...

    async def erase_memory(self, user: UserId, memory: MemoryId) -> Erased:
        """A memory, the messages it came from and all that was learnt from those. Raises NotFound."""
        ...
