"""The keyring: every key of a cell, outside its database, its data folder and their backups.

A folder, private to its owner:

    master.key         the master key, for an unattended start; the recovery phrase is this key in words
    cell.json          which cell these keys belong to, and where its data was
    cell.key           a random key of the cell (hashes of names), wrapped under the master key
    users/ab/<uuid>    one user's keys: records of 82 bytes, appended, destroyed in place
    erasures           what was erased, one JSON line each, without a word of anybody's

A mirror folder, when there is one, holds all but the master key, and every write and destruction as well.
"""

import fcntl
import json
import os
import zlib
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from uuid import UUID

from mnemonic import Mnemonic

from everkin.errors import ConfigError, KeyDestroyed, KeyringMissing, SealBroken
from everkin.mind.identity import BlockId, UserId
from everkin.store.seal import KEY_BYTES, OVERHEAD_BYTES, derive, new_key, open_sealed, seal

_USER: Final = 1
_BLOCK: Final = 2
_WRAPPED: Final = KEY_BYTES + OVERHEAD_BYTES
RECORD_BYTES: Final = 1 + 16 + _WRAPPED + 4
_CACHED_USERS: Final = 4096


class MasterKey(Protocol):
    """What wraps every other key: a local file, or a key management service that never shows it."""

    def wrap(self, key: bytes, *, aad: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, *, aad: bytes) -> bytes:
        """Raises SealBroken when this is not the key that wrapped it."""
        ...


class LocalMasterKey:
    """A master key in memory, from `master.key` or from the phrase."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def wrap(self, key: bytes, *, aad: bytes) -> bytes:
        return seal(self._key, key, aad=aad)

    def unwrap(self, wrapped: bytes, *, aad: bytes) -> bytes:
        return open_sealed(self._key, wrapped, aad=aad)


@dataclass(slots=True)
class _Keys:
    """One user's keys as read so far: `read` bytes of the file."""

    user: bytes = field(repr=False)
    blocks: dict[UUID, bytes] = field(default_factory=dict, repr=False)
    wrapping: bytes = field(default=b"", repr=False)
    read: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """One line of the ledger. `due` is when the key goes: at once, or when backups have run out."""

    kind: str
    user: UserId
    id: UUID
    at: datetime
    due: datetime
    memory: UUID | None = None


def phrase_of(key: bytes) -> str:
    """24 words (BIP 39, English) that are the master key, with a checksum."""
    words: str = Mnemonic("english").to_mnemonic(key)
    return words


def key_of(phrase: str) -> bytes:
    """The master key of a phrase. Raises SealBroken for words that are no phrase; says nothing about whose it is."""
    words = " ".join(phrase.lower().split())
    if not Mnemonic("english").check(words):
        raise SealBroken(
            "These words are not a recovery phrase.",
            kept="Nothing was changed.",
            next="Check their spelling and order: 24 English words from the first run.",
        )
    return bytes(Mnemonic("english").to_entropy(words))


