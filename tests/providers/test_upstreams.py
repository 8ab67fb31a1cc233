"""What each protocol is sent, and what is understood of its answers."""

from collections.abc import Mapping
from typing import Any

import pytest
from openai import APIError, AsyncOpenAI
from stage import BEACH, QUESTION, VET, ask, gateway, provider, read

from everkin.config.providers import ProviderKind
from everkin.errors import NotFound, ProviderError
from everkin.mind.ports.gateway import (
    ChatMessage,
    FaultKind,
    ReasoningDelta,
    Shown,
    ToolDelta,
    Usage,
)
from everkin.mind.transcript import Role
from everkin.testing.faults import FaultyServer, Mishap, Script, refused_url

FEED = {
    "type": "function",
    "function": {"name": "feed", "description": "Feed a pet.", "parameters": {"type": "object", "properties": {}}},
}
CALL = {"id": "call_0", "type": "function", "function": {"name": "feed", "arguments": '{"pet": "Biscuit"}'}}
TALK = (
    ChatMessage(role=Role.SYSTEM, content="You are Lucy."),
    ChatMessage(role=Role.USER, content="Feed him.", name="alice"),
    ChatMessage(role=Role.ASSISTANT, content="", tool_calls=(CALL,)),
    ChatMessage(role=Role.TOOL, content="Fed.", tool_call_id="call_0"),
    ChatMessage(role=Role.SYSTEM, content="It is evening."),
    ChatMessage(
        role=Role.USER,
        content=[
            {"type": "text", "text": "And this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        ],
    ),
)
PARAMETERS = {"temperature": 0.3, "max_tokens": 50, "stop": "END", "seed": 5, "tools": [FEED], "tool_choice": "auto"}


async def sent(kind: ProviderKind) -> Mapping[str, Any]:
    async with FaultyServer() as server, gateway(provider("one", server, kind=kind, api_key="sesame")) as house:
        await read(house, ask(*TALK, parameters=PARAMETERS))
    assert "sesame" in str(server.asked[0].headers) or kind is ProviderKind.OLLAMA
    return server.asked[0].body


async def test_openai_is_sent_what_was_asked():
    body = await sent(ProviderKind.OPENAI)

    assert {**PARAMETERS, "model": "scripted", "stream": True}.items() <= body.items()
    assert body["messages"][1] == {"role": "user", "content": "Feed him.", "name": "alice"}
    assert body["messages"][2] == {"role": "assistant", "content": None, "tool_calls": [CALL]}
    assert body["messages"][3] == {"role": "tool", "content": "Fed.", "tool_call_id": "call_0"}


async def test_anthropic_is_sent_turns_and_a_system_prompt():
    body = await sent(ProviderKind.ANTHROPIC)

    assert body["system"] == "You are Lucy.\n\nIt is evening."
    assert (body["max_tokens"], body["stop_sequences"], body["temperature"]) == (50, ["END"], 0.3)
    assert body["tools"] == [
        {"name": "feed", "description": "Feed a pet.", "input_schema": {"type": "object", "properties": {}}}
    ]
    assert "seed" not in body
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Feed him."}]},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "call_0", "name": "feed", "input": {"pet": "Biscuit"}}],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_0", "content": "Fed."},
                {"type": "text", "text": "And this?"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
            ],
        },
    ]


async def test_a_character_may_speak_first_to_anthropic_too():
    greeting = ChatMessage(role=Role.ASSISTANT, content="Welcome home, Alice.")
    async with FaultyServer() as server, gateway(provider("one", server, kind=ProviderKind.ANTHROPIC)) as house:
        await read(house, ask(greeting, QUESTION))

    assert [turn["role"] for turn in server.asked[0].body["messages"]] == ["user", "assistant", "user"]


async def test_a_client_that_asks_for_all_the_tokens_there_are_is_answered():
    async with FaultyServer() as server, gateway(provider("one", server)) as house:
        told = await read(house, ask(parameters={"max_tokens": 10**6}))
    assert told.faults == [("one", None)]


async def test_ollama_is_told_its_window():
    body = await sent(ProviderKind.OLLAMA)

    assert body["options"] == {"temperature": 0.3, "num_predict": 50, "stop": "END", "seed": 5, "num_ctx": 128_000}
    assert body["messages"][2]["tool_calls"] == [{"function": {"name": "feed", "arguments": {"pet": "Biscuit"}}}]
    assert body["messages"][5] == {"role": "user", "content": "And this?", "images": ["AAAA"]}


@pytest.mark.parametrize("kind", ProviderKind)
async def test_text_reasoning_and_usage_come_through(kind: ProviderKind):
    script = Script(text=BEACH, reasoning="She asks about the dog.")
    async with FaultyServer(script) as server, gateway(provider("one", server, kind=kind)) as house:
        told = await read(house)

    assert told.text == BEACH
    assert told.of(ReasoningDelta) == [ReasoningDelta("She asks about the dog.")]
    assert (told.end.finish_reason, told.end.usage) == (
        "stop",
        Usage(prompt_tokens=9, completion_tokens=len(BEACH.split())),
    )


@pytest.mark.parametrize("kind", ProviderKind)
async def test_tool_calls_come_through(kind: ProviderKind):
    script = Script(tool_calls=[CALL], finish_reason="tool_calls")
    async with FaultyServer(script) as server, gateway(provider("one", server, kind=kind)) as house:
        told = await read(house)

    calls = told.of(ToolDelta)
    assert [call.name for call in calls if call.name] == ["feed"]
    assert "".join(call.arguments for call in calls) == '{"pet": "Biscuit"}'
    assert (told.end.finish_reason, told.text) == ("tool_calls", "")


