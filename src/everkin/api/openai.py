"""OpenAI's routes: any client that speaks to OpenAI speaks to a companion. The companion is the model id.

Beside what OpenAI sends, a reply carries an `everkin` object: what it was answered from (ids, dates, confidence, the
verdict; no words), who answered, and the id of the stored message.
"""

import base64
import time
from typing import Annotated, Any, Literal
from uuid import uuid4

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from everkin.api.chunks import Chunks, completion
from everkin.api.door import Door, TheCaller, TheDoor, named_user
from everkin.api.failure import Malformed
from everkin.api.guard import Caller
from everkin.api.telling import open_telling
from everkin.api.wire import Answer
from everkin.app import Bond
from everkin.errors import NotFound

INPUTS_MAX = 2048
OWNER = "everkin"

router = APIRouter(prefix="/v1", tags=["openai"])


class ModelNotFound(NotFound):
    """No companion, and no embedder, has this model id."""


class Message(BaseModel):
    """A message as OpenAI has it; `content` is text or parts."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    role: str
    content: str | list[dict[str, Any]] | None = None


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatAsk(BaseModel):
    """`parameters` is everything else the client sent, for the provider."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True, allow_inf_nan=False)

    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    user: str | None = None
    metadata: dict[str, Any] | None = None
    n: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class EmbeddingAsk(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    model: str
    input: (
        Annotated[str, StringConstraints(min_length=1)]
        | Annotated[list[Annotated[str, StringConstraints(min_length=1)]], Field(min_length=1, max_length=INPUTS_MAX)]
    )
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


@router.get("/models")
async def models(door: TheDoor) -> dict[str, Any]:
    """Every companion, as a model."""
    return {"object": "list", "data": [_model(companion.name) for companion in await door.kin.companions()]}


@router.get("/models/{model}")
async def model(door: TheDoor, model: str) -> dict[str, Any]:
    await _require_companion(door, model)
    return _model(model)


@router.post("/chat/completions", response_model=None)
async def chat(request: Request, door: TheDoor, caller: TheCaller, ask: ChatAsk) -> Response:
    """One turn. The client sends its whole transcript; what is already known of it is not observed again."""
    if ask.n not in (None, 1):
        raise Malformed("A companion gives one answer.", next="Leave `n` out, or set it to 1.", param="n")
    bond = await _bond(request, door, caller, ask)
    messages = [message.model_dump(exclude_none=True) for message in ask.messages]
    replying = bond.chat(messages, conversation=_conversation(request, ask), parameters=ask.parameters)
    made = int(time.time())
    if ask.stream:
        chunks = Chunks(
            id=f"chatcmpl-{uuid4().hex}",
            model=ask.model,
            made=made,
            usage=ask.stream_options is not None and ask.stream_options.include_usage,
        )
        return await open_telling(replying, chunks, door.tellings)
    reply = await door.tellings.whole(replying, request.receive)
    return Answer(completion(reply, id=f"chatcmpl-{uuid4().hex}", model=ask.model, made=made))


@router.post("/embeddings")
async def embeddings(door: TheDoor, ask: EmbeddingAsk) -> dict[str, Any]:
    """Vectors of the embedder that memories are found with."""
    name = door.kin.embedder_stamp.partition(":")[0]
    if ask.model not in (name, door.kin.embedder_stamp):
        raise ModelNotFound("There is no embedding model of this name.", next=f"Use {name}.", param="model")
    texts = [ask.input] if isinstance(ask.input, str) else ask.input
    vectors = np.asarray(await door.kin.embed(texts), dtype="<f4")
    if ask.dimensions not in (None, vectors.shape[1]):
        raise Malformed(
            "This embedder's vectors cannot be shortened.", next=f"Ask for {vectors.shape[1]}.", param="dimensions"
        )
    tokens = sum(-(-len(text) // 4) for text in texts)
    return {
        "object": "list",
        "model": name,
        "data": [
            {"object": "embedding", "index": index, "embedding": _encoded(vector, ask.encoding_format)}
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _encoded(vector: Any, form: str) -> str | list[float]:
    return base64.b64encode(vector.tobytes()).decode() if form == "base64" else vector.tolist()


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": OWNER}


async def _require_companion(door: Door, name: str) -> None:
    if await door.kin.companion(name) is None:
        raise ModelNotFound("There is no companion of this name.", next="GET /v1/models lists them.", param="model")


async def _bond(request: Request, door: Door, caller: Caller, ask: ChatAsk) -> Bond:
    await _require_companion(door, ask.model)
    default = caller.acting_as(ask.user) if ask.user and caller.user is None else door.settings.user
    return await door.kin.bond(user=named_user(caller, request.headers, default), companion=ask.model)


def _conversation(request: Request, ask: ChatAsk) -> str | None:
    """Header, else metadata; None is the bond's main conversation."""
    named = request.headers.get("x-everkin-conversation") or (ask.metadata or {}).get("conversation")
    return str(named) if named else None