class Keyring:
    """The keys of one cell. Synchronous and quick (one fsync a write); safe to use from several processes."""

    def __init__(self, folder: Path, master: MasterKey, *, mirror: Path | None = None) -> None:
        self.folder, self._master = folder, master
        self._places = [folder, *([mirror] if mirror else [])]
        about = json.loads((folder / "cell.json").read_text(encoding="utf-8"))
        self.cell, self.place = UUID(about["cell"]), str(about["place"])
        self._keys: OrderedDict[UserId, _Keys] = OrderedDict()
        self.cell_key = master.unwrap((folder / "cell.key").read_bytes(), aad=self.cell.bytes)

    @classmethod
    def create(
        cls, folder: Path, *, cell: UUID, place: str, now: datetime, mirror: Path | None = None
    ) -> tuple["Keyring", str]:
        """A new keyring and its recovery phrase, which is shown once and kept nowhere."""
        key = new_key()
        master = LocalMasterKey(key)
        about = json.dumps({"cell": str(cell), "place": place, "created": now.isoformat()}).encode()
        wrapped = master.wrap(new_key(), aad=cell.bytes)
        for root in [folder, *([mirror] if mirror else [])]:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(root / "cell.key", wrapped)
            _write(root / "cell.json", about)
        _write(folder / "master.key", key)
        return cls(folder, master, mirror=mirror), phrase_of(key)

    @classmethod
    def open(cls, folder: Path, *, cell: UUID, mirror: Path | None = None) -> "Keyring":
        """The keyring of this cell; raises KeyringMissing where it, its master key or the right cell is not there."""
        if not (folder / "cell.json").exists():
            raise KeyringMissing(
                f"The keyring {folder} is not there.",
                kept="The data is whole, but its words cannot be opened without their keys.",
                next="Put the keyring back, or restore it from its mirror with the recovery phrase: everkin keyring restore.",
            )
        if not (folder / "master.key").exists():
            raise KeyringMissing(
                f"The keyring {folder} has lost its master.key.",
                kept="Data and keys are whole.",
                next="Bring it back with the recovery phrase: everkin keyring restore.",
            )
        _require_private(folder / "master.key")
        keyring = cls(folder, LocalMasterKey((folder / "master.key").read_bytes()), mirror=mirror)
        if keyring.cell != cell:
            raise KeyringMissing(
                f"The keyring {folder} belongs to another cell.",
                kept="Nothing was changed.",
                next="Point the keyring setting at this cell's own keyring.",
            )
        return keyring

    @classmethod
    def restore(cls, folder: Path, phrase: str, *, source: Path | None = None) -> "Keyring":
        """Bring master.key back from the phrase, and all else from a mirror where the folder itself was lost.

        Proved before anything is written: a phrase of another keyring raises SealBroken.
        """
        origin = source or folder
        if not (origin / "cell.json").exists():
            raise KeyringMissing(
                f"There is no keyring in {origin} to restore from.",
                kept="Nothing was changed.",
                next="The phrase alone opens a keyring, it does not hold the keys: name the mirror or a copy of the keyring.",
            )
        key = key_of(phrase)
        prove(origin, phrase)
        if source is not None:
            _copy(source, folder)
        _write(folder / "master.key", key)
        return cls(folder, LocalMasterKey(key))

    # -- users

    def create_user(self, user: UserId) -> bytes:
        """A new user's key, durable when this returns."""
        key = new_key()
        self._append(user, [_record(_USER, user, self._master.wrap(key, aad=self._aad(user, user)))], create=True)
        return key

    def user_key(self, user: UserId) -> bytes:
        """Raises KeyDestroyed for a user who was erased."""
        return self._loaded(user).user

    def destroy_user(self, user: UserId, *, now: datetime) -> None:
        """From now on nothing of this user opens, in any copy of the database. Again is harmless."""
        self._write_ledger(Erasure(kind="user", user=user, id=user, at=now, due=now))
        self._keys.pop(user, None)
        for root in self._places:
            _shred(_user_file(root, user))

    # -- blocks

    def new_blocks(self, user: UserId, blocks: Sequence[BlockId]) -> None:
        """Keys for these blocks, durable when this returns, and so before anything is sealed under them."""
        if not blocks:
            return
        keys = self._loaded(user)
        records = [_record(_BLOCK, b, seal(keys.wrapping, new_key(), aad=self._aad(user, b))) for b in blocks]
        self._append(user, records)

    def block_keys(self, user: UserId, blocks: Collection[BlockId]) -> dict[BlockId, bytes]:
        """The keys of those blocks that still have one; a destroyed one is simply not there."""
        keys = self._loaded(user)
        if any(block not in keys.blocks for block in blocks):
            keys = self._read_on(user, keys)
        return {block: keys.blocks[block] for block in blocks if block in keys.blocks}

    def cached(self, user: UserId, blocks: Collection[BlockId]) -> dict[BlockId, bytes] | None:
        """The same without touching the disk, or None when it would have to."""
        keys = self._keys.get(user)
        if keys is None or any(block not in keys.blocks for block in blocks):
            return None
        return {block: keys.blocks[block] for block in blocks}

    def destroy_blocks(
        self, user: UserId, blocks: Sequence[BlockId], *, now: datetime, due: datetime, memory: UUID | None = None
    ) -> None:
        """Destroy these keys now, or note the day on which `purge` will."""
        for block in blocks:
            self._write_ledger(Erasure(kind="block", user=user, id=block, at=now, due=due, memory=memory))
        if due <= now:
            self._wipe(user, blocks)

    def purge(self, now: datetime) -> int:
        """Destroy what is due; how many keys that were still there. Also finishes what a crash cut short."""
        gone = 0
        for erasure in self.erasures():
            if erasure.due <= now:
                gone += self._destroy(erasure)
        return gone

    def erasures(self) -> Iterator[Erasure]:
        """The ledger, oldest first; a backup that is restored is made to follow it before it serves."""
        path = self.folder / "erasures"
        if not path.exists():
            return
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            yield Erasure(
                kind=entry["kind"],
                user=UserId(UUID(entry["user"])),
                id=UUID(entry["id"]),
                at=datetime.fromisoformat(entry["at"]),
                due=datetime.fromisoformat(entry["due"]),
                memory=UUID(entry["memory"]) if entry.get("memory") else None,
            )

    # -- files

    def _aad(self, user: UserId, id: UUID) -> bytes:
        return self.cell.bytes + user.bytes + id.bytes

    def _loaded(self, user: UserId) -> _Keys:
        keys = self._keys.get(user)
        if keys is None:
            keys = self._read_on(user, None)
        self._keys.move_to_end(user)
        return keys

    def _read_on(self, user: UserId, keys: _Keys | None) -> _Keys:
        """Read what was appended since; a file that is gone means that the user was erased."""
        try:
            with _user_file(self.folder, user).open("rb") as file:
                file.seek(keys.read if keys else 0)
                return self._take(user, keys, file.read())
        except FileNotFoundError:
            self._keys.pop(user, None)
            raise KeyDestroyed(
                "The keys of this user were destroyed.",
                kept="Nothing of theirs can be opened, here or in any backup.",
                next="This cannot be undone; the name may be used anew.",
            ) from None

    def _take(self, user: UserId, keys: _Keys | None, packed: bytes) -> _Keys:
        for start in range(0, len(packed) - RECORD_BYTES + 1, RECORD_BYTES):
            kind, id, wrapped = _unrecord(packed[start : start + RECORD_BYTES])
            if kind == _USER:
                key = self._master.unwrap(wrapped, aad=self._aad(user, user))
                keys = _Keys(key, wrapping=derive(key, "blocks"))
            elif kind == _BLOCK and keys is not None:
                keys.blocks[id] = open_sealed(keys.wrapping, wrapped, aad=self._aad(user, id))
            if keys is not None:
                keys.read += RECORD_BYTES
        if keys is None:
            raise SealBroken(
                "A user's key file is damaged.",
                kept="It was left as it is.",
                next="Restore the keyring from its mirror.",
            )
        self._keys[user] = keys
        while len(self._keys) > _CACHED_USERS:
            self._keys.popitem(last=False)
        return keys

    def _append(self, user: UserId, records: Sequence[bytes], *, create: bool = False) -> None:
        for root in self._places:
            path = _user_file(root, user)
            if create:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _locked(path, create=create) as file:
                whole = os.fstat(file.fileno()).st_size // RECORD_BYTES * RECORD_BYTES
                file.truncate(whole)  # a record that a crash tore was never used
                file.seek(whole)
                file.write(b"".join(records))
                _sync(file)
            if create:
                _sync_folder(path.parent)

    def _wipe(self, user: UserId, blocks: Sequence[BlockId]) -> int:
        """Overwrite these keys where they lie. Once a key is gone from the disk it is gone from memory too."""
        wiped = 0
        for root in self._places:
            path = _user_file(root, user)
            if path.exists():
                with _locked(path) as file:
                    wiped += _overwrite(file, set(blocks))
        if keys := self._keys.get(user):
            for block in blocks:
                keys.blocks.pop(block, None)
        return wiped

    def _destroy(self, erasure: Erasure) -> int:
        if erasure.kind == "block":
            return self._wipe(erasure.user, [BlockId(erasure.id)])
        self._keys.pop(erasure.user, None)
        return sum(_shred(_user_file(root, erasure.user)) for root in self._places)

    def _write_ledger(self, erasure: Erasure) -> None:
        entry = {
            "kind": erasure.kind,
            "user": str(erasure.user),
            "id": str(erasure.id),
            "at": erasure.at.isoformat(),
            "due": erasure.due.isoformat(),
            "memory": str(erasure.memory) if erasure.memory else None,
        }
        for root in self._places:
            with _locked(root / "erasures", create=True) as file:
                file.seek(0, os.SEEK_END)
                file.write(json.dumps(entry).encode() + b"\n")
                _sync(file)


