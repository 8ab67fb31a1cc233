"""Alice hangs up, the model dies, the server is stopped: what was said so far is kept, and marked for what it is."""

import asyncio
import json
import re
import signal
from contextlib import asynccontextmanager

import httpx
import openai as openai_package
import pytest
from openai import AsyncOpenAI

from everkin.mind.transcript import Delivery
from everkin.testing.faults import Mishap, Script
from support.serving import serving

ALICE = "/v1/bonds/alice/lucy"
LONG = " ".join(f"word{number}" for number in range(200))
SLOW = Script(text=LONG, pace_s=0.02)
CHAT = {"model": "lucy", "messages": [{"role": "user", "content": "Tell me a long story."}], "user": "alice"}


async def last_reply(kin, conversation=None):
    """Lucy's last message to Alice as it is kept."""
    bond = await kin.bond(user="alice", companion="lucy", create=False)
    known = await kin.store.transcripts.conversation(bond.user_id, bond.bond_id, conversation)
    return (await kin.store.transcripts.branch(bond.user_id, known, last=1))[0]


@asynccontextmanager
async def patient(kin):
    """A client of a server that waits, when it is stopped, until every reply has come to its own end."""
    async with serving(kin, stop_seconds=60) as address, httpx.AsyncClient(base_url=address, timeout=30) as client:
        yield client


async def hang_up(http, path, body, headers=None):
    """Read a few pieces of a stream, then go away; what was heard."""
    async with http.stream("POST", path, json=body | {"stream": True}, headers=headers) as answer:
        assert answer.status_code == 200
        heard = ""
        async for text in answer.aiter_text():
            heard += text
            if "word3" in heard:
                break
    return heard


async def test_alice_loses_the_native_stream_and_comes_back_to_it(kin, provider):
    """The reply is told to its end meanwhile; she hears the rest from where she was, and nothing twice."""
    provider.play(SLOW)
    async with patient(kin) as http:
        heard = await hang_up(http, f"{ALICE}/reply", {"text": "Tell me a long story."})
        whole = heard[: heard.rindex("\n\n") + 2]
        last = re.findall(r"^id: (\d+)$", whole, re.MULTILINE)[-1]
        message_id = re.search(r'"message_id":"([^"]+)"', whole)[1]
        rest = await http.get(f"{ALICE}/replies/{message_id}", headers={"Last-Event-ID": last})
        stranger = await http.get(f"/v1/bonds/bob/lucy/replies/{message_id}")
    pieces = [json.loads(data)["text"] for data in re.findall(r"event: text\ndata: (.*)", whole + rest.text)]
    assert "".join(pieces) == LONG
    assert "event: finished" in rest.text
    assert stranger.status_code == 404
    message = await last_reply(kin)
    assert (message.content, message.delivery) == (LONG, Delivery.COMPLETE)


async def test_alice_hangs_up_on_the_openai_stream(kin, provider):
    """Chat programs have a stop button that closes the connection; what they show is what was said."""
    provider.play(SLOW)
    async with patient(kin) as http:
        await hang_up(http, "/v1/chat/completions", CHAT, {"X-Everkin-Conversation": "evening"})
    message = await last_reply(kin, "evening")
    assert message.delivery is Delivery.STOPPED
    assert LONG.startswith(message.content.strip())


async def test_nobody_waits_for_a_whole_reply_any_more(kin, provider):
    provider.play(SLOW)
    async with patient(kin) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.post(f"{ALICE}/reply", json={"text": "Tell me a long story."}, timeout=1)
    assert (await last_reply(kin)).delivery is Delivery.INTERRUPTED


async def test_after_hanging_up_the_conversation_goes_on(http, kin, provider):
    provider.play(SLOW, Script(text="Of course."))
    await hang_up(http, f"{ALICE}/reply", {"text": "Tell me a long story."})
    await provider.quiet()
    assert (await http.post(f"{ALICE}/reply", json={"text": "A shorter one?"})).json()["text"] == "Of course."


async def test_the_model_dies_in_the_middle_and_the_client_is_told(kin, provider):
    """OpenAI's client raises at once and closes the connection; the reply is kept all the same."""
    provider.play(Script(text=LONG, mishap=Mishap.RST, after=30), Script(mishap=Mishap.ERROR_500))
    heard: list[str] = []

    async def listen(client):
        async for chunk in await client.chat.completions.create(**CHAT, stream=True):
            heard.append(chunk.choices[0].delta.content or "")  # noqa: PERF401 - kept when the stream raises

    async with serving(kin) as address:
        headers = {"X-Everkin-Conversation": "evening"}
        client = AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, default_headers=headers)
        with pytest.raises(openai_package.APIError, match="broken off"):
            await listen(client)
        await client.close()
    message = await last_reply(kin, "evening")
    assert (message.content, message.delivery) == ("".join(heard), Delivery.INTERRUPTED)


async def test_the_model_dies_in_the_middle_of_a_native_stream(http, kin, provider):
    provider.play(Script(text=LONG, mishap=Mishap.RST, after=30), Script(mishap=Mishap.ERROR_500))
    answer = await http.post(f"{ALICE}/reply", json={"text": "Tell me a long story.", "stream": True})
    last = json.loads(answer.text.strip().split("\n\n")[-1].split("data: ")[1])
    assert "event: interrupted" in answer.text
    assert (await last_reply(kin)).content == last["text"]


async def test_no_model_answers_and_the_understudy_says_so(http, provider):
    provider.play(Script(mishap=Mishap.ERROR_500))
    reply = (await http.post(f"{ALICE}/reply", json={"text": "Good morning."})).json()
    assert (reply["understudy"], reply["provider"]) == (True, "understudy")


@pytest.mark.parametrize("seconds", [0.0, 30.0])
async def test_sigterm_in_the_middle_of_a_stream(kin, provider, seconds):
    """With time to end, the reply is finished; without, it is cut off, marked, and the client told."""
    provider.play(Script(text=LONG, pace_s=0.005))
    async with serving(kin, stop_seconds=seconds) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        heard = ""
        async with http.stream("POST", f"{ALICE}/reply", json={"text": "Tell me a story.", "stream": True}) as answer:
            async for text in answer.aiter_text():
                if "word3" in text and "word3" not in heard:
                    signal.raise_signal(signal.SIGTERM)
                heard += text
    message = await last_reply(kin)
    if seconds:
        assert "event: finished" in heard
        assert (message.content, message.delivery) == (LONG, Delivery.COMPLETE)
    else:
        assert '"code":"stopping"' in heard
        assert message.delivery is Delivery.INTERRUPTED


async def test_sigterm_while_a_whole_reply_is_being_made(kin, provider):
    def speak(_):
        signal.raise_signal(signal.SIGTERM)
        return LONG

    provider.play(Script(text=speak, pace_s=0.02))
    async with serving(kin, stop_seconds=0.0) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        answer = await http.post(f"{ALICE}/reply", json={"text": "Tell me a story."})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "stopping")


async def test_two_requests_of_one_bond_at_once(http, kin, provider):
    provider.play(Script(text="One after the other.", pace_s=0.01))
    answers = await asyncio.gather(
        *(http.post(f"{ALICE}/reply", json={"text": f"Thing number {number}."}) for number in range(4))
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    texts = {memory["text"] for memory in (await http.get(f"{ALICE}/memories")).json()}
    assert {f"Thing number {number}." for number in range(4)} <= texts
