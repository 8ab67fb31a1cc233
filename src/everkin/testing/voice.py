"""A voice that says what it is told to: a gateway without providers, for tests of everything around it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from everkin.errors import NotFound
from everkin.mind.ports.gateway import (
    Attempt,
    Event,
    Exhausted,
    Fault,
    FaultKind,
    Finished,
    Interrupted,
    Prompt,
    ProviderStatus,
    TextDelta,
    Usage,
)

Script = Callable[[Prompt], str | None]


class ScriptedGateway:
    """Fulfils `Gateway`. `say` makes a reply from the prompt, streamed word by word; None: nobody can answer.

    `prompts` are all that were asked. `breaks_after` words the stream ends as interrupted; between words `between` runs.
    """

    def __init__(
        self, say: Script | None = None, *, breaks_after: int | None = None, between: Callable[[], None] = lambda: None
    ) -> None:
        self._say, self._breaks_after, self._between = say or (lambda prompt: None), breaks_after, between
        self.prompts: list[Prompt] = []

    async def stream(self, prompt: Prompt, *, seconds: float | None = None) -> AsyncGenerator[Event, None]:
        self.prompts.append(prompt)
        reply = self._say(prompt)
        if reply is None:
            yield Exhausted(fault=None, attempts=())
            return
        text = ""
        for count, word in enumerate(reply.split(" ")):
            if count == self._breaks_after:
                yield Interrupted(text=text, fault=Fault(kind=FaultKind.RESET), attempts=())
                return
            piece = word if count == 0 else f" {word}"
            text += piece
            yield TextDelta(piece)
            self._between()
            await asyncio.sleep(0)
        usage = Usage(prompt_tokens=10, completion_tokens=len(reply.split()))
        yield Finished(text=text, provider="script", model="script", finish_reason="stop", usage=usage, attempts=())

    def window(self, *, service_level: str = "", companion: str | None = None) -> int:
        return 8192

    async def status(self) -> Sequence[ProviderStatus]:
        return []

    async def test(self, provider: str) -> Attempt:
        raise NotFound("A scripted voice has no providers.")

    async def models(self, provider: str) -> Sequence[str]:
        raise NotFound("A scripted voice has no providers.")

    async def probe(self) -> None:
        return None

    async def aclose(self) -> None:
        return None
