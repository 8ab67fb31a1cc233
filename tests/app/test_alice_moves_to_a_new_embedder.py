"""A new embedder reads Alice's whole life again before anybody asks it anything; the old and the new are never mixed."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from everkin import Everkin
from everkin.app import reembed
from everkin.config.settings import Settings
from everkin.errors import EmbedderMismatch, EmbedderUnavailable
from everkin.testing.voice import ScriptedGateway
from support.house import Clock, Opener

LONG = " ".join(f"On day {n} the garden had {n} new roses and a cat." for n in range(40))
ASKED = "Where did the violin stand?"


class Letters:
    """Counts letters: a small embedder of another kind, that cuts texts after `cut` characters and fails after `texts`."""

    def __init__(self, dimensions: int = 32, *, cut: int = 200, texts: int = 1_000_000) -> None:
        self.stamp, self.dimensions = f"letters:1:float32:{dimensions}", dimensions
        self._cut, self._left = cut, texts

    def passages(self, text: str) -> list[str]:
        return [text[start : start + self._cut] for start in range(0, len(text), self._cut)]

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self._left -= len(texts)
        if self._left < 0:
            raise EmbedderUnavailable("Enough for today.")
        counts = np.array(
            [[1 + text.lower().count(chr(97 + n % 26)) for n in range(self.dimensions)] for text in texts]
        )
        vectors = counts.reshape(len(texts), self.dimensions).astype(np.float32)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    async def close(self) -> None:
        return None


async def lived(kin: Everkin, clock: Clock) -> None:
    for user in ("alice", "bob"):
        bond = await kin.bond(user=user, companion="lucy")
        said = ["My violin stands in the cellar.", LONG, "I have a sister called Mia.", "Good night."]
        await bond.observe(
            [
                {"role": "user", "content": text, "id": str(n), "at": clock.at - timedelta(hours=9 - n)}
                for n, text in enumerate(said)
            ]
        )


async def moved(database: str, tmp_path: Path, embedder: Letters) -> int:
    known = Settings(data=tmp_path / "unused", archive=str(tmp_path / "archive"))
    return await reembed(dsn=database, keyring=tmp_path / "keyring", settings=known, embedder=embedder)


def stamps(database: str) -> dict[str, int]:
    query = "SELECT e.stamp, count(*) FROM passages p JOIN embedders e USING (embedder) GROUP BY e.stamp"
    with psycopg.connect(database) as owner:
        return dict(owner.execute(query).fetchall())


async def opened_and_asked(database: str, tmp_path: Path, embedder: Letters | None) -> str:
    known = Settings(data=tmp_path / "unused", archive=str(tmp_path / "archive"))
    async with Everkin.open(
        dsn=database, keyring=tmp_path / "keyring", settings=known, embedder=embedder, gateway=ScriptedGateway()
    ) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        first = (await bond.recall(ASKED)).recollections[0]
        told = (await bond.recall("the 39 new roses")).recollections[:2]  # what was said beside it may come before it
        assert ("1",) in [each.memory.message_ids for each in told]
        return first.memory.text


async def test_everything_is_read_again_and_then_it_is_the_new_ones(
    opener: Opener, clock: Clock, database: str, tmp_path: Path
) -> None:
    async with opener() as kin:
        await lived(kin, clock)
    with pytest.raises(EmbedderMismatch, match="everkin reembed"):
        await opened_and_asked(database, tmp_path, Letters())
    assert await moved(database, tmp_path, Letters()) >= 8
    assert list(stamps(database)) == [Letters().stamp]
    assert await opened_and_asked(database, tmp_path, Letters()) == "My violin stands in the cellar."
    with pytest.raises(EmbedderMismatch):
        await opened_and_asked(database, tmp_path, None)
    assert await moved(database, tmp_path, Letters()) == 0


async def test_cut_off_it_lets_nobody_in_and_goes_on_where_it_was(
    opener: Opener, clock: Clock, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("everkin.absorb.reembedding.BATCH", 3)
    async with opener() as kin:
        await lived(kin, clock)
        with pytest.raises(EmbedderUnavailable):
            await moved(database, tmp_path, Letters(texts=14))
        assert len(stamps(database)) == 2
        bond = await kin.bond(user="alice", companion="lucy")
        with pytest.raises(EmbedderMismatch):
            await bond.recall(ASKED)
        with pytest.raises(EmbedderMismatch):
            await bond.observe([{"role": "user", "content": "Is anybody there?"}])
    for embedder in (None, Letters()):
        with pytest.raises(EmbedderMismatch):
            await opened_and_asked(database, tmp_path, embedder)
    assert 0 < await moved(database, tmp_path, Letters()) < 10
    assert list(stamps(database)) == [Letters().stamp]
    assert await opened_and_asked(database, tmp_path, Letters()) == "My violin stands in the cellar."


async def test_a_long_message_cut_otherwise_is_found_by_its_words_once(
    opener: Opener, clock: Clock, database: str, tmp_path: Path
) -> None:
    async with opener() as kin:
        await lived(kin, clock)
    await moved(database, tmp_path, Letters(cut=100))
    with psycopg.connect(database) as owner:
        passages = owner.execute("SELECT count(*), count(DISTINCT row) FROM passages p GROUP BY user_id").fetchall()
        indexed = owner.execute("SELECT sum(length(entries)) / 5 FROM postings").fetchone()
        terms = owner.execute("SELECT sum(length) FROM passages").fetchone()
    assert all(rows == numbers > len(LONG) // 100 for rows, numbers in passages)
    assert indexed is not None
    assert terms is not None
    assert 0 < indexed[0] <= terms[0]