async def test_usage_is_estimated_when_nobody_counted():
    async with FaultyServer(Script(text=BEACH, usage=False)) as server, gateway(provider("one", server)) as house:
        told = await read(house)

    assert told.end.usage.estimated
    assert told.end.usage.completion_tokens >= len(BEACH.split())


async def test_a_full_answer_at_its_limit_is_an_answer():
    script = Script(text=BEACH, finish_reason="length")
    async with FaultyServer(script) as server, gateway(provider("one", server)) as house:
        assert (await read(house)).end.finish_reason == "length"


async def test_a_filtered_answer_is_somebody_elses_turn():
    filtered = Script(text="", finish_reason="content_filter")
    async with (
        FaultyServer(filtered) as one,
        FaultyServer(Script(text=VET)) as two,
        gateway(provider("one", one), provider("two", two)) as house,
    ):
        told = await read(house)
        statuses = await house.status()

    assert told.faults == [("one", FaultKind.FILTERED), ("two", None)]
    assert [status.failures for status in statuses] == [0, 0]


@pytest.mark.parametrize("kind", ProviderKind)
async def test_what_follows_the_finish_reason_cannot_spoil_the_answer(kind: ProviderKind):
    """The proof of success has come; a connection that hangs after it is not waited for."""
    script = Script(text=BEACH, mishap=Mishap.LINGER)
    async with FaultyServer(script) as server, gateway(provider("one", server, kind=kind)) as house:
        told = await read(house)
        await house.aclose()
        await server.quiet()

    assert (told.text, told.faults) == (BEACH, [("one", None)])


async def test_a_smaller_fallback_gets_a_shorter_talk():
    """The oldest turns are left out for it; the system message and the question stay."""
    past = [
        ChatMessage(role=role, content=f"{role} said this {n}. " * 20)
        for n in range(20)
        for role in (Role.USER, Role.ASSISTANT)
    ]
    talk = (ChatMessage(role=Role.SYSTEM, content="You are Lucy."), *past, QUESTION)
    async with (
        FaultyServer() as small,
        gateway(provider("big", refused_url()), provider("small", small, context_window=3000)) as house,
    ):
        told = await read(house, ask(*talk))

    messages = small.asked[0].body["messages"]
    assert told.faults[-1] == ("small", None)
    assert messages[0]["content"] == "You are Lucy."
    assert [m["content"] for m in messages[1:]] == [m.content for m in talk[-len(messages) + 1 :]]
    assert len(messages) < len(talk)


async def test_orders_and_pins():
    async with FaultyServer(Script(text="One.")) as one, FaultyServer(Script(text="Two.")) as two:
        chain = (provider("one", one), provider("two", two, context_window=9000))
        async with gateway(*chain, levels={"free": ("two",)}, companions={"lucy": ("two",)}) as house:
            texts = [
                (await read(house, ask(**whom))).text
                for whom in (
                    {},
                    {"service_level": "free"},
                    {"companion": "lucy"},
                    {"provider": "two"},
                    {"provider": "x"},
                )
            ]
            windows = house.window(), house.window(companion="lucy")

    assert texts == ["One.", "Two.", "Two.", "Two.", "One."]
    assert windows == (128_000, 9000)


async def test_a_pinned_provider_that_dies_has_the_others_behind_it():
    async with (
        FaultyServer(Script(text="One.")) as one,
        gateway(provider("one", one), provider("two", refused_url())) as house,
    ):
        told = await read(house, ask(provider="two"))
    assert told.faults == [("two", FaultKind.REFUSED), ("one", None)]


@pytest.mark.parametrize("kind", ProviderKind)
async def test_providers_are_tested_and_list_their_models(kind: ProviderKind):
    async with (
        FaultyServer(Script(text="Hello.")) as server,
        gateway(provider("well", server, kind=kind), provider("dead", refused_url(), kind=kind)) as house,
    ):
        well, dead = await house.test("well"), await house.test("dead")
        models = await house.models("well")
        statuses = await house.status()
        with pytest.raises(ProviderError, match="refused"):
            await house.models("dead")
        with pytest.raises(NotFound):
            await house.test("nobody")

    assert (well.fault, dead.fault.kind) == (None, FaultKind.REFUSED)
    assert models == ["scripted"]
    assert [status.breaker for status in statuses] == ["closed", "open"]


class TestTheFaultyServerSpeaksOpenAI:
    """The real client is the judge."""

    async def test_streamed_and_whole(self):
        async with (
            FaultyServer(Script(text=BEACH)) as server,
            AsyncOpenAI(base_url=server.openai_url, api_key="none", max_retries=0) as client,
        ):
            messages = [{"role": "user", "content": "How is my dog?"}]
            whole = await client.chat.completions.create(model="m", messages=messages)
            stream = await client.chat.completions.create(model="m", messages=messages, stream=True)
            parts = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]

        assert whole.choices[0].message.content == BEACH
        assert "".join(parts) == BEACH

    async def test_faults_reach_it(self):
        async with (
            FaultyServer(Script(mishap=Mishap.RATE_LIMITED)) as server,
            AsyncOpenAI(base_url=server.openai_url, api_key="none", max_retries=0) as client,
        ):
            with pytest.raises(APIError):
                await client.chat.completions.create(model="m", messages=[])


async def test_a_server_that_does_not_stream_is_understood():
    """Some compatible servers ignore `stream` and send one JSON."""
    script = Script(text=BEACH, tool_calls=[CALL], streams=False)
    async with FaultyServer(script) as server, gateway(provider("one", server)) as house:
        told = await read(house, ask(shown=Shown.APPEND_ONLY))

    assert told.text == BEACH
    assert told.of(ToolDelta) == [ToolDelta(0, "call_0", "feed", '{"pet": "Biscuit"}')]
