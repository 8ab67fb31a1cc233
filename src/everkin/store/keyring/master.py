"""The master key, under which every user's key is wrapped: a local one with a recovery phrase, or a KMS behind the protocol."""

import contextlib
import shlex
import unicodedata
from pathlib import Path
from typing import Protocol

from mnemonic import Mnemonic

from everkin.errors import InvalidInput, KeyringMissing, SealBroken
from everkin.store.keyring import durable
from everkin.store.seal import KEY_BYTES, Secret, new_key, open_sealed, seal

PHRASE_WORDS = 24
WORDS = Mnemonic("english")


class MasterKey(Protocol):
    """Wraps and unwraps other keys. Called from a thread, once per user a process meets: it may ask the network."""

    def wrap(self, key: bytes, *, aad: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, *, aad: bytes) -> bytes:
        """`SealBroken` when this master key did not wrap it, or not for this place."""
        ...


class LocalMasterKey(Secret):
    """256 random bits, kept in a file for unattended starts and by the owner as 24 words."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes | None = None) -> None:
        """A new random one unless a key is given."""
        self._key = new_key() if key is None else key

    @classmethod
    def from_phrase(cls, phrase: str) -> "LocalMasterKey":
        """From the 24 words; `InvalidInput` says which place holds a word that is none of the list's, never the word."""
        words = unicodedata.normalize("NFKD", phrase).lower().split()
        _refuse_malformed(words)
        return cls(bytes(WORDS.to_entropy(words)))

    @classmethod
    def load(cls, path: Path) -> "LocalMasterKey":
        try:
            text = path.read_text("ascii")
        except FileNotFoundError:
            raise _missing(path) from None
        with contextlib.suppress(ValueError):
            key = bytes.fromhex(text)
            if len(key) == KEY_BYTES:
                return cls(key)
        raise SealBroken(
            f"{path} does not hold a master key.",
            kept="The data and the other keys are whole.",
            next=f"Put the right file back, or restore it with the recovery phrase: {restoring(path.parent)}.",
            path=str(path),
        )

    def save(self, path: Path) -> None:
        durable.replace(path, self._key.hex().encode() + b"\n")

    def phrase(self) -> str:
        """The key as 24 words (BIP 39, English), a checksum included."""
        return str(WORDS.to_mnemonic(self._key))

    def wrap(self, key: bytes, *, aad: bytes) -> bytes:
        return seal(self._key, key, aad=aad)

    def unwrap(self, wrapped: bytes, *, aad: bytes) -> bytes:
        return open_sealed(self._key, wrapped, aad=aad)


def _refuse_malformed(words: list[str]) -> None:
    next = "Read it off again, in order; upper and lower case do not matter."
    unknown = [str(place) for place, word in enumerate(words, start=1) if word not in WORDS.wordlist]
    if len(words) != PHRASE_WORDS:
        raise InvalidInput(f"A recovery phrase has {PHRASE_WORDS} words, and this has {len(words)}.", next=next)
    if unknown:
        raise InvalidInput(
            f"These words of the recovery phrase are not on the list: number {', '.join(unknown)}.", next=next
        )
    if not WORDS.check(" ".join(words)):
        raise InvalidInput(
            "The words of the recovery phrase do not fit together: one is wrong, or two are swapped.", next=next
        )


def restoring(folder: Path, *, mirror: bool = False) -> str:
    """The command that brings the keys of this folder back."""
    return f"everkin keyring restore {'--from MIRROR ' if mirror else ''}{shlex.quote(str(folder))}"


def _missing(path: Path) -> KeyringMissing:
    return KeyringMissing(
        f"The master key {path} is not there.",
        kept="The data and the wrapped keys are whole, and dark without it.",
        next=f"Put the file back, or restore it with the recovery phrase: {restoring(path.parent)}.",
        path=str(path),
    )
