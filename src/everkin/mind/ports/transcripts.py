"""Where transcripts are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from numpy.typing import NDArray

from everkin.mind.entity import Mention
from everkin.mind.fact import Fact
from everkin.mind.identity import BondId, ConversationId, MemoryId, MessageKey, UserId
from everkin.mind.memory import Kind
from everkin.mind.ports.arcs import Trace
from everkin.mind.ports.emotions import Felt
from everkin.mind.risk import Disclosure, Finding
from everkin.mind.transcript import Delivery, Message, Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """The searchable matter of one memory: its vector, its terms and numbers about it, none of them readable words.

    `vector` is normalised, or None when it was made without an embedder. `terms` are stems; the store keeps keyed hashes.
    """

    vector: NDArray[Any] | None = field(repr=False)
    terms: tuple[str, ...] = field(repr=False)
    flags: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A memory about to be kept: the message it came from is the one it is handed over with."""

    id: MemoryId
    kind: Kind
    text: str | None = field(repr=False)
    """None where the words are the message's own (episodic)."""
    passages: tuple[Passage, ...]
    importance: float = 0.0
    fact: Fact | None = None
    """What a semantic memory says, taken apart."""
    topic: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    supersedes: tuple[MemoryId, ...] = ()
    pinned: bool = False
    superseded_by: MemoryId | None = None
    """A fact that was told late, when a newer one was known already."""
    mentions: tuple[Mention, ...] = field(default=(), repr=False)
    """Who the message speaks of, where it is one (episodic)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMessage:
    """A message about to be kept, with the memories it leaves. `parent` None means: at the end of the current branch."""

    key: MessageKey
    id: str
    role: Role
    content: str = field(repr=False)
    name: str | None = field(repr=False)
    at: datetime
    parent: MessageKey | None = None
    root: bool = False
    """True when it starts the conversation anew, whatever came before."""
    revises: MessageKey | None = None
    delivery: Delivery = Delivery.COMPLETE
    current: bool = True
    """False for a branch that was left before we heard of it: kept in the tree, not remembered from."""
    drafts: tuple[Draft, ...] = ()
    renews: tuple[MemoryId, ...] = ()
    """Memories that it says again: it becomes one more of their sources."""
    finding: Finding | None = None
    """What the guard heard in it."""
    disclosures: tuple[Disclosure, ...] = ()
    """Kept in the same commit: a cry for help is never stored without its mark."""
    felt: Felt | None = None
    """What it adds to the feelings of both; taken back when it is revised, left or erased."""
    device: str | None = field(default=None, repr=False)
    traced: Trace | None = None
    """What it leaves for arcs; goes when it goes."""


class Transcripts(Protocol):
    """Messages of one user. Every method sees that user's rows alone."""

    async def conversation(self, user: UserId, bond: BondId, label: str | None) -> ConversationId:
        """The conversation the caller knows as `label`, made when new; None is the bond's main one."""
        ...

    async def recent_conversations(self, user: UserId, bond: BondId, *, limit: int) -> list[ConversationId]:
        """Where the bond was talked in last, latest first."""
        ...

    async def known(
        self, user: UserId, bond: BondId, conversation: ConversationId, ids: Sequence[str]
    ) -> dict[str, Message]:
        """The current messages among those ids."""
        ...

    async def branch(self, user: UserId, conversation: ConversationId, *, last: int | None = None) -> list[Message]:
        """The current branch from root to head, or its `last` messages."""
        ...

    async def append(
        self, user: UserId, bond: BondId, conversation: ConversationId, messages: Sequence[NewMessage]
    ) -> list[MessageKey]:
        """Keep them with all that hangs on them, in one durable commit; what another writer kept first is left out.

        Returns the keys that were kept. Moves the user's epoch when there is any.
        """
        ...

    async def speakers(self, user: UserId, bond: BondId) -> dict[Role, str]:
        """The name each role spoke under last, where it had one."""
        ...

    async def retire(self, user: UserId, bond: BondId, messages: Sequence[MessageKey]) -> None:
        """Take messages off the current branch: kept in the tree, no longer remembered from."""
        ...

    async def finish(self, user: UserId, bond: BondId, message: NewMessage) -> None:
        """Put the final words in place of a pending message's, with the memories they leave."""
        ...

    async def learn(
        self,
        user: UserId,
        bond: BondId,
        message: MessageKey,
        drafts: Sequence[Draft],
        *,
        also: Sequence[MessageKey] = (),
    ) -> bool:
        """Add memories to a message that is kept already; `also` are further sources of them. Its words stay as they are.

        False when it is no longer there or no longer current: nothing is learnt from it then.
        """
        ...

    async def neighbours(self, user: UserId, memories: Sequence[MemoryId]) -> dict[MemoryId, list[Message]]:
        """The messages said just before and just after those that memories came from, in their own conversation
        and session."""
        ...

    async def messages(self, user: UserId, keys: Sequence[MessageKey]) -> list[Message]:
        """Messages by our ids, in no order; what was erased is simply not there."""
        ...

    async def recent(self, user: UserId, bond: BondId, *, before: datetime, limit: int) -> list[Message]:
        """The last current messages of the bond said up to `before`, oldest first."""
        ...
