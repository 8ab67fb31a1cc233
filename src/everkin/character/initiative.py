"""Writing first: thinks about bonds whose user allowed it, decides once, writes, and hands over until somebody has it."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from everkin.mind.identity import BondId, MessageKey, NewId, OvertureId, UserId
from everkin.mind.initiative import (
    Bearings,
    Opening,
    Overture,
    Stand,
    chosen,
    hindrance,
    instruction,
    is_kind,
    is_stale,
    openings,
    template,
)
from everkin.mind.persona import Persona
from everkin.mind.ports.arcs import Retrospects
from everkin.mind.ports.gateway import ChatMessage, Finished, Gateway, Prompt
from everkin.mind.ports.initiative import Courier, Initiative, Letter
from everkin.mind.ports.job import Job
from everkin.mind.ports.memories import Disclosures
from everkin.mind.ports.transcripts import NewMessage
from everkin.mind.transcript import Role

log = structlog.get_logger()

BATCH: Final = 50
LOOKED_AT_AGAIN: Final = timedelta(minutes=30)
CLAIM: Final = timedelta(minutes=5)
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=2)
QUIET_WAIT: Final = timedelta(minutes=30)
LOOKED_BACK: Final = timedelta(days=8)
"""How far back overtures are counted at least, for the caps; and always back to when the user last spoke."""
SECONDS_TO_WRITE: Final = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Whose bond it is, in the names the app knows."""

    user: str
    companion: str
    persona: Persona
    zone: ZoneInfo
    service_level: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What writing first takes, handed in by the composition root. `place` is None when either of the two is gone."""

    initiative: Initiative
    retrospects: Retrospects
    disclosures: Disclosures
    gateway: Gateway
    courier: Courier | None
    place: Callable[[UserId, BondId], Awaitable[Place | None]]
    message: Callable[[UserId, BondId, Overture, Place, datetime], Awaitable[NewMessage]]
    """The transcript's message of a delivered overture, with the memories it leaves."""
    new_id: NewId


