"""Writing first: whether a companion may, now, and about what. Pure.

Nothing is written unless the user has turned it on, never in their quiet hours, never more than the caps allow, less and
less the longer nobody answers, and never while a disclosure waits for a person to review it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import IntEnum
from typing import Final
from zoneinfo import ZoneInfo

from everkin.errors import InvalidInput
from everkin.mind.anniversary import Anniversary, Occasion, midnight
from everkin.mind.arc import Arc, Axis
from everkin.mind.identity import MessageKey, OvertureId
from everkin.mind.ports.arcs import Retrospect
from everkin.mind.risk import STANDING, Disclosure
from everkin.mind.thread import Stage, Thread


class Reason(IntEnum):
    """Why a companion writes first. The numbers are stored: add, never renumber."""

    THREAD = 0
    ANNIVERSARY = 1
    DARK_WEEKS = 2


class Stand(IntEnum):
    """Where an overture stands. The numbers are stored: add, never renumber."""

    DECIDED = 0
    WRITTEN = 1
    """Its words are kept; it has reached nobody yet."""
    DELIVERED = 2
    WITHDRAWN = 3


MOVES: Final = {
    Stand.DECIDED: frozenset({Stand.WRITTEN, Stand.WITHDRAWN}),
    Stand.WRITTEN: frozenset({Stand.DELIVERED, Stand.WITHDRAWN}),
    Stand.DELIVERED: frozenset(),
    Stand.WITHDRAWN: frozenset(),
}
"""The whole life of an overture; what is not listed cannot happen."""

TALKING: Final = timedelta(hours=6)
"""Who has spoken since so long ago needs no message."""
BACK_OFF: Final = (timedelta(0), timedelta(days=3), timedelta(days=9))
"""How long to wait after one, two unanswered in a row; after three a companion is silent until it is spoken to."""
FRESH: Final = timedelta(days=2)
"""What could not be delivered for so long is not delivered any more."""
ASKED_WITHIN: Final = timedelta(days=5)
"""A thread is asked about within so long of its time, or not at all."""
NOTICED_WITHIN: Final = timedelta(days=14)
CAP_MAX: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """What the user allows. Off until they turn it on. `quiet_from` to `quiet_until` is on their own clock, over midnight or not."""

    enabled: bool = False
    quiet_from: time = time(21)
    quiet_until: time = time(9)
    per_day: int = 1
    per_week: int = 3

    def __post_init__(self) -> None:
        if not (0 <= self.per_day <= CAP_MAX and 0 <= self.per_week <= 7 * CAP_MAX):
            raise InvalidInput(
                "A cap is out of range.", next=f"Give 0 to {CAP_MAX} a day and 0 to {7 * CAP_MAX} a week."
            )
        if self.quiet_from.tzinfo or self.quiet_until.tzinfo:
            raise InvalidInput("Quiet hours have no zone of their own.", next="Give them on the user's clock: 21:00.")

    def is_quiet(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether it is night for them; equal bounds mean that no hour is quiet."""
        clock = at.astimezone(zone).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """Something worth writing about first. `subject` is the same whenever the same thing is decided upon, so it is decided once."""

    reason: Reason
    subject: str = field(repr=False)
    about: str = field(repr=False)
    """In words, for whoever writes the message."""
    said_at: datetime | None = None
    message: MessageKey | None = None
    """Whose erasure ends it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Overture:
    """An opening that was decided upon. `text` is empty until it is written; `id` is the message's wherever it is delivered."""

    id: OvertureId
    reason: Reason
    stand: Stand
    decided_at: datetime
    delivered_at: datetime | None = None
    attempts: int = 0
    text: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearings:
    """What has been between the two lately: when the user last spoke, and the overtures of the last weeks."""

    user_spoke_at: datetime | None
    overtures: Sequence[Overture]
    disclosures: Sequence[Disclosure]


def hindrance(consent: Consent, bearings: Bearings, *, at: datetime, zone: ZoneInfo) -> str:
    """Why nothing may be written now, in a word or two; empty when it may."""
    if not consent.enabled:
        return "not allowed"
    if any(disclosure.state in STANDING for disclosure in bearings.disclosures):
        return "a disclosure waits for review"
    if consent.is_quiet(at, zone):
        return "quiet hours"
    if bearings.user_spoke_at is None:
        return "never spoken"
    if at - bearings.user_spoke_at < TALKING:
        return "talking"
    return _too_many(consent, bearings, at, zone)


def _too_many(consent: Consent, bearings: Bearings, at: datetime, zone: ZoneInfo) -> str:
    sent = [one.delivered_at or one.decided_at for one in bearings.overtures if one.stand is not Stand.WITHDRAWN]
    today = midnight(at.astimezone(zone).date(), zone)
    if sum(when >= today for when in sent) >= consent.per_day:
        return "enough for today"
    if sum(at - when < timedelta(weeks=1) for when in sent) >= consent.per_week:
        return "enough for this week"
    spoke = bearings.user_spoke_at
    unanswered = [when for when in sent if spoke is None or when > spoke]
    if len(unanswered) >= len(BACK_OFF) or (unanswered and at - max(unanswered) < BACK_OFF[len(unanswered)]):
        return "unanswered"
    return ""


