"""The fault matrix: every mishap, at every moment, to one, two or all of three providers, and an oracle that judges.

Each provider speaks words of its own, so the oracle can tell from the text alone who said what. A cell is good when the
reader got the visible prefix followed by one coherent answer, or was told that it was interrupted; it is silently wrong
when an answer was called finished and is not one.
"""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final

from everkin.config.providers import Deadlines, ProviderKind, ProviderSettings, ProvidersSettings
from everkin.language.tokens import estimate
from everkin.mind.ports.gateway import (
    ChatMessage,
    Exhausted,
    FaultKind,
    Finished,
    Interrupted,
    Prompt,
    ProviderStatus,
    Replaced,
    Shown,
    TextDelta,
)
from everkin.mind.transcript import Role
from everkin.providers import ProviderGateway
from everkin.providers.fault import COSTS
from everkin.providers.join import REQUEST, sentences, whole
from everkin.testing.faults import MIDWAY, UNKNOWN_HOST_URL, Asked, FaultyServer, Mishap, Script, refused_url

TEXTS: Final = (
    "Oh Alice, I remember that beach. Biscuit ran into every wave and would not come home. You called him until the "
    "sun was low. In the end he slept in the car, and you carried him up the stairs. He was the happiest dog in town.",
    "Of all the dogs I know he is the bravest one. Last autumn you told me about the vet with cold hands. He has been "
    "well since then. Give him a bone from me tonight, and tell me what he says about it.",
    "The little one must be five years old by now. I like how he waits at the door for Bob every evening. Take him out "
    "before it rains again. We can plan his birthday together if you want.",
)
ENDINGS: Final = ("and so it went on.", "as it always did.")
DEADLINES: Final = Deadlines(
    connect=1.0, first_content=0.5, between=0.5, total=1.2, last_first_content=1.0, last_between=1.0
)
"""For the faulty: the defaults with time made about ten times faster."""
SLACK: Final = Deadlines(connect=10.0, first_content=20.0, between=20.0)
"""For the healthy: a loaded machine is no fault of theirs."""
SECONDS: Final = 60.0


class Variant(StrEnum):
    """How a fallback goes on when it is asked to."""

    NEXT_SENTENCE = "next sentence"
    MIDDLE = "goes on in mid-sentence"
    RESTART_SAME = "restart in the same words"
    RESTART_OWN = "restart in its own words"
    REPEAT = "repeats the last sentence"
    PREFACE = "preface"
    REFUSAL = "refusal"


class Where(StrEnum):
    """Faults that no server can play, because none is reached."""

    REFUSED = "connection refused"
    UNKNOWN_HOST = "DNS failure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One square of the matrix. `faulty` of the three providers suffer `fault`, a midway one `after` so many tokens."""

    fault: Mishap | Where
    faulty: int
    shown: Shown
    after: int = 20
    variant: Variant = Variant.NEXT_SENTENCE
    kind: ProviderKind = ProviderKind.OPENAI

    def __str__(self) -> str:
        moment = f" after {self.after}" if self.fault in MIDWAY else ""
        return f"{self.kind}: {self.fault}{moment}, {self.faulty} faulty, {self.shown}, {self.variant}"


