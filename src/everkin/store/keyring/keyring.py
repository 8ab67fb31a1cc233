"""The keyring of one cell, open: keys made, found and destroyed, the same for every process that has it open."""

import os
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from everkin.errors import ConfigError, KeyDestroyed, KeyringMissing, NotFound
from everkin.mind.identity import BlockId, UserId
from everkin.store.keyring import durable, ledger, note
from everkin.store.keyring.ledger import Erasure, Kind, Ledger
from everkin.store.keyring.master import LocalMasterKey, MasterKey
from everkin.store.keyring.note import Note
from everkin.store.keyring.shelf import UNMIRRORED, Shelf
from everkin.store.keyring.userfile import UserFiles, UserKeys
from everkin.store.seal import Secret, new_key

MASTER: Final = "master.key"
USERS_HELD_MAX: Final = 1024
BLOCKS_HELD_MAX: Final = 200_000
"""Keys that stay in memory, about 300 bytes a session block; users not asked for the longest are let go first."""


class Keyring(Secret):
    """Safe to call from any thread. What is in memory costs a few microseconds, the rest a small file or an fsync.

    What one process destroys, every other one refuses from its next call on.
    """

    def __init__(self, folder: Path, master: MasterKey, *, mirror: Path | None = None) -> None:
        """Use `create`, `open` or `restore`."""
        about = note.read(folder)
        self.folder, self.cell, self.place = folder, about.cell, about.place
        self.cell_key = about.cell_key(master)
        """For what belongs to no one user, such as the hash of a name."""
        self._shelf = Shelf(folder, mirror)
        self._files = UserFiles(self._shelf, self.cell, master)
        self._ledger = Ledger(self._shelf)
        self._held: OrderedDict[UserId, UserKeys] = OrderedDict()
        self._lock = threading.Lock()
        self.heard: Callable[[UserId, UUID | None], None] = _unheard
        """Told of each user, or block of a user, that any process has erased; called in any thread."""
        self._heed()

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        cell: UUID,
        place: str,
        now: datetime,
        mirror: Path | None = None,
        master: MasterKey | None = None,
    ) -> tuple["Keyring", str | None]:
        """A new keyring, and its recovery phrase, which is written nowhere; with a `master` of your own (a KMS), no phrase.

        Safe to call again, and from two processes at once: who comes second gets the same keyring and the same phrase.
        """
        with durable.named(folder):
            durable.make_folder(folder)
            _require_private(folder)
            with durable.locked(folder):
                if not (folder / note.NAME).exists():
                    _furnish(folder, cell, place, now, master)
        keyring = cls.open(folder, cell=cell, mirror=mirror, master=master)
        return keyring, LocalMasterKey.load(folder / MASTER).phrase() if master is None else None

    @classmethod
    def open(
        cls, folder: Path, *, cell: UUID, mirror: Path | None = None, master: MasterKey | None = None
    ) -> "Keyring":
        """The keyring of this cell. Raises KeyringMissing when it, its master key or the right cell is not there,
        SealBroken for another keyring's master key, ConfigError when others could read it.

        A mirror that is named for the first time is filled, which reads every file.
        """
        with durable.named(folder):
            _refuse_another(folder, cell)
            _require_private(folder)
            if master is None:
                _require_private(folder / MASTER)
            keyring = cls(folder, master or LocalMasterKey.load(folder / MASTER), mirror=mirror)
        if mirror is not None:
            keyring._join(mirror)
        return keyring

    @classmethod
    def restore(cls, folder: Path, phrase: str, *, source: Path | None = None) -> "Keyring":
        """Bring the master key back from the phrase, and all else from a mirror (`source`) when the folder was lost.

        Proved before anything is written: another keyring's phrase raises SealBroken, a mistyped one InvalidInput.
        """
        prove(source or folder, phrase)
        master = LocalMasterKey.from_phrase(phrase)
        with durable.named(folder):
            durable.make_folder(folder)
            with durable.locked(folder):
                if source is not None:
                    _refuse_remains(folder)
                    _copy(source, folder)
                master.save(folder / MASTER)
                if source is not None:
                    durable.replace(folder / note.NAME, (source / note.NAME).read_bytes())
        return cls(folder, master)

    # -- users

    def create_user(self, user: UserId) -> bytes:
        """A new user's key, on disk when this returns; the old one if there is one."""
        self.refuse_erased(user)
        with self._reading(user):
            self._files.create(user)
        return self.user_key(user)

    def user_key(self, user: UserId) -> bytes:
        """Raises KeyDestroyed for a user who was erased, NotFound for one who never was."""
        return self._keys(user).key

    def refuse_erased(self, user: UserId) -> None:
        """Raises KeyDestroyed for a user whom any process has erased. Costs one `stat`."""
        self._heed()
        if user in self._ledger.destroyed:
            raise KeyDestroyed(
                "The keys of this user were destroyed.",
                kept="Nothing of theirs can be opened, here or in any backup.",
                next="This cannot be undone; the name may be used anew.",
            )

    def destroy_user(self, user: UserId, *, now: datetime) -> None:
        """From now on nothing of this user opens, in any copy of the database. Again is harmless."""
        self._heed()
        if user not in self._ledger.destroyed:
            self._destroy_from(now, [Erasure(kind=Kind.USER, user=user, id=user, at=now, due=now)])

    def forget(self, user: UserId) -> None:
        """Let go of a user's keys in this process's memory; the next call reads them again."""
        with self._lock:
            self._held.pop(user, None)

    # -- session blocks

    def new_blocks(self, user: UserId, blocks: Sequence[BlockId]) -> None:
        """Keys for these blocks, on disk when this returns and so before anything is sealed under them. One append."""
        keys = self._keys(user)
        if any(block not in keys for block in blocks):
            with self._reading(user):
                keys.learn(self._files.add(user, keys, blocks))

    def block_keys(self, user: UserId, blocks: Collection[BlockId]) -> dict[BlockId, bytes]:
        """The keys of these blocks; those that were destroyed are simply not there.

        Raises NotFound for a key that is neither there nor in the ledger: then it was lost, and not erased.
        """
        keys = self._keys(user)
        found = self._known(keys, blocks)
        if found is None:
            with self._reading(user):
                keys.learn(self._files.read_on(user, keys))
            found = self._known(keys, blocks)
        if found is None:
            raise _lost(user)
        return found

    def cached(self, user: UserId, blocks: Collection[BlockId]) -> dict[BlockId, bytes] | None:
        """The same from memory, or None when a file would have to be read."""
        self.refuse_erased(user)
        keys = self._held.get(user)
        return None if keys is None else self._known(keys, blocks)

    def destroy_blocks(
        self, user: UserId, blocks: Sequence[BlockId], *, now: datetime, due: datetime, memory: UUID | None = None
    ) -> None:
        """Destroy these keys now, or have `purge` do it once they are due. `memory` is what was erased, for the ledger."""
        self._destroy_from(
            now, [Erasure(kind=Kind.BLOCK, user=user, id=block, at=now, due=due, memory=memory) for block in blocks]
        )

    # -- the ledger, and the mirror

    def purge(self, now: datetime) -> int:
        """Destroy what is due, and finish what a crash or an absent mirror interrupted; how many keys are gone for good."""
        self._heed()
        due = [erasure for erasure in list(self._ledger.pending.values()) if erasure.due <= max(now, erasure.at)]
        with durable.named(self.folder):
            return self._destroy(due, now)

    def erasures(self) -> Iterator[Erasure]:
        """What was erased, oldest first; a database that comes from a backup is made to follow it before it serves."""
        self._heed()
        return (entry for entry in list(self._ledger.entries) if entry.kind is not Kind.DONE)

    @property
    def mirror_behind(self) -> bool:
        """Whether this process met a mirror that could not be written to; what was erased may still lie there."""
        return self._shelf.behind

    def sync_mirror(self, now: datetime) -> int:
        """Finish in the mirror what was erased without it, then compare every file and copy those that differ; how many."""
        self.purge(now)
        with durable.named(self.folder):
            return self._shelf.sync()

    # -- inside

    def _heed(self) -> None:
        """Learn what any process has destroyed since, and let go of it."""
        try:
            added = self._ledger.refresh()
        except OSError as error:  # not `named`: this is asked on every recall
            raise durable.of_errno(error, self.folder) from error
        for entry in added:
            if entry.kind is Kind.USER:
                self.forget(entry.user)
                self.heard(entry.user, None)
                continue
            self.heard(entry.user, entry.id)
            if entry.id in self._ledger.destroyed and (keys := self._held.get(entry.user)):
                keys.drop(entry.id)

    def _keys(self, user: UserId) -> UserKeys:
        self.refuse_erased(user)
        with self._lock:
            keys = self._held.get(user)
            if keys is not None:
                self._held.move_to_end(user)
                return keys
        with self._reading(user):
            keys = self._files.load(user)
        self.refuse_erased(user)
        return self._hold(user, keys)

    def _hold(self, user: UserId, keys: UserKeys) -> UserKeys:
        with self._lock:
            keys = self._held.setdefault(user, keys)
            held = sum(len(each) for each in self._held.values())
            while len(self._held) > 1 and (held > BLOCKS_HELD_MAX or len(self._held) > USERS_HELD_MAX):
                held -= len(self._held.popitem(last=False)[1])
        return keys

    def _known(self, keys: UserKeys, blocks: Collection[BlockId]) -> dict[BlockId, bytes] | None:
        """The keys of those that were not destroyed, or None when one of them is not in memory."""
        found: dict[BlockId, bytes] = {}
        for block in blocks:
            if block not in self._ledger.destroyed:
                key = keys.block(block)
                if key is None:
                    return None
                found[block] = key
        return found

    @contextmanager
    def _reading(self, user: UserId) -> Iterator[None]:
        """A file that is not there means an erasure if the ledger says so by now."""
        with durable.named(self.folder):
            try:
                yield
            except NotFound:
                self.refuse_erased(user)
                raise

    def _destroy_from(self, now: datetime, erasures: Sequence[Erasure]) -> None:
        with durable.named(self.folder):
            self._ledger.append(erasures)
            self._heed()
            self._destroy([erasure for erasure in erasures if erasure.due <= now], now)

    def _destroy(self, erasures: Iterable[Erasure], now: datetime) -> int:
        by_user: defaultdict[UserId, list[Erasure]] = defaultdict(list)
        for erasure in erasures:
            by_user[erasure.user].append(erasure)
        done = [
            replace(erasure, kind=Kind.DONE, at=now, due=now)
            for user, wanted in by_user.items()
            if self._is_gone(user, wanted)
            for erasure in wanted
        ]
        self._ledger.append(done)
        self._heed()
        return len(done)

    def _is_gone(self, user: UserId, erasures: Sequence[Erasure]) -> bool:
        """Destroy them; False when a mirror could not be reached and has yet to follow."""
        if any(erasure.kind is Kind.USER for erasure in erasures):
            return self._files.scrub(user)
        return self._files.wipe(user, {erasure.id for erasure in erasures})

    def _join(self, mirror: Path) -> None:
        """A mirror that is empty is filled; another cell's is refused."""
        if (mirror / note.NAME).exists():
            _refuse_another(mirror, self.cell)
        else:
            with durable.named(self.folder):
                self._shelf.sync()


