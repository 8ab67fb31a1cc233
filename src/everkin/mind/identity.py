"""The ids of things. Ours are UUIDv7 (RFC 9562), made by the caller and passed in; a user's own ids are strings."""

from collections.abc import Callable
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
CompanionId = NewType("CompanionId", UUID)
BondId = NewType("BondId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageKey = NewType("MessageKey", UUID)
MemoryId = NewType("MemoryId", UUID)
BlockId = NewType("BlockId", UUID)
EntityId = NewType("EntityId", UUID)
DisclosureId = NewType("DisclosureId", UUID)
OvertureId = NewType("OvertureId", UUID)

NewId = Callable[[], UUID]
