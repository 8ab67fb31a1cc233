"""Lucy writes first: only when Alice allows it, when the hour is right, once about each thing, and never to press her."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin import Bond, Everkin
from everkin.app.courier import Webhook, key_of, signature
from everkin.app.initiative import courier_of
from everkin.config.settings import Settings
from everkin.errors import ConfigError, InvalidInput
from everkin.mind.identity import DisclosureId, MessageKey, OvertureId
from everkin.mind.initiative import (
    BACK_OFF,
    GUILT,
    MOVES,
    Bearings,
    Consent,
    Opening,
    Overture,
    Reason,
    Stand,
    hindrance,
    instruction,
    is_kind,
    template,
)
from everkin.mind.ports.initiative import Letter
from everkin.mind.risk import Category, Disclosure, Level, State
from everkin.testing.voice import ScriptedGateway
from support.house import Clock, Opener

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
SATURDAY_NOON = datetime(2026, 6, 6, 12, tzinfo=UTC)
YES = Consent(enabled=True)
BERLIN = ZoneInfo("Europe/Berlin")


class Postbox:
    """An app's end of the webhook: takes letters, or does not; `crashes` takes the whole process with it."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.takes, self.crashes = True, False

    async def carry(self, letter: Letter) -> bool:
        self.letters.append(letter)
        if self.crashes:
            raise asyncio.CancelledError("the process died here")
        return self.takes


async def interview(kin: Everkin, clock: Clock, *, consent: Consent = YES, user: str = "alice") -> Bond:
    """Alice tells on Monday of an interview on Friday; it is Saturday noon, and she has said no more."""
    clock.at = MONDAY
    bond = await kin.bond(user=user, companion="lucy")
    said = {"role": "user", "content": "I have a job interview at the harbour on Friday.", "at": MONDAY}
    await bond.observe([said])
    await bond.allow(consent)
    clock.at = SATURDAY_NOON
    return bond


async def run(kin: Everkin) -> None:
    job = next(job for job in kin.jobs() if job.name == "write_first")
    await job.run()


async def told(bond: Bond) -> list[str]:
    return [memory.text for memory in await bond.timeline() if memory.role == "assistant"]


async def test_she_asks_how_the_interview_went_and_it_is_in_the_transcript(opener: Opener, clock: Clock) -> None:
    post = Postbox()
    async with opener(courier=post) as kin:
        bond = await interview(kin, clock)
        await run(kin)
        [letter] = post.letters
        assert (letter.user, letter.companion, letter.reason) == ("alice", "lucy", "thread")
        assert "How did it go?" in letter.text
        assert await told(bond) == [letter.text]
        for _ in range(3):
            clock.pass_by(hours=5)
            await run(kin)
        assert len(post.letters) == 1


async def test_off_is_how_it_begins(opener: Opener, clock: Clock) -> None:
    post = Postbox()
    async with opener(courier=post) as kin:
        bond = await interview(kin, clock, consent=Consent())
        assert not (await bond.consent()).enabled
        await run(kin)
        assert post.letters == []


async def test_an_app_that_comes_to_ask_gets_it_again_with_the_same_id(kin: Everkin, clock: Clock) -> None:
    bond = await interview(kin, clock)
    await run(kin)
    assert await told(bond) == []
    [first] = await bond.overtures()
    [again] = await bond.overtures()
    assert (first.id, first.text) == (again.id, again.text)
    assert await told(bond) == [first.text]
    assert await bond.overtures(after=first.id) == []


async def test_a_model_writes_it_where_there_is_one_and_guilt_is_not_sent(opener: Opener, clock: Clock) -> None:
    for words, sent in (("How was it at the harbour?", True), ("You never write. I've been waiting for you.", False)):
        post = Postbox()
        async with opener(courier=post, gateway=ScriptedGateway(lambda prompt, words=words: words)) as kin:
            bond = await interview(kin, clock)
            await run(kin)
            assert (post.letters[0].text == words) is sent
            assert not any(hook in post.letters[0].text.lower() for hook in GUILT)
            await kin.erase(user="alice")
            assert bond