def prove(folder: Path, phrase: str) -> None:
    """Show that a phrase opens the keyring in this folder, changing nothing. Raises SealBroken when it does not."""
    cell = UUID(json.loads((folder / "cell.json").read_text(encoding="utf-8"))["cell"])
    LocalMasterKey(key_of(phrase)).unwrap((folder / "cell.key").read_bytes(), aad=cell.bytes)


def require_outside(folder: Path, data: Path) -> None:
    """A keyring inside the data folder would travel with every copy of the data; refused with ConfigError."""
    if folder.resolve().is_relative_to(data.resolve()):
        raise ConfigError(
            "The keyring may not lie inside the data folder.",
            kept="Nothing was changed.",
            next="Name a folder that no backup of the data takes along.",
        )


def _record(kind: int, id: UUID, wrapped: bytes) -> bytes:
    body = bytes([kind]) + id.bytes + wrapped
    return body + zlib.crc32(body).to_bytes(4, "big")


def _unrecord(record: bytes) -> tuple[int, UUID, bytes]:
    """(kind, id, wrapped key); kind 0 for one that was destroyed or is damaged."""
    body, check = record[:-4], int.from_bytes(record[-4:], "big")
    kind = body[0] if zlib.crc32(body) == check else 0
    return kind, UUID(bytes=body[1:17]), body[17:]


