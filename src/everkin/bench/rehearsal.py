"""A rehearsal: the scenarios of personas, lived in a cell of their own that is thrown away."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from everkin.app import Bond, Everkin
from everkin.app.personas import persona_of
from everkin.bench.measurement import temporary_cell
from everkin.character import scenario
from everkin.character.document import require
from everkin.character.scenario import Scenario, Seen, Suite
from everkin.config.settings import Settings
from everkin.errors import InvalidInput
from everkin.language.tokens import estimate

AFTER = timedelta(minutes=5)
"""Where nothing says when, it is asked so long after the last words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """How one scenario went. `skipped` says that a part of it wanted a language model, and there was none."""

    file: str
    name: str
    failures: tuple[str, ...] = field(default=(), repr=False)
    skipped: bool = False


Cell = Callable[[], AsyncIterator[Everkin]]


async def rehearse(files: Sequence[Path], settings: Settings, *, live: bool = False) -> list[Rehearsed]:
    """Run every scenario of the files in order. A cell is opened only when one of them lives or asks; about 1.5 s.

    Replies are asked of the configured language models where `live`, and are skipped else. Raises InvalidInput for a
    file that cannot be read, before anything is run.
    """
    told = [(file, scenario.read(file)) for file in files]
    documents = {file: _document(file, suite) for file, suite in told}
    lived = any(_lives(one, live) for _, suite in told for one in suite.scenarios)
    async with _opened(settings, lived) as kin:
        return [
            await _run(kin, file, f"{number}-{place}", documents[file], one, live=live)
            for number, (file, suite) in enumerate(told)
            for place, one in enumerate(suite.scenarios)
        ]


@asynccontextmanager
async def _opened(settings: Settings, lived: bool) -> AsyncIterator[Everkin | None]:
    if not lived:
        yield None
        return
    async with temporary_cell(settings) as kin:
        yield kin


def _lives(one: Scenario, live: bool) -> bool:
    return bool(one.life or one.ask or one.expect or (live and one.reply))


async def _run(kin: Everkin | None, file: Path, name: str, text: str, one: Scenario, *, live: bool) -> Rehearsed:
    failures: list[str] = []
    if one.prompt:
        failures += scenario.of_prompt(one.prompt, persona_of(file.stem, text), estimate)
    if kin is not None and _lives(one, live):
        await kin.put_companion(name, text)
        bond = await kin.bond(user=f"user-{name}", companion=name)
        failures += await _lived(kin, bond, one, live=live)
    return Rehearsed(
        file=str(file), name=one.name, failures=tuple(failures), skipped=one.reply is not None and not live
    )


async def _lived(kin: Everkin, bond: Bond, one: Scenario, *, live: bool) -> list[str]:
    said = [
        {"role": role, "content": words, "at": turn.at}
        for turn in one.life
        for role, words in (("user", turn.user), ("assistant", turn.companion))
        if words is not None
    ]
    await bond.observe(said)
    last = max((turn.at for turn in one.life), default=kin.now())
    failures: list[str] = []
    if one.expect:
        failures += scenario.of_state(one.expect, await _seen(bond, one, last + AFTER))
    if one.reply and live:
        for _ in range(one.reply.times):
            reply = await bond.reply(one.reply.to, at=one.reply.at or last + AFTER)
            if reply.understudy:
                return [*failures, "no language model answered"]
            failures += scenario.of_reply(one.reply, reply.text, await bond.strangeness(reply.text))
    return failures


async def _seen(bond: Bond, one: Scenario, after: datetime) -> Seen:
    asked = one.ask
    at = (one.expect.at if one.expect else None) or (asked.at if asked else after)
    state = await bond.state(at=at)
    context = await bond.context(asked.question, tokens=asked.tokens, at=asked.at) if asked else None
    return Seen(
        context="\n".join(message["content"] for message in context.messages[:-1]) if context else "",
        verdict=context.verdict.value if context else "",
        emotion=state.emotion,
        companion_emotion=state.companion_emotion,
        markers=scenario.marker_names(marker.kind for marker in state.markers),
        disclosures=len(state.disclosures),
    )


def _document(file: Path, suite: Suite) -> str:
    path = file.parent / suite.persona
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(
            f"{file} names a persona that cannot be read: {suite.persona}.",
            kept="Nothing was run.",
            next="Name a file by its path from there.",
        ) from None
    require(path.stem, text, estimate)
    return text
