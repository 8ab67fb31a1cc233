"""How a message is laid out: its columns, the words of it that are sealed, and back."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from everkin.mind.identity import BlockId, ConversationId, MessageKey
from everkin.mind.ports.transcripts import Draft, NewMessage
from everkin.mind.transcript import SESSION_GAP, Delivery, Message, Role
from everkin.store.database import Row
from everkin.store.vault import UserKeys
from everkin.store.words import Words

ROLES: Final = (Role.USER, Role.ASSISTANT, Role.SYSTEM, Role.TOOL)
"""By stored number: add at the end, never reorder."""
DELIVERIES: Final = (Delivery.COMPLETE, Delivery.STOPPED, Delivery.INTERRUPTED, Delivery.PENDING)


def message_words(message: NewMessage) -> Words:
    """What of a message is sealed."""
    return {"id": message.id, "name": message.name, "content": message.content, "device": message.device}


def message_of(row: Row, words: Words) -> Message:
    return Message(
        key=MessageKey(row["message_id"]),
        id=words.get("id") or "",
        conversation=ConversationId(row["conversation_id"]),
        parent=row["parent_id"],
        role=ROLES[row["role"]],
        content=words.get("content") or "",
        name=words.get("name"),
        device=words.get("device"),
        at=row["at"],
        ordinal=row["ordinal"],
        block=BlockId(row["block_id"]),
        delivery=DELIVERIES[row["delivery"]],
        current=row["current"],
    )


def id_hash(keys: UserKeys, conversation: UUID, id: str) -> bytes:
    """By what a message is found again under the caller's id."""
    return keys.hash_name(f"{conversation}/{id}")


def said_again(message: Message, drafts: Sequence[Draft]) -> NewMessage:
    """A stored message as one about to be kept, with what was learnt from it since."""
    return NewMessage(
        key=message.key,
        id=message.id,
        role=message.role,
        content=message.content,
        name=message.name,
        at=message.at,
        drafts=tuple(drafts),
    )


def beside(said: Row, near: Sequence[Row]) -> list[Row]:
    """The message just before one and the one just after it, in its own conversation and session."""
    place, mine = (said["at"], said["ordinal"]), said["conversation_id"]
    others = [
        ((row["at"], row["ordinal"]), row)
        for row in near
        if row["conversation_id"] == mine and abs(row["at"] - said["at"]) <= SESSION_GAP
    ]
    before = max((each for each in others if each[0] < place), key=lambda each: each[0], default=None)
    after = min((each for each in others if each[0] > place), key=lambda each: each[0], default=None)
    return [each[1] for each in (before, after) if each is not None]
