"""Alice uses a chat program that only knows OpenAI; the companion behind it is Lucy."""

import base64
import json

import numpy as np
import openai as openai_package
import pytest

from everkin.testing.faults import Script

SAID = {"role": "user", "content": "My dog Biscuit is afraid of thunder."}
ASKED = {"role": "user", "content": "Is Biscuit afraid of anything?"}


async def test_the_companions_are_the_models(openai):
    assert [model.id async for model in openai.models.list()] == ["lucy"]
    assert (await openai.models.retrieve("lucy")).owned_by == "everkin"


def given(provider):
    """All that the model was given to read, the last time it was asked."""
    return "\n".join(str(message["content"]) for message in provider.asked[-1].messages)


async def test_what_was_said_in_one_chat_is_known_in_the_next(openai, provider):
    await openai.chat.completions.create(model="lucy", messages=[SAID], extra_headers={"X-Everkin-Conversation": "one"})
    reply = await openai.chat.completions.create(
        model="lucy", messages=[ASKED], extra_headers={"X-Everkin-Conversation": "two"}
    )
    choice = reply.choices[0]
    assert (choice.message.role, choice.finish_reason) == ("assistant", "stop")
    assert choice.message.content == "I am glad you told me."
    assert SAID["content"] in given(provider)
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert reply.everkin["verdict"] == "found"
    assert reply.everkin["recollections"][0].keys() == {"id", "at", "confidence", "message_ids"}


async def test_a_stream_says_the_same_piece_by_piece(openai):
    await openai.chat.completions.create(model="lucy", messages=[SAID])
    stream = await openai.chat.completions.create(
        model="lucy", messages=[ASKED], stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    first, *deltas, finish, usage = chunks
    assert (first.choices[0].delta.role, first.everkin["verdict"]) == ("assistant", "found")
    assert "".join(chunk.choices[0].delta.content for chunk in deltas) == "I am glad you told me."
    assert finish.choices[0].finish_reason == "stop"
    assert (usage.choices, usage.usage.total_tokens > 0) == ([], True)
    assert {chunk.id for chunk in chunks} == {first.id}
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_call_reaches_the_client_whole(openai, provider, stream):
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Porto"}'}}
    provider.play(Script(text="", tool_calls=[call], finish_reason="tool_calls"))
    asked = [{"role": "user", "content": "Do I need an umbrella?"}]
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    if stream:
        async with openai.chat.completions.stream(model="lucy", messages=asked, tools=tools) as events:
            reply = await events.get_final_completion()
    else:
        reply = await openai.chat.completions.create(model="lucy", messages=asked, tools=tools)
    (choice,) = reply.choices
    (told,) = choice.message.tool_calls
    assert choice.finish_reason == "tool_calls"
    assert (told.id, told.function.name, told.function.arguments) == ("c1", "weather", '{"city": "Porto"}')


async def test_the_stream_is_framed_as_openai_frames_it(http):
    """Every event is one `data:` line and an empty one; the last is `[DONE]`, and no usage comes unasked."""
    ask = {"model": "lucy", "messages": [SAID], "stream": True}
    answer = await http.post("/v1/chat/completions", json=ask)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *events, done, nothing = answer.text.split("\n\n")
    assert (done, nothing) == ("data: [DONE]", "")
    assert all(event.startswith("data: {") and "\n" not in event for event in events)
    assert '"usage"' not in answer.text


async def test_no_word_that_was_recalled_is_in_the_extension(http):
    await http.post("/v1/chat/completions", json={"model": "lucy", "messages": [SAID]})
    answer = await http.post("/v1/chat/completions", json={"model": "lucy", "messages": [ASKED]})
    assert "Biscuit" not in str(answer.json()["everkin"])


async def test_an_unknown_model_is_openais_404(openai):
    with pytest.raises(openai_package.NotFoundError) as caught:
        await openai.chat.completions.create(model="gpt-9", messages=[SAID])
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    assert "Biscuit" not in str(caught.value)
    with pytest.raises(openai_package.NotFoundError):
        await openai.models.retrieve("gpt-9")


@pytest.mark.parametrize("name", ["lucy\0", "\ud800", "l" * 5000])
async def test_a_model_id_that_nobody_could_have_is_a_404(http, name):
    answer = await http.post(
        "/v1/chat/completions",
        content=json.dumps({"model": name, "messages": [SAID]}),
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    nobody = await http.post("/v1/bonds/alice/a%00b/recall", json={"question": "Who?"})
    assert nobody.status_code == 400


async def test_what_cannot_be_answered_is_refused_with_a_status_even_when_a_stream_was_asked_for(openai, kin):
    headers = {"X-Everkin-User": "a" * 201}
    with pytest.raises(openai_package.BadRequestError):
        await openai.chat.completions.create(model="lucy", messages=[SAID], stream=True, extra_headers=headers)
    with pytest.raises(openai_package.BadRequestError):
        await openai.chat.completions.create(model="lucy", messages=[SAID | {"role": "narrator"}], stream=True)


@pytest.mark.parametrize(
    ("ask", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"content": "Hello"}]}, "messages.0.role"),
        ({"messages": [SAID], "n": 2}, "n"),
        ({"messages": "Hello"}, "messages"),
    ],
)
async def test_a_request_that_makes_no_sense_is_a_400_that_says_where(http, ask, param):
    answer = await http.post("/v1/chat/completions", json={"model": "lucy"} | ask)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert "Hello" not in answer.text


async def test_malformed_json_is_a_400(http):
    answer = await http.post(
        "/v1/chat/completions", content=b'{"model": "lucy", "messages": [', headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        400,
        "The request cannot be read: the body is not valid JSON at character 31.",
    )


async def test_vectors_come_as_numbers_and_as_base64(openai):
    texts = ["a dog", "a thunderstorm"]
    model = "all-MiniLM-L6-v2"
    plain = await openai.embeddings.create(model=model, input=texts, encoding_format="float")
    packed = await openai.embeddings.create(model=model, input=texts, encoding_format="base64")
    numbers = np.array([item.embedding for item in plain.data], dtype="<f4")
    unpacked = np.array([np.frombuffer(base64.b64decode(item.embedding), "<f4") for item in packed.data])
    assert numbers.shape == (2, 384)
    np.testing.assert_array_equal(numbers, unpacked)


async def test_an_unknown_embedding_model_and_a_shorter_vector_are_refused(openai):
    with pytest.raises(openai_package.NotFoundError):
        await openai.embeddings.create(model="text-embedding-3-small", input="a dog")
    with pytest.raises(openai_package.BadRequestError):
        await openai.embeddings.create(model="all-MiniLM-L6-v2", input="a dog", dimensions=100)
    with pytest.raises(openai_package.BadRequestError):
        await openai.embeddings.create(model="all-MiniLM-L6-v2", input=[])


async def test_the_user_is_named_by_header_then_by_field_then_me(openai, kin):
    for headers, user in (({"X-Everkin-User": "alice"}, "bob"), ({}, "bob"), ({}, openai_package.NOT_GIVEN)):
        await openai.chat.completions.create(model="lucy", messages=[SAID], user=user, extra_headers=headers)
    for user in ("alice", "bob", "me"):
        bond = await kin.bond(user=user, companion="lucy", create=False)
        assert SAID["content"] in [memory.text for memory in await bond.memories()]
