"""A staged rollout: who sees the new version, and when the evidence says that it is worse.

**Who.** A keyed hash of the bond under the rollout's id, so that the same bond always lands in the same place, another
rollout deals anew, and widening keeps everybody who was in.

**When.** The candidate's bonds are compared with those that kept the old version, in the order in which they come. Let d
be the mean quality of the control bonds since the last comparison minus that of the candidate's, in -1 .. 1. If the new
version is no worse, E[d] <= 0, and whoever bets a share b of a fortune of 1 on each d has a fortune Π(1 + b·d) that is a
supermartingale: by Ville's inequality it ever reaches 1/α with probability α at most, however often one looks and
whenever one stops. We hold a mixture of five bets and halt at 1/α. (Testing by betting: Ville 1939; Shekhar & Ramdas,
"Nonparametric two-sample testing by betting", IEEE Trans. Inf. Theory 2024; Waudby-Smith & Ramdas, "Estimating means of
bounded random variables by betting", JRSS B 2024.)
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from uuid import UUID

from everkin.errors import InvalidInput
from everkin.mind.identity import BondId, CompanionId
from everkin.mind.transcript import SESSION_GAP

ALPHA: Final = 0.01
"""The chance, over the whole life of a rollout, that a version that is no worse is halted."""
BETS: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
REPLIES_A_BOND: Final = 3
"""A bond counts once in a rollout, with the mean of its first so many judged replies: its own are not independent."""
SHARE_MAX: Final = 0.95
"""Somebody has to stay behind to be compared with."""
WIDEN_AFTER_BONDS: Final = 100
"""A step is widened by itself only when so many of the candidate's bonds have counted since the last."""


class RolloutState(StrEnum):
    """`open` can become any other, and no other becomes anything."""

    OPEN = "open"
    HALTED = "halted"
    ENDED = "ended"
    PROMOTED = "promoted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one bond did, 0 .. 1 (the share of its judged replies that were kept), and which version it had."""

    candidate: bool
    quality: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How many bonds, and the sum of their qualities."""

    bonds: int = 0
    total: float = 0.0

    def plus(self, quality: float) -> "Tally":
        return Tally(bonds=self.bonds + 1, total=self.total + quality)

    @property
    def mean(self) -> float:
        return self.total / self.bonds if self.bonds else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that the test remembers. `logs` are the bets' log fortunes; `peak` is the highest of the mixture's so far."""

    candidate: Tally = Tally()
    control: Tally = Tally()
    waiting_candidate: Tally = Tally()
    waiting_control: Tally = Tally()
    logs: tuple[float, ...] = (0.0,) * len(BETS)
    peak: float = 0.0

    @property
    def against(self) -> bool:
        """Whether it was ever strong enough to halt; once said, never taken back."""
        return self.peak >= math.log(1 / ALPHA)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rollout:
    """One version on its way. `steps` are the shares still to come, each after `every` if all is well."""

    id: UUID
    companion: CompanionId
    version: str
    control: str
    share: float
    steps: tuple[float, ...] = ()
    every: timedelta | None = None
    state: RolloutState = RolloutState.OPEN
    opened_at: datetime
    stepped_at: datetime
    counted_at_step: int = 0
    """The candidate's bonds that had counted when the share was last changed."""
    revision: int = 0
    evidence: Evidence = Evidence()

    def includes(self, bond: BondId) -> bool:
        """Whether this bond gets the new version. Costs a microsecond; the same answer anywhere, at any time."""
        return self.state is RolloutState.OPEN and place(self.id, bond) < self.share


def place(rollout: UUID, bond: BondId) -> float:
    """Where in 0 .. 1 a bond stands in a rollout: BLAKE2b (RFC 7693) of its id, keyed with the rollout's."""
    digest = hashlib.blake2b(bond.bytes, key=rollout.bytes, digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def witnessed(evidence: Evidence, outcomes: Iterable[Outcome]) -> Evidence:
    """The evidence with more outcomes, in the order in which they became known. In parts or at once: the same."""
    candidate, control = evidence.candidate, evidence.control
    new, old = evidence.waiting_candidate, evidence.waiting_control
    logs, peak = list(evidence.logs), evidence.peak
    for outcome in outcomes:
        if outcome.candidate:
            candidate, new = candidate.plus(outcome.quality), new.plus(outcome.quality)
        else:
            control, old = control.plus(outcome.quality), old.plus(outcome.quality)
        if new.bonds and old.bonds:
            worse = old.mean - new.mean
            logs = [log + math.log1p(bet * worse) for bet, log in zip(BETS, logs, strict=True)]
            peak = max(peak, _mixture(logs))
            new = old = Tally()
    return Evidence(
        candidate=candidate,
        control=control,
        waiting_candidate=new,
        waiting_control=old,
        logs=tuple(logs),
        peak=peak,
    )


def judge(rollout: Rollout, now: datetime) -> Rollout:
    """The rollout as it goes on: halted where the evidence is against it, a step wider where one is due, or as it is."""
    if rollout.state is not RolloutState.OPEN:
        return rollout
    if rollout.evidence.against:
        return replace(rollout, state=RolloutState.HALTED)
    if not rollout.steps or rollout.every is None or now - rollout.stepped_at < rollout.every:
        return rollout
    if rollout.evidence.candidate.bonds - rollout.counted_at_step < WIDEN_AFTER_BONDS:
        return rollout
    return widened(rollout, rollout.steps, now)


def widened(rollout: Rollout, shares: Sequence[float], now: datetime) -> Rollout:
    """At the first of `shares`, with the others to come. Raises InvalidInput for shares that do not grow."""
    require_shares((rollout.share, *shares))
    return replace(
        rollout,
        share=shares[0],
        steps=tuple(shares[1:]),
        stepped_at=now,
        counted_at_step=rollout.evidence.candidate.bonds,
    )


def require_shares(shares: Sequence[float]) -> None:
    """Raises InvalidInput unless each is above nought, above the one before it, and leaves a control group."""
    if not shares or any(after < before for before, after in pairwise(shares)):
        raise InvalidInput(
            "The shares of a rollout grow from step to step.",
            kept="Nothing was changed.",
            next="Name them in order: 5% 25% 50%. To take a version back, roll back.",
        )
    if not 0 < shares[0] <= shares[-1] <= SHARE_MAX:
        raise InvalidInput(
            f"A rollout reaches more than none and at most {SHARE_MAX:.0%} of bonds: the rest is compared with.",
            kept="Nothing was changed.",
            next="Promote the version to give it to everybody.",
        )


def worn(wearing: str | None, wanted: str, *, last_said: datetime | None, at: datetime) -> str:
    """The version a bond speaks in at `at`: what is wanted, but never another in the middle of a conversation."""
    if wearing is None or wearing == wanted:
        return wanted
    return wanted if last_said is None or at - last_said > SESSION_GAP else wearing


def _mixture(logs: Sequence[float]) -> float:
    highest = max(logs)
    return highest + math.log(sum(math.exp(log - highest) for log in logs) / len(logs))
