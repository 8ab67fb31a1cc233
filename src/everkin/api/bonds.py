"""The native routes of a bond: the four verbs, what is remembered, and what can be done about it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from everkin.api.answers import (
    AnniversaryTold,
    ArcsTold,
    ArcTold,
    ContextTold,
    DisclosureTold,
    ErasedTold,
    LifeEventTold,
    MemoryTold,
    MessageTold,
    ObservedTold,
    RecalledTold,
    SentenceTold,
    StateTold,
    ThemeTold,
    ThreadTold,
    TopicTold,
    WeekTold,
    WhyTold,
)
from everkin.api.bodies import (
    ContextAsk,
    EditAsk,
    Limit,
    ObserveAsk,
    PinAsk,
    RecallAsk,
    ReplyAsk,
    ReviewAsk,
    SearchAsk,
    scratchpad_of,
)
from everkin.api.door import TheBond, TheCaller, TheDoor, TheKnownBond
from everkin.api.events import Events, reply_told
from everkin.api.guard import Caller
from everkin.api.telling import open_telling
from everkin.api.wire import Answer
from everkin.errors import NotAllowed
from everkin.mind.identity import DisclosureId, MemoryId
from everkin.mind.risk import Review

router = APIRouter(prefix="/v1/bonds/{user}/{companion}", tags=["bonds"])


@router.post("/observe")
async def observe(bond: TheBond, ask: ObserveAsk) -> ObservedTold:
    """Keep messages of any age; they are durable when this answers."""
    messages = [said.model_dump(exclude_none=True) for said in ask.messages]
    observed = await bond.observe(messages, conversation=ask.conversation, device=ask.device)
    return ObservedTold.model_validate(observed)


@router.post("/recall")
async def recall(bond: TheKnownBond, ask: RecallAsk) -> RecalledTold:
    """What is known on a question; the verdict says whether to trust it."""
    return RecalledTold.model_validate(await bond.recall(ask.question, at=ask.at, limit=ask.limit, explain=ask.explain))


@router.post("/context")
async def context(door: TheDoor, bond: TheBond, ask: ContextAsk) -> ContextTold:
    """The messages to put before a model of your own; never more than `tokens`."""
    composed = await bond.context(
        ask.question,
        tokens=ask.tokens or door.settings.tokens,
        at=ask.at,
        conversation=ask.conversation,
        scratchpad=scratchpad_of(ask.scratch),
        explain=ask.explain,
    )
    return ContextTold.model_validate(composed)


@router.post("/reply", response_model=None)
async def reply(request: Request, door: TheDoor, bond: TheBond, ask: ReplyAsk) -> Response:
    """A whole exchange. Server-sent events with `stream: true` or `Accept: text/event-stream`.

    A stream is told to its end whether or not anybody listens: come back to it at `replies/{message_id}`.
    """
    told: dict[str, Any] = {"at": ask.at, "conversation": ask.conversation, "parameters": ask.parameters}
    told["scratchpad"] = scratchpad_of(ask.scratch)
    if ask.stream or "text/event-stream" in request.headers.get("accept", ""):
        broadcast = await bond.begin(ask.text, **told)
        return await open_telling(broadcast.listen(), Events(), door.tellings)
    replying = bond.reply(ask.text, **told)
    return Answer(reply_told(await door.tellings.whole(replying, request.receive)))


@router.get("/replies/{message_id}")
async def joined(
    door: TheDoor, bond: TheKnownBond, message_id: str, last_event_id: Annotated[int, Header(ge=0)] = 0
) -> Response:
    """A reply that is being told, or was a while ago, from behind `Last-Event-ID` on: after a lost connection, or on
    another device."""
    return await open_telling(bond.join(message_id).listen(after=last_event_id), Events(), door.tellings)


@router.post("/replies/{message_id}/stop", status_code=204)
async def stopped(bond: TheKnownBond, message_id: str) -> None:
    """No more of this reply; what was said is kept."""
    await bond.stop(message_id)


@router.get("/memories")
async def memories(bond: TheKnownBond, limit: Limit = 100, before: datetime | None = None) -> list[MemoryTold]:
    """What is remembered, newest first."""
    return [MemoryTold.model_validate(memory) for memory in await bond.memories(limit=limit, before=before)]


@router.post("/memories/search")
async def search(bond: TheKnownBond, ask: SearchAsk) -> list[MemoryTold]:
    """Memories that share a word or the meaning with a text, nearest first. In the body, so that no log keeps the words."""
    return [MemoryTold.model_validate(memory) for memory in await bond.search(ask.text, limit=ask.limit)]


@router.get("/timeline")
async def timeline(
    bond: TheKnownBond,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    limit: Limit = 100,
) -> list[MemoryTold]:
    """What was said between two times, newest first."""
    return [MemoryTold.model_validate(memory) for memory in await bond.timeline(start=since, end=until, limit=limit)]


@router.get("/weeks")
async def weeks(
    bond: TheKnownBond,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    limit: Limit = 10,
) -> list[WeekTold]:
    """Weeks that are over in the few messages that tell most of them, the latest first."""
    return [WeekTold.model_validate(week) for week in await bond.weeks(start=since, end=until, limit=limit)]


@router.post("/weeks/search")
async def weeks_about(bond: TheKnownBond, ask: SearchAsk) -> list[WeekTold]:
    """Weeks by how much they were about a text. In the body, so that no log keeps the words."""
    return [WeekTold.model_validate(week) for week in await bond.weeks(about=ask.text, limit=ask.limit)]


@router.get("/life-events")
async def life_events(
    bond: TheKnownBond,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    limit: Limit = 100,
) -> list[LifeEventTold]:
    """Births, deaths, weddings, moves: the days that the user's and their people's lives are told by, in order."""
    return [
        LifeEventTold.model_validate(event) for event in await bond.life_events(start=since, end=until, limit=limit)
    ]


@router.get("/topics")
async def topics(bond: TheKnownBond, limit: Limit = 12) -> list[TopicTold]:
    """What the two talk about, the most first, each with a few words and the messages most typical of it."""
    return [TopicTold.model_validate(topic) for topic in await bond.topics(limit=limit)]


@router.get("/topics/{memory_id}")
async def topic(bond: TheKnownBond, memory_id: UUID, limit: Limit = 100) -> TopicTold:
    """The topic that a memory belongs to, with the last of its messages, newest first."""
    return TopicTold.model_validate(await bond.topic(MemoryId(memory_id), limit=limit))


@router.get("/state")
async def state(bond: TheKnownBond, at: datetime | None = None) -> StateTold:
    """How things stand between the two."""
    return StateTold.model_validate(await bond.state(at=at))


@router.get("/arcs")
async def arcs(bond: TheKnownBond, at: datetime | None = None) -> ArcsTold:
    """What has been different for weeks, over or not; what the user comes back to, has before them, and what comes round."""
    state = await bond.state(at=at)
    return ArcsTold(
        arcs=[ArcTold.model_validate(arc) for arc in await bond.arcs(at=at)],
        themes=[ThemeTold.model_validate(theme) for theme in await bond.themes(at=at)],
        open_threads=[ThreadTold.model_validate(thread) for thread in state.open_threads],
        anniversaries=[AnniversaryTold.model_validate(one) for one in state.anniversaries],
    )


@router.get("/summary")
async def summary(bond: TheKnownBond, at: datetime | None = None) -> list[SentenceTold]:
    """Who the user is and how it has gone, made anew from what stands; each sentence cites its messages."""
    return [SentenceTold.model_validate(sentence) for sentence in await bond.summary(at=at)]


@router.get("/disclosures")
async def disclosures(bond: TheKnownBond, settled: bool = False) -> list[DisclosureTold]:
    """What safety must never forget; `settled` adds what a person has reviewed."""
    return [DisclosureTold.model_validate(disclosure) for disclosure in await bond.disclosures(settled=settled)]


@router.get("/disclosures/{disclosure}/message")
async def disclosed(bond: TheKnownBond, caller: TheCaller, disclosure: UUID) -> MessageTold:
    """What was said, for the person who reviews it. Not for a user's own key."""
    _may_review(caller)
    return MessageTold.model_validate(await bond.disclosed(DisclosureId(disclosure)))