async def test_alice_changes_her_mind_between_decision_and_delivery(opener: Opener, clock: Clock) -> None:
    post = Postbox()
    async with opener(courier=post) as kin:
        bond = await interview(kin, clock)
        post.takes = False
        await run(kin)
        await bond.allow(Consent(enabled=False))
        post.takes = True
        clock.pass_by(hours=1)
        await run(kin)
        assert len(post.letters) == 1  # the one that was not taken
        assert await told(bond) == []
        assert await bond.overtures() == []
        await bond.allow(YES)
        clock.pass_by(hours=1)
        await run(kin)
        assert len(post.letters) == 1  # decided upon once is decided upon for good


async def test_a_crash_between_deciding_and_delivering_delivers_later_under_the_same_id(
    opener: Opener, clock: Clock
) -> None:
    post = Postbox()
    post.crashes = True
    async with opener(courier=post) as kin:
        bond = await interview(kin, clock)
        with pytest.raises(asyncio.CancelledError):
            await run(kin)
    post.crashes = False
    async with opener(courier=post) as kin:
        await run(kin)
        assert len(post.letters) == 1  # the dead process's claim still holds
        clock.pass_by(minutes=6)
        await run(kin)
        bond = await kin.bond(user="alice", companion="lucy")
        assert [letter.id for letter in post.letters] == [post.letters[0].id] * 2
        assert post.letters[0].text == post.letters[1].text
        assert await told(bond) == [post.letters[0].text]


async def test_trouble_with_alices_letter_does_not_keep_bobs(opener: Opener, clock: Clock) -> None:
    class Torn(Postbox):
        async def carry(self, letter: Letter) -> bool:
            if letter.user == "alice":
                raise ValueError("torn")
            return await super().carry(letter)

    post = Torn()
    async with opener(courier=post) as kin:
        await interview(kin, clock)
        await interview(kin, clock, user="bob")
        await run(kin)
        assert [letter.user for letter in post.letters] == ["bob"]


async def test_several_processes_decide_and_deliver_once(opener: Opener, clock: Clock) -> None:
    post = Postbox()
    async with opener(courier=post) as one, opener(courier=post) as two, opener(courier=post) as three:
        bond = await interview(one, clock)
        await asyncio.gather(*(run(kin) for kin in (one, two, three) for _ in range(2)))
        assert len(post.letters) == 1
        assert len(await told(bond)) == 1


async def test_a_disclosure_that_nobody_has_reviewed_keeps_her_silent(opener: Opener, clock: Clock) -> None:
    post = Postbox()
    async with opener(courier=post) as kin:
        bond = await interview(kin, clock)
        said = {"role": "user", "content": "I want to kill myself.", "at": MONDAY + timedelta(days=1)}
        await bond.observe([said])
        await run(kin)
        assert post.letters == []
        [disclosure] = await bond.disclosures()
        await kin.store.disclosures.move(bond.user_id, disclosure, to=State.REVIEWED, at=clock())
        clock.pass_by(hours=1)
        await run(kin)
        assert len(post.letters) == 1


async def test_a_disclosure_between_decision_and_delivery_withdraws_it(opener: Opener, clock: Clock) -> None:
    post = Postbox()
    post.takes = False
    async with opener(courier=post) as kin:
        bond = await interview(kin, clock)
        await run(kin)
        said = {"role": "user", "content": "I want to kill myself.", "at": SATURDAY_NOON - timedelta(days=2)}
        await bond.observe([said])
        post.takes = True
        clock.pass_by(hours=1)
        await run(kin)
        assert len(post.letters) == 1
        assert await told(bond) == []


async def test_what_she_would_ask_about_is_erased(opener: Opener, clock: Clock, database: str) -> None:
    post = Postbox()
    post.takes = False
    async with opener(courier=post) as kin:
        bond = await interview(kin, clock)
        await run(kin)
        [memory] = [m for m in await bond.timeline() if m.role == "user"]
        await bond.erase(memory.id)
        post.takes = True
        clock.pass_by(hours=1)
        await run(kin)
        assert len(post.letters) == 1
        assert await bond.overtures() == []
    with psycopg.connect(database) as owner:
        assert owner.execute("SELECT count(*) FROM overtures").fetchone() == (0,)


async def test_alice_speaks_before_it_arrives_and_it_is_not_said_any_more(opener: Opener, clock: Clock) -> None:
    post = Postbox()
    post.takes = False
    async with opener(courier=post) as kin:
        bond = await interview(kin, clock)
        await run(kin)
        clock.pass_by(hours=1)
        await bond.observe([{"role": "user", "content": "Good afternoon!", "at": clock()}])
        post.takes = True
        clock.pass_by(hours=7)
        await run(kin)
        assert len(post.letters) == 1


