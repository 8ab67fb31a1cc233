"""Every error a caller can meet, in one tree; nothing here imports anything of ours.

EverkinError
├── ConfigError                 a setting is wrong, missing or contradicts another
├── InvalidInput                what the caller handed over cannot be taken as it is
│   ├── NotFound                a named thing does not exist (for this user)
│   ├── PersonaRefused          a persona document has errors; each with its line
│   └── TooLarge                more was handed over at once than is taken
├── AccessError
│   ├── KeyWanted               no API key, or not one of ours
│   └── NotAllowed              this caller may not do this, or not as this user
├── Conflict                    somebody else changed the same thing a moment ago
├── Stopping                    the server is being stopped; what was told so far is kept
├── StoreError
│   ├── StoreUnavailable        PostgreSQL cannot be reached or started (again may help)
│   ├── StorageFull             the disk is full; what was acknowledged is kept
│   ├── SchemaTooNew            the data was written by a newer Everkin
│   └── DataFolderError         the data folder is missing, not ours, or cannot be entered
├── SealError
│   ├── KeyringMissing          the keys of this cell are not where they should be
│   ├── KeyDestroyed            the key was destroyed on purpose: the words are gone
│   └── SealBroken              a sealed text does not open: tampered with, or the wrong key
├── EmbedderError
│   ├── EmbedderUnavailable     vectors cannot be made now; words alone still work
│   └── EmbedderMismatch        vectors of two embedders would be mixed
└── ProviderError               an LLM backend failed (see everkin.providers for the named faults)

The message never holds a user's words. `facts` are for logs and are safe to print; `retryable` says whether trying the
same call again can help.
"""

from typing import Any, ClassVar


class EverkinError(Exception):
    """Base of all. `what` happened, what was `kept`, what to do `next`: the three things a person needs to know."""

    retryable: ClassVar[bool] = False

    def __init__(self, what: str, *, kept: str = "", next: str = "", **facts: Any) -> None:
        self.what, self.kept, self.next, self.facts = what, kept, next, facts
        super().__init__(" ".join(part for part in (what, kept, next) if part))


class ConfigError(EverkinError):
    """A setting is wrong, missing or contradicts another."""


class InvalidInput(EverkinError):
    """What the caller handed over cannot be taken as it is; nothing was stored."""


class NotFound(InvalidInput):
    """A named thing does not exist, or not for this user."""


class PersonaRefused(InvalidInput):
    """A persona document has errors, each told with its line; what stood before still stands."""


class TooLarge(InvalidInput):
    """More was handed over at once than is taken; nothing was stored."""


class AccessError(EverkinError):
    """Base of what keeps a caller out."""


class KeyWanted(AccessError):
    """The call carries no API key, or not one of ours."""


class NotAllowed(AccessError):
    """This caller may not do this, or not as this user."""


class Conflict(EverkinError):
    """Somebody else changed the same thing a moment ago; look again, then decide again."""

    retryable = True


class Stopping(EverkinError):
    """The server is being stopped; what was told so far is kept."""

    retryable = True


class StoreError(EverkinError):
    """Base of what can go wrong with the truth."""


class StoreUnavailable(StoreError):
    """PostgreSQL cannot be reached or started."""

    retryable = True


class StorageFull(StoreError):
    """The disk is full: nothing new was acknowledged, and what was acknowledged is kept."""

    retryable = True


class SchemaTooNew(StoreError):
    """The data was written by a newer Everkin; it was not touched."""


class DataFolderError(StoreError):
    """The data folder is missing, belongs to somebody else, or cannot be entered."""


class SealError(EverkinError):
    """Base of what can go wrong with keys and sealed text."""


class KeyringMissing(SealError):
    """The keys of this cell are not where they should be; the data is whole but dark."""


class KeyDestroyed(SealError):
    """The key was destroyed on purpose (erasure): the words are gone for good."""


class SealBroken(SealError):
    """A sealed text does not open: it was altered, or this is not its key."""


class EmbedderError(EverkinError):
    """Base of what can go wrong with vectors."""


class EmbedderUnavailable(EmbedderError):
    """Vectors cannot be made now; recall goes on with words alone."""

    retryable = True


class EmbedderMismatch(EmbedderError):
    """Vectors of two embedders would be mixed; change the embedder through a migration."""


class ProviderError(EverkinError):
    """An LLM backend failed; the named faults live in `everkin.providers`."""

    retryable = True
