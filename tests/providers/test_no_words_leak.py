"""Neither prompts nor replies stand in a log, an exception or a repr, even at the noisiest setting."""

import logging

import pytest
import structlog
from stage import ask, gateway, provider, read

from everkin.config.providers import ProviderKind
from everkin.mind.ports.gateway import ChatMessage, Replaced, TextDelta, ToolDelta
from everkin.mind.transcript import Role
from everkin.testing.faults import FaultyServer, Mishap, Script

SECRET = "zanzibar"
KEY = "sk-marzipan"


@pytest.mark.parametrize("kind", ProviderKind)
async def test_logs_hold_no_words_and_no_keys(kind: ProviderKind, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    mishaps = [Mishap.ERROR_500, Mishap.BAD_JSON, Mishap.RST, Mishap.ERROR_IN_BAND, Mishap.HTML_503, Mishap.NONE]
    scripts = [Script(text=f"Oh {SECRET}, Alice. " * 9, mishap=mishap, after=6) for mishap in mishaps]
    prompt = ask(ChatMessage(role=Role.USER, content=f"I fear {SECRET}."))
    with structlog.testing.capture_logs() as events:
        async with FaultyServer(*scripts) as server, gateway(provider("one", server, kind=kind, api_key=KEY)) as house:
            for _ in mishaps:
                told = await read(house, prompt)
                assert SECRET not in repr((told.events, prompt))
            assert KEY not in repr(house._settings)

    logged = caplog.text + repr(events)
    assert "provider_failed" in logged
    assert SECRET not in logged
    assert KEY not in logged


def test_events_hide_their_words():
    for event in (TextDelta(SECRET), Replaced(SECRET), ToolDelta(0, "c1", "feed", SECRET)):
        assert SECRET not in repr(event)