@router.post("/disclosures/{disclosure}/review")
async def review(bond: TheKnownBond, caller: TheCaller, disclosure: UUID, ask: ReviewAsk) -> DisclosureTold:
    """A person's decision: `confirm` or `dismiss` takes it out of the contexts, `reopen` puts it back."""
    _may_review(caller)
    return DisclosureTold.model_validate(await bond.review(DisclosureId(disclosure), Review[ask.decision.upper()]))


def _may_review(caller: Caller) -> None:
    if caller.user is not None:
        raise NotAllowed(
            "A disclosure is reviewed by somebody other than the user it is about.",
            kept="It stands as it was.",
            next="Use the app's own key.",
        )


@router.get("/memories/{memory}/sources")
async def sources(bond: TheKnownBond, memory: UUID) -> list[MessageTold]:
    """Why is this known? The messages it came from, word for word."""
    return [MessageTold.model_validate(message) for message in await bond.sources(MemoryId(memory))]


@router.get("/memories/{memory}/why")
async def why(bond: TheKnownBond, memory: UUID) -> WhyTold:
    """Why is this known? In words, and the messages it came from."""
    id = MemoryId(memory)
    sources = [MessageTold.model_validate(message) for message in await bond.sources(id)]
    return WhyTold(why=await bond.why(id), fate=list(await bond.fate(id)), sources=sources)


@router.get("/fading")
async def fading(bond: TheKnownBond, limit: Limit = 100) -> list[MemoryTold]:
    """What policy has forgotten, and what it will forget unless it comes up again."""
    return [MemoryTold.model_validate(memory) for memory in await bond.fading(limit=limit)]


@router.post("/memories/{memory}/restore", status_code=204)
async def restore(bond: TheKnownBond, memory: UUID) -> None:
    """Undo that policy forgot a memory, or is about to."""
    await bond.restore(MemoryId(memory))


@router.patch("/memories/{memory}")
async def edit(bond: TheKnownBond, memory: UUID, ask: EditAsk) -> MemoryTold:
    """Put a memory right; answers with the one that stands in its place. The old words stay in the tree."""
    return MemoryTold.model_validate(await bond.edit(MemoryId(memory), ask.text))


@router.post("/memories/{memory}/pin", status_code=204)
async def pin(bond: TheKnownBond, memory: UUID, ask: PinAsk | None = None) -> None:
    """Keep a memory from fading; `pinned: false` lets it go again."""
    await bond.pin(MemoryId(memory), (ask or PinAsk()).pinned)


@router.delete("/memories/{memory}")
async def erase(bond: TheKnownBond, memory: UUID) -> ErasedTold:
    """Erase a memory and the messages it came from, for good."""
    return ErasedTold.model_validate(await bond.erase(MemoryId(memory)))