def _unheard(user: UserId, block: UUID | None) -> None:
    return None


def prove(folder: Path, phrase: str) -> None:
    """Show that a phrase opens the keyring in this folder (or mirror), changing nothing.

    Raises InvalidInput for a phrase with a slip in it, SealBroken for another keyring's.
    """
    with durable.named(folder):
        note.read(folder).cell_key(LocalMasterKey.from_phrase(phrase))


def orphans(folder: Path, place: str) -> list[Path]:
    """The keyrings in this folder whose data is, or was, in that place."""
    return list(note.at_place(folder, place))


def require_outside(folder: Path, data: Path) -> None:
    """A keyring inside the data folder would travel with every copy of the data; refused with ConfigError."""
    if folder.resolve().is_relative_to(data.resolve()):
        raise ConfigError(
            f"The keyring {folder} may not lie inside the data folder {data}.",
            kept="Nothing was changed.",
            next="Name a folder that no backup of the data takes along.",
        )


def _furnish(folder: Path, cell: UUID, place: str, now: datetime, master: MasterKey | None) -> None:
    """The note is written last: without it the folder is no keyring yet."""
    _refuse_remains(folder)
    if master is None:
        master = local = LocalMasterKey()
        local.save(folder / MASTER)
    durable.replace(folder / ledger.NAME, b"")
    about = Note.of(cell, place=place, now=now, key=new_key(), master=master)
    durable.replace(folder / note.NAME, about.packed())


