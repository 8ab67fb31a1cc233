"""Whose vectors a cell holds: those of two embedders are never mixed."""

from everkin.errors import EmbedderMismatch
from everkin.store.database import Database, Row, one, run
from everkin.store.queries import queries


async def stamped(database: Database, stamp: str, dimensions: int, *, moving: bool = False) -> int:
    """The number of this embedder's stamp, which the cell gets with its first embedder. Raises EmbedderMismatch for another.

    With `moving` the cell's vectors are on their way to it from now on, and nobody else gets in until they are there.
    """
    sql = queries("directory")
    async with database.transaction() as connection:
        await run(connection, sql["stamp_cell"], {"stamp": stamp, "dimensions": dimensions})
        number = await one(connection, sql["put_embedder"], {"stamp": stamp})
        if moving:
            await run(connection, queries("vectors")["begin"], {"stamp": stamp, "dimensions": dimensions})
        cell = await one(connection, sql["get_cell"])
    assert cell is not None
    assert number is not None
    if not moving and cell["moving_to"] is not None:
        raise moved(stamp, str(cell["moving_to"]))
    if not moving and cell["embedder"] != stamp:
        raise EmbedderMismatch(
            f"The vectors of this data were made by {cell['embedder']}, and the embedder now is {stamp}.",
            kept="Nothing was changed.",
            next="Use the embedder of before, or move the data to the new one: everkin reembed.",
            stored=cell["embedder"],
            given=stamp,
        )
    return int(number["embedder"])


def require_owner(cell: Row | None, embedder: int | None) -> None:
    """Raise EmbedderMismatch where the cell has moved to another embedder than this process's, or is about to.

    `cell` has its `stamp` and that one's number, `owner`; a writer reads it under the bond's lock.
    """
    if cell is not None and None not in (cell["owner"], embedder) and cell["owner"] != embedder:
        raise moved("another one", str(cell["stamp"]))


def moved(given: str, to: str) -> EmbedderMismatch:
    return EmbedderMismatch(
        f"The vectors of this data are being moved, or were moved, to {to}; this process works with {given}.",
        kept="Nothing was changed.",
        next="Let `everkin reembed` come to its end (run it again if it was cut off), then open with the new embedder.",
        stored=to,
        given=given,
    )