class Verdict(StrEnum):
    """FULL: one coherent answer. TOLD: none, and the reader knows. WRONG: something else was called an answer."""

    FULL = "full answer"
    TOLD = "interrupted, and said so"
    WRONG = "silently wrong"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a cell. `objections` name every promise that was broken."""

    cell: Cell
    verdict: Verdict
    objections: tuple[str, ...]
    text: str = field(repr=False)
    end: Finished | Interrupted | Exhausted


def cells(kind: ProviderKind = ProviderKind.OPENAI) -> Iterator[Cell]:
    """The whole matrix for one protocol."""
    instead = [*Where, *(mishap for mishap in Mishap if mishap not in MIDWAY and mishap is not Mishap.NONE)]
    for faulty in (1, 2, 3):
        for shown in Shown:
            for fault in instead:
                yield Cell(fault=fault, faulty=faulty, shown=shown, kind=kind)
            for mishap in sorted(MIDWAY):
                for after in (1, 20, -1):
                    for variant in Variant if shown is not Shown.NOWHERE else [Variant.NEXT_SENTENCE]:
                        yield Cell(fault=mishap, faulty=faulty, shown=shown, after=after, variant=variant, kind=kind)


async def play(cell: Cell) -> Outcome:
    """Play one cell with servers and a gateway of its own, and judge it."""
    async with _stage(cell) as (gateway, servers):
        text, end, appended_only = await _read(gateway, cell)
        statuses = await gateway.status()
        await gateway.aclose()
        leaks = [*_kept_slots(statuses), *[leak for server in servers async for leak in _kept_connections(server)]]
    objections = [*_about_text(cell, text, end, appended_only=appended_only), *_about_charges(cell, statuses, end)]
    verdict = Verdict.FULL if isinstance(end, Finished) else Verdict.TOLD
    if isinstance(end, Finished) and not explained(text, sources(cell), to_the_end=True):
        verdict = Verdict.WRONG
    return Outcome(cell=cell, verdict=verdict, objections=(*objections, *leaks), text=text, end=end)


@asynccontextmanager
async def _stage(cell: Cell) -> AsyncIterator[tuple[ProviderGateway, Sequence[FaultyServer]]]:
    async with AsyncExitStack() as stack:
        scripts = [_script(cell, position) for position in range(len(TEXTS))]
        servers = [await stack.enter_async_context(FaultyServer(script)) for script in scripts]
        providers = tuple(_settings(cell, position, server) for position, server in enumerate(servers))
        settings = ProvidersSettings(providers=providers, ollama=None)
        gateway = await stack.enter_async_context(ProviderGateway(settings, estimate=estimate, rng=Random(7)))
        yield gateway, servers


def _settings(cell: Cell, position: int, server: FaultyServer) -> ProviderSettings:
    url = server.url
    if position < cell.faulty and isinstance(cell.fault, Where):
        url = refused_url() if cell.fault is Where.REFUSED else UNKNOWN_HOST_URL
    deadlines = DEADLINES if position < cell.faulty else SLACK
    path = "/v1" if cell.kind is ProviderKind.OPENAI else ""
    return ProviderSettings(
        name=f"p{position + 1}", kind=cell.kind, base_url=url + path, model="scripted", deadlines=deadlines
    )


def _script(cell: Cell, position: int) -> Script:
    mishap = cell.fault if position < cell.faulty and isinstance(cell.fault, Mishap) else Mishap.NONE
    return Script(
        text=lambda asked: _speech(cell.variant, position, asked), mishap=mishap, after=cell.after, drip_s=0.06
    )


def _speech(variant: Variant, position: int, asked: Asked) -> str:
    own = TEXTS[position]
    told = [_content(message) for message in asked.messages]
    if REQUEST not in told[-1]:
        return own
    # The last provider goes on as asked, so that a refusal by the second is not the end.
    return _continuation(variant, position, told[-2]) if position == 1 else _continued(position, told[-2])


def _continuation(variant: Variant, position: int, shown: str) -> str:
    own = TEXTS[position]
    match variant:
        case Variant.NEXT_SENTENCE:
            return own
        case Variant.MIDDLE:
            return _continued(position, shown)
        case Variant.RESTART_SAME:
            return TEXTS[0]
        case Variant.RESTART_OWN:
            return f"Hello Alice! {own}"
        case Variant.REPEAT:
            return f"{(sentences(whole(shown)) or [''])[-1]} {own}".strip()
        case Variant.PREFACE:
            return f"Sure, here is the rest of my message: {own}"
        case Variant.REFUSAL:
            return "I'm sorry, but I can't continue that message. Is there something else you need?"


def _continued(position: int, shown: str) -> str:
    """The unfinished sentence from its first word, an ending to it, and the provider's own words."""
    own, unfinished = TEXTS[position], shown[len(whole(shown)) :]
    return f"{unfinished} {ENDINGS[position - 1]} {own}" if unfinished.strip() else own


def _content(message: Any) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


async def _read(gateway: ProviderGateway, cell: Cell) -> tuple[str, Finished | Interrupted | Exhausted, bool]:
    prompt = Prompt(messages=[ChatMessage(role=Role.USER, content="How is my dog?")], shown=cell.shown)
    text, ends, appended_only = "", [], True
    async with aclosing(gateway.stream(prompt, seconds=SECONDS)) as events:
        async for event in events:
            match event:
                case TextDelta(more):
                    text += more
                case Replaced(instead):
                    text, appended_only = instead, False
                case Finished() | Interrupted() | Exhausted():
                    ends.append(event)
    return text, ends[-1], appended_only


# The oracle


def sources(cell: Cell) -> list[str]:
    """Everything a provider may say in this cell that belongs into an answer."""
    said = list(TEXTS)
    said += [f"{ending} {own}" for ending, own in zip(ENDINGS, TEXTS[1:], strict=True)]
    if cell.variant is Variant.RESTART_OWN:
        said.append(f"Hello Alice! {TEXTS[1]}")
    return said