class Overtures:
    """Holds nothing between runs; any number of processes may work on one cell."""

    def __init__(self, desk: Desk) -> None:
        self._its = desk

    async def run(self, now: datetime) -> int:
        """Think about whose turn it is, then go on with what is decided; how many reached the app. Two statements when idle."""
        for user, bond in await self._its.initiative.to_look_at(at=now, limit=BATCH):
            if await self._its.initiative.look_at(user, bond, at=now, again=now + LOOKED_AT_AGAIN):
                await _set_aside(self.consider(user, bond, now))
        due = await self._its.initiative.due(at=now, limit=BATCH)
        return sum([await _set_aside(self._go_on(user, id, now)) for user, id in due])

    async def consider(self, user: UserId, bond: BondId, now: datetime) -> bool:
        """Decide about one bond, once for each thing there ever is to write about; whether something was decided."""
        place = await self._its.place(user, bond)
        if place is None:
            return False
        consent, bearings = await self._its.initiative.consent(user, bond), await self._bearings(user, bond, now)
        if hindrance(consent, bearings, at=now, zone=place.zone):
            return False
        found = await self._its.retrospects.look_back(user, bond, at=now, zone=place.zone)
        worth = openings(found, bearings, at=now, zone=place.zone)
        opening = chosen(worth, await self._its.initiative.subjects(user, bond, worth)) if worth else None
        if opening is None:
            return False
        return await self._its.initiative.decide(user, bond, OvertureId(self._its.new_id()), opening, at=now)

    async def collect(
        self, user: UserId, bond: BondId, *, after: OvertureId | None, limit: int, now: datetime
    ) -> list[Overture]:
        """What the app comes to ask for: everything delivered behind `after`, and what can be delivered now.

        What was handed out once is handed out again with the same id to whoever asks from before it.
        """
        place = await self._its.place(user, bond)
        if place is None:
            return []
        return [
            overture
            for overture in await self._its.initiative.written(user, bond, after=after, limit=limit)
            if overture.stand is Stand.DELIVERED or await self._handed_over(user, bond, overture, place, now)
        ]

    def job(self, now: Callable[[], datetime]) -> Job:
        return Job(
            name="write_first", period=timedelta(minutes=1), grace=timedelta(minutes=10), run=lambda: self.run(now())
        )

    async def _bearings(self, user: UserId, bond: BondId, now: datetime) -> Bearings:
        spoke = await self._its.initiative.user_spoke_at(user, bond, until=now)
        return Bearings(
            user_spoke_at=spoke,
            overtures=await self._its.initiative.recent(user, bond, since=min(spoke or now, now - LOOKED_BACK)),
            disclosures=await self._its.disclosures.open(user),
        )

    async def _go_on(self, user: UserId, id: OvertureId, now: datetime) -> bool:
        """1. Claim. 2. Withdraw what must not or need not be said any more. 3. Write. 4. Carry. A crash leaves a claim that runs out."""
        claimed = await self._its.initiative.claim(user, id, at=now, until=now + CLAIM)
        if claimed is None:
            return False
        bond, overture, opening = claimed
        place = await self._its.place(user, bond)
        if place is None or await self._is_moot(user, bond, overture, now):
            await self._its.initiative.withdraw(user, id)
            return False
        consent = await self._its.initiative.consent(user, bond)
        if consent.is_quiet(now, place.zone):
            await self._its.initiative.put_off(user, id, until=now + QUIET_WAIT)
            return False
        if overture.stand is Stand.DECIDED:
            text = await self._words(opening, place)
            if not await self._its.initiative.write(user, bond, id, text):
                return False
            overture = Overture(
                id=id, reason=overture.reason, stand=Stand.WRITTEN, decided_at=overture.decided_at, text=text
            )
        return await self._carried(user, bond, overture, place, now)

    async def _is_moot(self, user: UserId, bond: BondId, overture: Overture, now: datetime) -> bool:
        bearings = await self._bearings(user, bond, now)
        return bool(bearings.disclosures) or is_stale(overture, bearings, at=now)

    async def _words(self, opening: Opening, place: Place) -> str:
        """A model's, where there is one and what it writes is kind; else the plain template."""
        if self._its.gateway.window(service_level=place.service_level, companion=place.companion):
            prompt = Prompt(
                messages=[
                    ChatMessage(role=Role.SYSTEM, content=place.persona.prompt),
                    ChatMessage(role=Role.USER, content=instruction(opening, place.zone)),
                ],
                service_level=place.service_level,
                companion=place.companion,
                continuable=False,
            )
            async with aclosing(self._its.gateway.stream(prompt, seconds=SECONDS_TO_WRITE)) as events:
                async for event in events:
                    if isinstance(event, Finished) and is_kind(event.text):
                        return event.text.strip()
        return template(opening, place.zone)

    async def _carried(self, user: UserId, bond: BondId, overture: Overture, place: Place, now: datetime) -> bool:
        """Sent again with the same id until the app takes it; without a courier it waits to be asked for."""
        if self._its.courier is None:
            await self._its.initiative.put_off(user, overture.id, until=now + LONGEST_WAIT)
            return False
        if not await self._its.initiative.may_go(user, bond, overture.id):
            return False
        letter = Letter(
            id=overture.id,
            user=place.user,
            companion=place.companion,
            text=overture.text,
            reason=overture.reason.name.lower(),
            at=overture.decided_at,
        )
        if await self._its.courier.carry(letter):
            return await self._delivered(user, bond, overture, place, now)
        await self._its.initiative.put_off(user, overture.id, until=now + wait(overture.attempts))
        log.warning("overture_not_taken", attempts=overture.attempts)
        return False

    async def _handed_over(self, user: UserId, bond: BondId, overture: Overture, place: Place, now: datetime) -> bool:
        consent = await self._its.initiative.consent(user, bond)
        if consent.is_quiet(now, place.zone):
            return False
        if await self._is_moot(user, bond, overture, now):
            await self._its.initiative.withdraw(user, overture.id)
            return False
        return await self._delivered(user, bond, overture, place, now)

    async def _delivered(self, user: UserId, bond: BondId, overture: Overture, place: Place, now: datetime) -> bool:
        message = await self._its.message(user, bond, overture, place, now)
        return await self._its.initiative.deliver(user, bond, overture.id, message, at=now)


async def _set_aside(work: Awaitable[bool]) -> bool:
    """One bond's trouble is not another's: what fails comes up again when its turn or its claim has run out."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - the top of a loop: recorded, set aside, and on
        log.error("overture_failed", error=type(error).__name__)
        return False


def wait(attempts: int) -> timedelta:
    """Twice as long each time, up to two hours."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts, 10)
    return min(doubled, LONGEST_WAIT)


def spoken(text: str, id: OvertureId, place: Place, at: datetime) -> NewMessage:
    """The bare message, without what it leaves: known by the overture's own id, so that it can be in the transcript once only."""
    return NewMessage(key=MessageKey(id), id=str(id), role=Role.ASSISTANT, content=text, name=place.persona.name, at=at)