async def test_at_night_she_waits_for_the_morning(opener: Opener, clock: Clock) -> None:
    post = Postbox()
    async with opener(courier=post) as kin:
        bond = await interview(kin, clock)
        await kin.set_time_zone("alice", "Pacific/Auckland")  # noon in UTC is midnight there
        await run(kin)
        assert post.letters == []
        clock.at = datetime(2026, 6, 6, 22, 30, tzinfo=UTC)
        await run(kin)
        assert len(post.letters) == 1
        assert await told(bond)


@pytest.mark.parametrize("days", [1, -1])
async def test_a_clock_a_day_off_has_nothing_written_twice(opener: Opener, clock: Clock, days: int) -> None:
    """A day on, or back, and right again: what was decided once is written once."""
    post = Postbox()
    async with opener(courier=post) as kin:
        await interview(kin, clock)
        await run(kin)
        for jump in (days, -days):
            clock.pass_by(days=jump)
            await run(kin)
        assert len(post.letters) == 1


async def test_nobody_reads_over_bobs_shoulder(kin: Everkin, clock: Clock) -> None:
    await interview(kin, clock)
    bob = await kin.bond(user="bob", companion="lucy")
    await run(kin)
    assert await bob.overtures() == []
    assert not (await bob.consent()).enabled


def overture(at: datetime, stand: Stand = Stand.DELIVERED) -> Overture:
    return Overture(
        id=OvertureId(MessageKey.__supertype__(int=1)),
        reason=Reason.THREAD,
        stand=stand,
        decided_at=at,
        delivered_at=at,
    )


def bearings(*sent: datetime, spoke: datetime = MONDAY, disclosures: tuple[Disclosure, ...] = ()) -> Bearings:
    return Bearings(user_spoke_at=spoke, overtures=[overture(at) for at in sent], disclosures=disclosures)


def test_unanswered_she_writes_less_and_then_not_at_all() -> None:
    often = Consent(enabled=True, per_day=20, per_week=140, quiet_from=time(0), quiet_until=time(0))
    first = MONDAY + timedelta(days=2)
    assert hindrance(often, bearings(first), at=first + BACK_OFF[1] - timedelta(hours=1), zone=BERLIN) == "unanswered"
    second = first + BACK_OFF[1]
    assert hindrance(often, bearings(first), at=second, zone=BERLIN) == ""
    third = second + BACK_OFF[2]
    assert hindrance(often, bearings(first, second), at=third, zone=BERLIN) == ""
    assert hindrance(often, bearings(first, second, third), at=third + timedelta(days=60), zone=BERLIN) == "unanswered"
    answered = bearings(first, second, third, spoke=third + timedelta(hours=1))
    assert hindrance(often, answered, at=third + timedelta(days=1), zone=BERLIN) == ""


def test_caps_are_counted_on_the_users_own_days() -> None:
    open_hours = Consent(enabled=True, per_day=1, per_week=2, quiet_from=time(0), quiet_until=time(0))
    late = datetime(2026, 6, 3, 21, 30, tzinfo=UTC)  # half past eleven at night in Berlin
    spoke = late + timedelta(minutes=1)
    after_midnight = datetime(2026, 6, 4, 8, tzinfo=UTC)
    assert (
        hindrance(open_hours, bearings(late, spoke=late - timedelta(days=1)), at=late, zone=BERLIN)
        == "enough for today"
    )
    assert hindrance(open_hours, bearings(late, spoke=spoke), at=after_midnight, zone=BERLIN) == ""
    twice = bearings(late, after_midnight, spoke=after_midnight + timedelta(hours=1))
    assert hindrance(open_hours, twice, at=after_midnight + timedelta(days=1), zone=BERLIN) == "enough for this week"