def explained(text: str, said: Sequence[str], *, to_the_end: bool) -> bool:
    """Is `text` a run of one source, then a run of another, …?

    Each starts where its source starts (or where the first sentence of it starts that was not told yet), and ends where
    a sentence ends, or in mid-sentence if a "…" or an ending of that very sentence follows. The last one, when
    `to_the_end`, is the end of its source.
    """
    openings = [Opening(_words(source), start) for source in said for start in _starts(source, text)]
    words = _words(text)
    return bool(words) and _explained_from(words, openings, to_the_end=to_the_end, runs=4)


@dataclass(frozen=True, slots=True)
class Opening:
    """A place in a source where somebody may begin to speak."""

    source: Sequence[str]
    start: int

    def reaches(self, words: Sequence[str]) -> int:
        """How many of `words` the source has from here on."""
        pairs = zip(words, self.source[self.start :], strict=False)
        return next((n for n, (ours, theirs) in enumerate(pairs) if ours != theirs), self._most(words))

    def _most(self, words: Sequence[str]) -> int:
        return min(len(words), len(self.source) - self.start)

    def ends_sentence(self, taken: int) -> bool:
        return self.source[self.start + taken - 1] in _MARKS


_MARKS: Final = ".!?"


def _explained_from(words: Sequence[str], openings: Sequence[Opening], *, to_the_end: bool, runs: int) -> bool:
    for opening in openings if runs else ():
        reach = opening.reaches(words)
        if reach == len(words) and (not to_the_end or opening.start + reach == len(opening.source)):
            return True
        for taken in range(reach, 0, -1):
            rest = list(words[taken:])
            if rest[:1] == ["…"]:
                rest = rest[1:]
            elif not opening.ends_sentence(taken) and not (rest and rest[0].islower()):
                continue
            if _explained_from(rest, openings, to_the_end=to_the_end, runs=runs - 1):
                return True
    return not words and not to_the_end


def _starts(source: str, text: str) -> list[int]:
    starts = [0]
    for sentence in sentences(source)[:-1]:
        if sentence.strip() not in text:
            break
        starts.append(starts[-1] + len(_words(sentence)))
    return starts


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text)


def repeated(text: str) -> list[str]:
    """Sentences of at least three words that stand in `text` more than once."""
    plain = [" ".join(re.findall(r"\w+", sentence.casefold())) for sentence in sentences(text)]
    return sorted({sentence for sentence in plain if sentence.count(" ") >= 2 and plain.count(sentence) > 1})


def _about_text(
    cell: Cell, text: str, end: Finished | Interrupted | Exhausted, *, appended_only: bool
) -> Iterator[str]:
    healthy_left = cell.faulty < len(TEXTS)
    if repeated(text):
        yield "a sentence stands twice"
    if cell.shown is Shown.APPEND_ONLY and not appended_only:
        yield "an append-only stream was replaced"
    if not isinstance(end, Exhausted) and end.text != text:
        yield "the last event has another text than the stream"
    if isinstance(end, Exhausted) and text:
        yield "text was handed out, and the end denies it"
    if text and not explained(text, sources(cell), to_the_end=isinstance(end, Finished)):
        yield "the text is not what the providers said"
    if healthy_left and not isinstance(end, Finished):
        yield "a healthy provider stood by, and there is no answer"


def _about_charges(
    cell: Cell, statuses: Sequence[ProviderStatus], end: Finished | Interrupted | Exhausted
) -> Iterator[str]:
    faults: dict[str, list[FaultKind]] = {}
    for attempt in end.attempts:
        if attempt.fault is not None:
            faults.setdefault(attempt.provider, []).append(attempt.fault.kind)
    for position, status in enumerate(statuses):
        costs = sum(COSTS[kind].points for kind in faults.get(status.name, ()))
        answered = isinstance(end, Finished) and end.provider == status.name
        if bool(status.failures) != (costs > 0 and not answered):
            yield f"{status.name} has {status.failures} points for {faults.get(status.name, [])}"
        if position >= cell.faulty and costs:
            yield f"{status.name} is healthy and was charged"


def _kept_slots(statuses: Sequence[ProviderStatus]) -> Iterator[str]:
    return (f"{status.name} keeps {status.in_flight} slots" for status in statuses if status.in_flight)


async def _kept_connections(server: FaultyServer) -> AsyncIterator[str]:
    try:
        await server.quiet()
    except TimeoutError:
        yield f"{server.connections} connections of a closed gateway are still open"
