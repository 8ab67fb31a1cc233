"""A real llama.cpp server dies in mid-stream. `make test-real`; skipped where its wheels are not installed."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from everkin.config.providers import ProviderKind, ProviderSettings, ProvidersSettings
from everkin.language.tokens import estimate
from everkin.mind.ports.gateway import (
    ChatMessage,
    Event,
    Exhausted,
    FaultKind,
    Finished,
    Interrupted,
    Prompt,
    Shown,
    TextDelta,
)
from everkin.mind.transcript import Role
from everkin.providers import ProviderGateway
from everkin.testing.faults import refused_url

pytest.importorskip("xllamacpp", reason="pip install xllamacpp gguf")
pytest.importorskip("gguf")

LOST = {FaultKind.RESET, FaultKind.TRUNCATED}


class Llama:
    """One server process. It listens again at the same address after `start`."""

    def __init__(self, model: Path) -> None:
        self.url, self._model = f"{refused_url()}/v1", model
        self.start()

    def start(self) -> None:
        script = Path(__file__).with_name("llama_server.py")
        port = str(urlsplit(self.url).port)
        self._process = subprocess.Popen(
            [sys.executable, script, self._model, port], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout.readline().startswith(b"http://127.0.0.1")

    def kill(self) -> None:
        """SIGKILL: it says nothing to anybody."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def llama(tmp_path: Path) -> Iterator[Callable[[], Llama]]:
    from tiny_model import write

    write(tmp_path / "tiny.gguf")
    started: list[Llama] = []

    def start() -> Llama:
        started.append(Llama(tmp_path / "tiny.gguf"))
        return started[-1]

    yield start
    for server in started:
        server.kill()


def gateway(*servers: Llama, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> ProviderGateway:
    providers = tuple(
        ProviderSettings(
            name=f"llama{n}", kind=ProviderKind.OPENAI, base_url=server.url, model="tiny", context_window=2048
        )
        for n, server in enumerate(servers)
    )
    return ProviderGateway(ProvidersSettings(providers=providers), estimate=estimate, now=now, rng=Random(7))


def prompt(shown: Shown, tokens: int = 1200) -> Prompt:
    return Prompt(
        messages=[ChatMessage(role=Role.USER, content="How is my dog?")],
        parameters={"max_tokens": tokens, "seed": 7},
        shown=shown,
    )


async def read(house: ProviderGateway, asked: Prompt, *, kill: Llama | None = None) -> tuple[str, list[Event]]:
    """All events; `kill` dies when the twentieth piece of text has come."""
    text, heard = "", []
    async with aclosing(house.stream(asked, seconds=60)) as events:
        async for event in events:
            heard.append(event)
            if isinstance(event, TextDelta):
                text += event.text
                if kill is not None and sum(isinstance(each, TextDelta) for each in heard) == 20:
                    kill.kill()
    return text, heard


async def test_the_second_server_goes_on(llama: Callable[[], Llama]):
    first, second = llama(), llama()
    async with gateway(first, second) as house:
        text, heard = await read(house, prompt(Shown.APPEND_ONLY), kill=first)
        statuses = await house.status()

    [lost, went_on] = heard[-1].attempts
    assert isinstance(heard[-1], Finished)
    assert (lost.provider, went_on.provider, went_on.fault) == ("llama0", "llama1", None)
    assert lost.fault.kind in LOST
    assert heard[-1].text == text
    assert [status.in_flight for status in statuses] == [0, 0]
    assert statuses[0].failures > 0 == statuses[1].failures


async def test_a_buffered_answer_is_one_servers_own(llama: Callable[[], Llama]):
    first, second = llama(), llama()
    async with gateway(first, second) as house:
        _, heard = await read(house, prompt(Shown.NOWHERE), kill=first)
        _, alone = await read(house, prompt(Shown.NOWHERE))

    assert isinstance(heard[-1], Finished)
    assert heard[-1].text == alone[-1].text


async def test_nobody_is_left_and_then_it_comes_back(llama: Callable[[], Llama]):
    now = [datetime(2025, 3, 1, tzinfo=UTC)]
    only = llama()
    async with gateway(only, now=lambda: now[0]) as house:
        text, heard = await read(house, prompt(Shown.REPLACEABLE), kill=only)
        _, while_dead = await read(house, prompt(Shown.REPLACEABLE))
        only.start()
        now[0] += timedelta(seconds=20)
        await house.probe()
        _, after = await read(house, prompt(Shown.REPLACEABLE, tokens=8))

    assert isinstance(heard[-1], Interrupted)
    assert heard[-1].text == text
    assert isinstance(while_dead[-1], Exhausted)
    assert isinstance(after[-1], Finished)
    assert [attempt.fault for attempt in after[-1].attempts] == [None]


async def test_models_usage_and_a_trial(llama: Callable[[], Llama]):
    async with gateway(llama()) as house:
        _, heard = await read(house, prompt(Shown.NOWHERE, tokens=8))
        trial, models = await house.test("llama0"), await house.models("llama0")

    assert (heard[-1].finish_reason, heard[-1].usage.completion_tokens, heard[-1].usage.estimated) == (
        "length",
        8,
        False,
    )
    assert trial.fault is None
    assert [Path(model).name for model in models] == ["tiny.gguf"]