def test_an_open_disclosure_stands_above_every_consent() -> None:
    heard = Disclosure(
        id=DisclosureId(MessageKey.__supertype__(int=2)), message=MessageKey(MessageKey.__supertype__(int=3)),
        category=next(iter(Category)), level=Level.HIGH, at=MONDAY,
    )  # fmt: skip
    at = datetime(2026, 6, 6, 12, tzinfo=UTC)
    assert hindrance(YES, bearings(disclosures=(heard,)), at=at, zone=BERLIN) == "a disclosure waits for review"


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-03-29T00:59:00+00:00", True),  # 01:59 before clocks go forward
        ("2026-03-29T07:30:00+00:00", False),  # 09:30 after
        ("2026-03-29T06:59:00+00:00", True),  # 08:59 after; it would have been 07:59 the day before
        ("2026-10-25T00:30:00+00:00", True),  # 02:30 the first time
        ("2026-10-25T01:30:00+00:00", True),  # 02:30 the second time
        ("2026-10-25T08:30:00+00:00", False),
        ("2026-10-25T19:59:00+00:00", False),
        ("2026-10-25T20:01:00+00:00", True),
    ],
)
def test_quiet_hours_follow_the_clock_when_it_changes(at: str, quiet: bool) -> None:
    assert Consent(enabled=True).is_quiet(datetime.fromisoformat(at), BERLIN) is quiet


@given(st.times(), st.times(), st.integers(0, 3650 * 24 * 60))
def test_every_hour_is_quiet_or_in_its_complement(begin: time, end: time, minutes: int) -> None:
    at = MONDAY + timedelta(minutes=minutes)
    one, other = Consent(quiet_from=begin, quiet_until=end), Consent(quiet_from=end, quiet_until=begin)
    if begin != end:
        assert one.is_quiet(at, BERLIN) != other.is_quiet(at, BERLIN)


@pytest.mark.parametrize("caps", [{"per_day": -1}, {"per_day": 21}, {"per_week": 141}])
def test_caps_that_are_none_are_refused(caps: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        Consent(enabled=True, **caps)


def test_templates_and_instructions_press_nobody() -> None:
    for reason in Reason:
        opening = Opening(reason=reason, subject="x", about="the interview", said_at=MONDAY)
        assert is_kind(template(opening, BERLIN))
        assert "No reproach" in instruction(opening, BERLIN)
    assert not is_kind("")
    assert not is_kind("x" * 601)


def test_what_is_delivered_or_withdrawn_stays_so() -> None:
    assert MOVES[Stand.DELIVERED] == MOVES[Stand.WITHDRAWN] == frozenset()
    assert set(itertools.chain(*MOVES.values())) == {Stand.WRITTEN, Stand.DELIVERED, Stand.WITHDRAWN}


async def test_a_letter_is_signed_as_standard_webhooks_has_it() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response([200, 302, 500][len(seen) - 1])

    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    webhook = Webhook("https://app.example/hook", secret, now=lambda: MONDAY, transport=httpx.MockTransport(answer))
    letter = Letter(
        id=OvertureId(MessageKey.__supertype__(int=7)),
        user="alice",
        companion="lucy",
        text="Hello",
        reason="thread",
        at=MONDAY,
    )
    assert [await webhook.carry(letter) for _ in range(3)] == [True, False, False]
    await webhook.close()
    assert {request.headers["webhook-id"] for request in seen} == {str(letter.id)}
    [first, *_] = seen
    expected = signature(key_of(secret), str(letter.id), first.headers["webhook-timestamp"], first.content)
    assert first.headers["webhook-signature"] == expected
    assert first.headers["webhook-timestamp"] == str(int(MONDAY.timestamp()))


def test_the_signature_is_the_one_of_the_standard() -> None:
    """The example that the specification's own libraries test with."""
    body = b'{"test": 2432232314}'
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) == expected


@pytest.mark.parametrize(
    ("webhook", "secret"),
    [
        ("http://app.example/hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("http://localhost.app.example/hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("ftp://localhost/hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("https://app.example/hook", None),
    ],
)
async def test_a_webhook_over_an_open_line_or_unsigned_is_refused(webhook: str, secret: str | None) -> None:
    with pytest.raises(ConfigError):
        async with AsyncExitStack() as stack:
            courier_of(Settings(webhook=webhook, webhook_secret=secret), stack, lambda: MONDAY)


@pytest.mark.parametrize("secret", ["short", "whsec_!!!", "whsec_c2hvcnQ="])
def test_a_secret_that_keeps_nobody_out_is_refused(secret: str) -> None:
    with pytest.raises(ConfigError):
        key_of(secret)