def _refuse_another(folder: Path, cell: UUID) -> None:
    found = note.read(folder).cell
    if found != cell:
        raise KeyringMissing(
            f"The keyring {folder} belongs to cell {found}, and the data to cell {cell}.",
            kept="Nothing was changed.",
            next="Point the keyring setting at this cell's own; if the data was lost and is new here, restore its backup.",
            keyring=str(folder),
        )


def _require_private(path: Path) -> None:
    if path.exists() and path.stat().st_mode & 0o077:
        raise ConfigError(
            f"{path} can be read by others.",
            kept="Nothing was opened.",
            next=f"Run chmod go= {path}, and take the keys as known to whoever could read them.",
        )


def _refuse_remains(folder: Path) -> None:
    """A keyring that lost a part must not be made anew over the rest."""
    if any(folder.glob("users/*/*")) or (folder / note.NAME).exists():
        raise KeyringMissing(
            f"The folder {folder} holds keys already.",
            kept="They were left as they are.",
            next="Move the folder aside first, or name another one.",
            keyring=str(folder),
        )


def _lost(user: UserId) -> NotFound:
    return NotFound(
        "The keyring has no key of some session blocks of this user, and none was erased.",
        kept="What is sealed under them is whole, and dark.",
        next="Restore the keyring from its mirror; it may have been restored from an older state.",
        user=str(user),
    )


def _copy(source: Path, folder: Path) -> None:
    """All but the master key and the note, which is put last."""
    for path in source.rglob("*"):
        if path.is_file() and path.suffix not in UNMIRRORED and path.name != note.NAME:
            target = folder / path.relative_to(source)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.touch(mode=0o600)
            target.write_bytes(path.read_bytes())
    os.sync()