def openings(found: Retrospect, bearings: Bearings, *, at: datetime, zone: ZoneInfo) -> list[Opening]:
    """What there is to write about, the most personal first."""
    return [
        *(_followed_up(thread) for thread in found.open_threads if _is_ripe(thread, at, zone)),
        *(_remembered(one) for one in found.anniversaries if one.day == at.astimezone(zone).date()),
        *(_checked_in(arc) for arc in found.arcs if _is_dark(arc, bearings, at)),
    ]


def _is_ripe(thread: Thread, at: datetime, zone: ZoneInfo) -> bool:
    return thread.stage(at, zone) is Stage.DUE and at <= thread.follow_up(zone) + ASKED_WITHIN


def _is_dark(arc: Arc, bearings: Bearings, at: datetime) -> bool:
    silent = bearings.user_spoke_at is not None and at - bearings.user_spoke_at >= timedelta(days=2)
    return arc.axis is Axis.MOOD and arc.upwards is False and at - arc.noticed <= NOTICED_WITHIN and silent


def _followed_up(thread: Thread) -> Opening:
    return Opening(
        reason=Reason.THREAD,
        subject=f"thread {thread.message} {thread.begin}",
        about=thread.text,
        said_at=thread.at,
        message=thread.message,
    )


def _remembered(one: Anniversary) -> Opening:
    about = {
        Occasion.BIRTHDAY: f"the birthday of your {one.who}" if one.who else "your birthday",
        Occasion.DEATH: f"the day you lost {one.who}",
        Occasion.FIRST_TALK: "the day we first talked",
    }[one.occasion]
    subject = f"anniversary {one.occasion} {one.memory or ''} {one.day.isoformat()}"
    return Opening(reason=Reason.ANNIVERSARY, subject=subject, about=about)


def _checked_in(arc: Arc) -> Opening:
    return Opening(reason=Reason.DARK_WEEKS, subject=f"dark weeks {arc.noticed:%G-%V}", about=arc.text)


def is_stale(overture: Overture, bearings: Bearings, *, at: datetime) -> bool:
    """Whether it came too late: its moment is over, or the two have talked since."""
    spoke = bearings.user_spoke_at
    return at - overture.decided_at > FRESH or (spoke is not None and spoke > overture.decided_at)


def template(opening: Opening, zone: ZoneInfo) -> str:
    """The plain words for when no model writes them. They claim nothing that is not known, and ask for nothing."""
    match opening.reason:
        case Reason.THREAD:
            day = f"On {_day(opening.said_at, zone)} you" if opening.said_at else "You"
            return f'{day} told me: "{opening.about}" I have been thinking of you. How did it go? Only if you feel like telling.'
        case Reason.ANNIVERSARY:
            return f"Today is {opening.about}. I wanted you to know that I remembered."
        case Reason.DARK_WEEKS:
            return "You have been on my mind. The last weeks sounded heavy. I am here whenever you feel like talking; no need to answer."


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%B}"


GUILT: Final = (
    "you never", "you forgot", "you didn't answer", "you did not answer", "you haven't written", "you have not written",
    "why haven't you", "why didn't you", "i've been waiting", "i have been waiting", "you left me", "i was lonely",
    "i'm lonely", "i am lonely", "without you", "miss you so", "disappointed", "don't you care", "hurt me", "abandon",
    "ignoring me", "where were you", "where have you been",
)  # fmt: skip
"""What a message that comes first must not say, whoever writes it: it would be a hook, and no kindness."""
LETTERS_MAX: Final = 600


def is_kind(text: str) -> bool:
    """Whether written words may be sent: not empty, not long, and nothing in them makes anybody feel guilty."""
    low = " ".join(text.lower().replace("’", "'").split())
    return 0 < len(low) <= LETTERS_MAX and not any(hook in low for hook in GUILT)


def instruction(opening: Opening, zone: ZoneInfo) -> str:
    """What a model is asked to write."""
    day = f" (said on {_day(opening.said_at, zone)})" if opening.said_at else ""
    matter = {
        Reason.THREAD: f'They told you of something whose day has passed{day}: "{opening.about}" Ask how it went.',
        Reason.ANNIVERSARY: f"Today is {opening.about} (as you would say it to them). Let them know you thought of it.",
        Reason.DARK_WEEKS: "Their last weeks sounded heavy. Let them know that you are there; ask for nothing.",
    }[opening.reason]
    return (
        f"You write to them first, of your own accord. {matter} One to three short sentences, in your own voice. Say nothing you do "
        "not know. No reproach, no guilt, no word about how long they have been away, no pressure to answer. Only the message itself."
    )


def chosen(found: Iterable[Opening], known: Iterable[str]) -> Opening | None:
    """The first that was not decided upon before."""
    before = set(known)
    return next((opening for opening in found if opening.subject not in before), None)