def _overwrite(file: BinaryIO, blocks: set[BlockId]) -> int:
    wiped = 0
    file.seek(0)
    packed = file.read()
    for start in range(0, len(packed) - RECORD_BYTES + 1, RECORD_BYTES):
        kind, id, _ = _unrecord(packed[start : start + RECORD_BYTES])
        if kind == _BLOCK and id in blocks:
            file.seek(start)
            file.write(bytes(RECORD_BYTES))
            wiped += 1
    _sync(file)
    return wiped


def _shred(path: Path) -> int:
    """Overwrite, then remove; 1 when there was something. A copy-on-write disk may keep the old blocks for a while."""
    if not path.exists():
        return 0
    with _locked(path) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(0)
        file.write(os.urandom(size))
        _sync(file)
        path.unlink()
    _sync_folder(path.parent)
    return 1


def _user_file(root: Path, user: UserId) -> Path:
    return root / "users" / user.hex[-2:] / str(user)


@contextmanager
def _locked(path: Path, *, create: bool = False) -> Iterator[BinaryIO]:
    flags = os.O_RDWR | (os.O_CREAT if create else 0)
    with os.fdopen(os.open(path, flags, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner alone."""
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        _sync(file)
    fresh.replace(path)
    _sync_folder(path.parent)


def _copy(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.name != "master.key":
            copied = target / path.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(copied, path.read_bytes())


def _require_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise ConfigError(
            f"{path} can be read by others.",
            kept="Nothing was opened.",
            next=f"Run chmod 600 {path}, and consider the key known to whoever could read it.",
        )


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
