"""`cell.json`: which cell a keyring belongs to, where its data is, and the cell's own key, by which a master key is proved."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from everkin.errors import KeyringMissing, SchemaTooNew, SealBroken, SealError, StoreError
from everkin.store.keyring.master import MasterKey, restoring

NAME: Final = "cell.json"
FORMAT: Final = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """`secret` is the cell's own key, wrapped under the master key."""

    cell: UUID
    place: str
    created: str
    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, cell: UUID, *, place: str, now: datetime, key: bytes, master: MasterKey) -> "Note":
        return cls(cell=cell, place=place, created=now.isoformat(), secret=master.wrap(key, aad=_place(cell)))

    def packed(self) -> bytes:
        said = {"format": FORMAT, "cell": str(self.cell), "place": self.place, "created": self.created}
        return json.dumps({**said, "secret": self.secret.hex()}, indent=1).encode()

    def cell_key(self, master: MasterKey) -> bytes:
        """`SealBroken` if it is not the master key of this keyring."""
        try:
            return master.unwrap(self.secret, aad=_place(self.cell))
        except SealBroken:
            raise SealBroken(
                "This master key or recovery phrase belongs to another keyring.",
                kept="Nothing was changed.",
                next=f"Find the one of cell {self.cell}, whose keyring was made on {self.created[:10]}.",
                cell=str(self.cell),
            ) from None


def read(folder: Path) -> Note:
    """The note of the keyring in this folder; `KeyringMissing` when there is none."""
    try:
        said = json.loads((folder / NAME).read_text("utf-8"))
        if said["format"] > FORMAT:
            raise _too_new(folder)
        cell, secret = UUID(said["cell"]), bytes.fromhex(said["secret"])
        return Note(cell=cell, place=str(said["place"]), created=str(said["created"]), secret=secret)
    except FileNotFoundError:
        raise _missing(folder) from None
    except (ValueError, KeyError, TypeError):
        raise _damaged(folder) from None


def at_place(folder: Path, place: str) -> Iterator[Path]:
    """The keyrings in this folder whose data was in that place; one that cannot be read is not ours to judge here."""
    for path in sorted(folder.glob(f"*/{NAME}")):
        with suppress(SealError, StoreError):
            if read(path.parent).place == place:
                yield path.parent


def _place(cell: UUID) -> bytes:
    return b"everkin/cell" + cell.bytes


def _missing(folder: Path) -> KeyringMissing:
    return KeyringMissing(
        f"There is no keyring in {folder}.",
        kept="The data is whole, and dark without its keys.",
        next="Put the folder back, or restore it from its mirror with the recovery phrase: "
        f"{restoring(folder, mirror=True)}.",
        keyring=str(folder),
    )


def _damaged(folder: Path) -> SealBroken:
    return SealBroken(
        f"{folder / NAME} is damaged.",
        kept="It was left as it is.",
        next="Put it back from the keyring's mirror; it never changes.",
        keyring=str(folder),
    )


def _too_new(folder: Path) -> SchemaTooNew:
    return SchemaTooNew(
        f"The keyring {folder} was made by a newer Everkin.",
        kept="It was left as it is.",
        next="Upgrade this Everkin.",
        keyring=str(folder),
    )
