"""Alice's words become vectors on her own machine."""

import asyncio
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from everkin.errors import EmbedderUnavailable
from everkin.language import embedder
from everkin.language.embedder import LocalEmbedder, VectorCache
from everkin.mind.ports.embedder import Embedder


@pytest.fixture(scope="module")
def local():
    return LocalEmbedder()


async def cosines(local: Embedder, *texts: str):
    vectors = await local.embed(texts)
    return vectors @ vectors.T


async def test_what_alice_means_is_nearer_than_what_bob_said(local):
    about = await cosines(
        local, "How is my dog?", "Rex the puppy was at the vet today", "The tax form is due on Monday"
    )
    assert about[0, 1] > about[0, 2] + 0.2


async def test_vectors_have_length_one_and_the_promised_shape(local):
    vectors = await local.embed(["Hello Charlie", "x", "one more line about the garden, and the roses in it"])
    assert vectors.shape == (3, local.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


async def test_nothing_to_embed(local):
    assert (await local.embed([])).shape == (0, local.dimensions)


async def test_a_vector_does_not_depend_on_its_neighbours_or_on_when_it_was_made():
    texts = [f"Alice waters plant number {number} " + "slowly " * number for number in range(40)]
    fresh, other = LocalEmbedder(), LocalEmbedder(threads=1)
    together = await fresh.embed(texts)
    alone = np.concatenate([await other.embed([text]) for text in reversed(texts)])[::-1]
    np.testing.assert_array_equal(together, alone)


async def test_many_callers_at_once_each_get_their_own(local):
    names = [f"Bob met guest {number} at the door" for number in range(30)]
    answers = await asyncio.gather(*(local.embed([name, "a shared line"]) for name in names))
    expected = await local.embed(names)
    np.testing.assert_array_equal(np.stack([answer[0] for answer in answers]), expected)


ODD = {
    "empty": "",
    "space": " ",
    "newline": "\n",
    "binary": "\x00\x01\x7f",
    "lone high": "half a pair \ud83d here",
    "lone low": "\udc00",
    "emoji": "🎉",
    "joined emoji": "👩‍👩‍👧",
    "right to left": "שלום עולם",
    "blob": "x" * 1_000_000,
    "1 MB": "word " * 200_000,
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
async def test_any_text_has_a_vector(local, text):
    vector = (await local.embed([text]))[0]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


async def test_emoji_differ_by_what_they_show(local):
    party, champagne, crying = "🎉", "🍾", "😭"
    about = await cosines(local, party, champagne, crying)
    assert about[0, 2] < 0.9
    assert about[0, 1] > about[0, 2]


async def test_what_exceeds_the_model_is_not_read(local):
    long = "The garden was quiet. " * 300
    vectors = await local.embed([long, long + "Suddenly a helicopter landed on the roses."])
    np.testing.assert_array_equal(vectors[0], vectors[1])


async def test_the_event_loop_goes_on_while_texts_are_read(local):
    reading = asyncio.create_task(
        local.embed([f"Charlie tells a long story, part {part}. " * 20 for part in range(20)])
    )
    turns = 0
    while not reading.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 20


async def test_a_short_question_does_not_wait_behind_an_import():
    """The import's work is queued a little at a time, so the question is read while the import still runs."""
    local = LocalEmbedder()
    await local.warm()
    importing = asyncio.create_task(local.embed([f"Old message number {number}" for number in range(400)]))
    await asyncio.sleep(0)
    await local.embed(["How is my dog?"])
    assert not importing.done()
    await importing
    await local.close()


async def test_closed_is_unavailable():
    local = LocalEmbedder()
    await local.close()
    with pytest.raises(EmbedderUnavailable, match="closed"):
        await local.embed(["Good night"])


async def test_a_missing_or_damaged_file_says_what_to_do(tmp_path: Path):
    local = LocalEmbedder(weights=tmp_path)
    with pytest.raises(EmbedderUnavailable, match="Reinstall"):
        await local.embed(["Hello"])
    for file in embedder.WEIGHTS.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (tmp_path / "model.onnx").open("r+b") as model:
        model.seek(20_000_000)
        model.write(b"damage")
    with pytest.raises(EmbedderUnavailable, match="damaged"):
        await local.embed(["Hello"])


async def test_other_vectors_than_the_stamp_promises_are_refused(tmp_path: Path):
    """A processor that computes differently looks like golden vectors that do not match."""
    for file in embedder.WEIGHTS.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    golden = (tmp_path / "golden.json").read_text(encoding="utf-8")
    (tmp_path / "golden.json").write_text(golden.replace("grey cat", "brown dog"), encoding="utf-8")
    with pytest.raises(EmbedderUnavailable, match="other vectors") as refused:
        await LocalEmbedder(weights=tmp_path).warm()
    assert refused.value.facts["cosine"] < 0.999


def test_the_stamp_names_the_file_that_ships():
    assert hashlib.sha256((embedder.WEIGHTS / "model.onnx").read_bytes()).hexdigest() == embedder.MODEL_SHA256
    assert len(embedder.STAMP.split(":")) == 4
    shipped = [embedder.WEIGHTS / name for name in ("model.onnx", "tokenizer.json", "golden.json")]
    assert sum(file.stat().st_size for file in shipped) < 24_000_000


def test_importing_loads_no_model():
    heavy = "{'onnxruntime', 'tokenizers', 'openai'}"
    code = f"import sys, everkin.language.embedder as e; e.LocalEmbedder(); print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


async def test_the_cache_asks_once_and_stays_bounded():
    asked: list[str] = []

    async def compute(texts):
        asked.extend(texts)
        return [np.full(2, len(text), np.float32) for text in texts]

    cache = VectorCache(2)
    rows = await cache.fill(["a", "bb", "a"], compute)
    assert [row[0] for row in rows] == [1, 2, 1]
    await cache.fill(["bb"], compute)
    await cache.fill(["ccc"], compute)
    await cache.fill(["bb"], compute)
    assert asked == ["a", "bb", "ccc"]
    await cache.fill(["a"], compute)
    assert asked[-1] == "a"
