"""Two embedders: `LocalEmbedder`, the MiniLM that ships here, and `RemoteEmbedder`, any OpenAI-compatible one."""

import asyncio
import hashlib
import json
import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from everkin.errors import EmbedderUnavailable
from everkin.language import passages, tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]
T = TypeVar("T")

WEIGHTS = Path(__file__).parent / "weights"
MODEL_SHA256 = "278c923db03e121cefdab2fc61a15df8d29110967d7fc072799c46d08c095a65"
STAMP = "all-MiniLM-L6-v2:1:int8:g1"
DIMENSIONS = 384
CACHED_VECTORS = 4096
"""About 7 MB of the last vectors, kept by the hash of their text."""
CUT_TEXTS = 4096
"""Of so many long texts the lengths of their passages are kept, by the hash of the text: to cut a page takes about 1 ms,
and recall cuts every long message that it shows."""

_MODEL_TOKENS = 256
_PASSAGE_TOKENS = _MODEL_TOKENS - 2
_READ_CHARS = 20_000
"""More characters than 256 tokens ever span in writing; it keeps one giant text from being tokenised whole."""
_GOLDEN_COSINE = 0.999
_CHUNK = 4
_SURROGATE = re.compile("[\ud800-\udfff]")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class VectorCache:
    """The last vectors, by hash of their text: no words are kept. Bounded by `size`; the longest unused goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()

    async def fill(
        self, texts: Sequence[str], compute: Callable[[Sequence[str]], Awaitable[Sequence[Vectors]]]
    ) -> Sequence[Vectors]:
        """A vector per text; `compute` is asked once for each different text that is not cached."""
        keys = list(map(_key, texts))
        known = {key: vector for key in keys if (vector := self._vectors.get(key)) is not None}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            known.update(zip(missing, await compute(list(missing.values())), strict=True))
        for key, vector in known.items():
            self._vectors[key] = vector
            self._vectors.move_to_end(key)
        while len(self._vectors) > self._size:
            self._vectors.popitem(last=False)
        return [known[key] for key in keys]


class LocalEmbedder:
    """all-MiniLM-L6-v2 in int8 on the CPU: about 2 ms a chat message a thread; the model is loaded when first needed.

    Texts are read one by one: a batch is no faster on one thread, pads, and would make a vector depend on its
    neighbours (dynamic quantisation shares a scale). `threads` texts are read at once; a large call keeps only that
    many small pieces of work in the queue, so that a short question does not wait behind an import.
    """

    stamp = STAMP
    dimensions = DIMENSIONS

    def __init__(self, *, threads: int = 2, cached: int = CACHED_VECTORS, weights: Path = WEIGHTS) -> None:
        self._threads = threads
        self._weights = weights
        self._cache = VectorCache(cached)
        self._cut: dict[bytes, tuple[int, ...]] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="everkin-embedder")
        self._loading = threading.Lock()
        self._model: _Model | None = None
        self._closed = False

    async def warm(self) -> None:
        """Loads the model now and checks it (about 0.3 s), rather than with the first text."""
        await self._in_thread(self._require_model)

    def passages(self, text: str) -> list[str]:
        if len(text) <= _PASSAGE_TOKENS and text.isascii():
            return [text] if text else []
        key = _key(text)
        lengths = self._cut.get(key)
        if lengths is None:
            pieces = passages.split(text, limit=_PASSAGE_TOKENS, count=self._count)
            self._cut[key] = tuple(map(len, pieces))
            while len(self._cut) > CUT_TEXTS:
                self._cut.pop(next(iter(self._cut)))
            return pieces
        ends = list(accumulate(lengths, initial=0))
        return [text[begin:end] for begin, end in pairwise(ends)]

    async def embed(self, texts: Sequence[str]) -> Vectors:
        rows = await self._cache.fill(texts, self._compute)
        return np.stack(rows) if rows else np.empty((0, DIMENSIONS), np.float32)

    async def close(self) -> None:
        self._closed = True
        self._pool.shutdown(wait=False)
        self._model = None

    async def _compute(self, texts: Sequence[str]) -> Sequence[Vectors]:
        rows: list[Vectors] = [np.empty(0, np.float32)] * len(texts)
        starts = iter(range(0, len(texts), _CHUNK))

        async def work() -> None:
            for start in starts:
                chunk = texts[start : start + _CHUNK]
                rows[start : start + len(chunk)] = await self._in_thread(partial(self._vectors, chunk))

        await asyncio.gather(*(work() for _ in range(min(self._threads, -(-len(texts) // _CHUNK)))))
        return rows

    async def _in_thread(self, act: Callable[[], T]) -> T:
        if self._closed:
            raise EmbedderUnavailable("The embedder is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._pool, act)

    def _vectors(self, texts: Sequence[str]) -> Sequence[Vectors]:
        return self._require_model().vectors(texts)

    def _require_model(self) -> "_Model":
        with self._loading:
            if self._model is None:
                self._model = _Model(self._weights, self._tokenizer)
            return self._model

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        return Tokenizer.from_str(_read(self._weights / "tokenizer.json").decode())

    def _count(self, text: str) -> int:
        return len(self._tokenizer.encode(_readable(text), add_special_tokens=False).ids)


class _Model:
    """The open ONNX session. Safe to use from several threads."""

    def __init__(self, weights: Path, tokenizer: "Tokenizer") -> None:
        import onnxruntime

        model = _read(weights / "model.onnx")
        if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
            raise EmbedderUnavailable(
                "The embedding model's file is damaged or another one.", next="Reinstall everkin."
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._tokenizer = tokenizer
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._check(json.loads(_read(weights / "golden.json")))

    def vectors(self, texts: Sequence[str]) -> Sequence[Vectors]:
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> Vectors:
        ids = self._tokenizer.encode(_readable(text[:_READ_CHARS])).ids
        if len(ids) > _MODEL_TOKENS:
            ids[_MODEL_TOKENS - 1 :] = ids[-1:]
        vector: Vectors = self._session.run(None, {"ids": np.array([ids], np.int64)})[0][0]
        return vector

    def _check(self, golden: dict[str, list[object]]) -> None:
        """Refuses a processor or runtime whose vectors are not those that `STAMP` promises."""
        expected = np.array(golden["vectors"], np.float32)
        found = np.stack(self.vectors([str(text) for text in golden["texts"]]))
        cosine = float((expected * found).sum(axis=1).min())
        if cosine < _GOLDEN_COSINE:
            raise EmbedderUnavailable(
                f"This processor or onnxruntime computes other vectors than {STAMP} (least cosine {cosine:.4f}).",
                kept="Stored vectors were not touched; recall goes on with words alone.",
                next="Update onnxruntime, or configure a remote embedder and migrate to it.",
                cosine=cosine,
            )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EmbedderUnavailable(
            f"The embedder's file {path.name} cannot be read.", next="Reinstall everkin.", reason=error.strerror
        ) from error


def _readable(text: str) -> str:
    """The text as the tokenizer can take it: no lone surrogates, and emoji, which it does not know, by their names."""
    if text.isascii():
        return text
    return _EMOJI.sub(_emoji_name, _SURROGATE.sub("\ufffd", text))


def _emoji_name(match: re.Match[str]) -> str:
    return f" {unicodedata.name(match[0], '').lower()} "


class RemoteEmbedder:
    """Any OpenAI-compatible `/v1/embeddings`.

    Its golden class is the length of its vectors: whether the server still runs the model it ran yesterday cannot be
    seen from here. Every call ends within `deadline_s`, is tried once, and sends at most `batch_max` texts a request.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        dimensions: int,
        passage_tokens: int = 256,
        batch_max: int = 64,
        deadline_s: float = 10.0,
        cached: int = CACHED_VECTORS,
    ) -> None:
        from openai import AsyncOpenAI

        self.stamp = f"{model}:1:float32:{dimensions}"
        self.dimensions = dimensions
        self._model = model
        self._client = AsyncOpenAI(base_url=base_url, api_key=api_key, max_retries=0, timeout=deadline_s)
        self._passage_tokens, self._batch_max, self._deadline_s = passage_tokens, batch_max, deadline_s
        self._cache = VectorCache(cached)

    def passages(self, text: str) -> list[str]:
        return passages.split(text, limit=self._passage_tokens, count=tokens.estimate)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        try:
            async with asyncio.timeout(self._deadline_s):
                rows = await self._cache.fill(texts, self._compute)
        except TimeoutError:
            raise self._unavailable(f"did not answer within {self._deadline_s:g} s") from None
        return np.stack(rows) if rows else np.empty((0, self.dimensions), np.float32)

    async def close(self) -> None:
        await self._client.close()

    async def _compute(self, texts: Sequence[str]) -> Sequence[Vectors]:
        rows: list[Vectors] = []
        for start in range(0, len(texts), self._batch_max):
            rows += await self._ask([_SURROGATE.sub("\ufffd", text) for text in texts[start : start + self._batch_max]])
        return rows

    async def _ask(self, texts: list[str]) -> Sequence[Vectors]:
        """One request. Errors are raised without their cause: a server's error body may repeat what it was sent."""
        from openai import APIStatusError, OpenAIError

        if self._client.is_closed():
            raise self._unavailable("is closed")
        try:
            reply = await self._client.embeddings.create(model=self._model, input=texts, encoding_format="float")
        except APIStatusError as error:
            raise self._unavailable("refused", status=error.status_code) from None
        except (OpenAIError, ValueError) as error:
            raise self._unavailable("could not be asked", fault=type(error).__name__) from None
        return self._checked(reply, len(texts))

    def _checked(self, reply: Any, count: int) -> Sequence[Vectors]:
        try:
            data = sorted(reply.data, key=lambda entry: entry.index)
            vectors = np.array([entry.embedding for entry in data], np.float32)
        except (AttributeError, TypeError, ValueError):
            raise self._unavailable("sent something that is no embedding") from None
        if vectors.shape != (count, self.dimensions):
            raise self._unavailable(
                "sent vectors of another shape", expected=(count, self.dimensions), got=vectors.shape
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise self._unavailable("sent vectors without a direction")
        return list(vectors / lengths)

    def _unavailable(self, what: str, **facts: object) -> EmbedderUnavailable:
        return EmbedderUnavailable(
            f"The remote embedder {what}.",
            kept="Nothing is lost; recall goes on with words alone.",
            next="See that its server runs and that model and dimensions are those configured.",
            model=self._model,
            **facts,
        )
