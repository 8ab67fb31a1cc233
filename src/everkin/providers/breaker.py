"""The breaker of one provider/model/key as a table of transitions; who may be asked, and when again.

Pure: `now` and `rng` are passed in, and the diagram in `docs/when-a-provider-dies.md` is drawn from `TABLE`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from everkin.mind.ports.breaker import Breaker, BreakerState
from everkin.mind.ports.gateway import Fault
from everkin.providers.fault import COSTS

CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN


class Happening(StrEnum):
    """What changes a breaker. FAULT is one that leaves it under the threshold, LAST_FAULT the one that reaches it."""

    SUCCESS = "a proven answer"
    FAULT = "a fault, fewer than 3 points in all"
    LAST_FAULT = "a fault, 3 points or more in all"
    PROBE_TAKEN = "its rest is over (or nobody else is left) and one request asks"
    ABANDONED = "the probe was given up unanswered"


TABLE: Final[Mapping[tuple[BreakerState, Happening], BreakerState]] = {
    (CLOSED, Happening.SUCCESS): CLOSED,
    (CLOSED, Happening.FAULT): CLOSED,
    (CLOSED, Happening.LAST_FAULT): OPEN,
    (OPEN, Happening.SUCCESS): CLOSED,
    (OPEN, Happening.PROBE_TAKEN): HALF_OPEN,
    (HALF_OPEN, Happening.SUCCESS): CLOSED,
    (HALF_OPEN, Happening.FAULT): OPEN,
    (HALF_OPEN, Happening.LAST_FAULT): OPEN,
    (HALF_OPEN, Happening.PROBE_TAKEN): HALF_OPEN,
    (HALF_OPEN, Happening.ABANDONED): OPEN,
}
"""What is not here changes nothing: late news of a request that began before the breaker opened, for example."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Points to open at; seconds of the shortest and longest rest, and of a probe's lease, as its holder may die."""

    points: int = 3
    rest_min_s: float = 5.0
    rest_max_s: float = 300.0
    lease_s: float = 330.0


DEFAULT_POLICY: Final = Policy()


class Admission(StrEnum):
    """FREELY; AS_PROBE, once PROBE_TAKEN is stored; RESTING (the same, but only if nobody else is left); NOT."""

    FREELY = "freely"
    AS_PROBE = "as_probe"
    RESTING = "resting"
    NOT = "not"


def admission(breaker: Breaker, now: datetime) -> Admission:
    """May a request ask this provider? A firm rest (Retry-After) and a running probe admit nobody before their time."""
    if breaker.state is CLOSED:
        return Admission.FREELY
    if breaker.until is None or breaker.until <= now:
        return Admission.AS_PROBE
    return Admission.RESTING if breaker.state is OPEN and not breaker.firm else Admission.NOT


def after_success(breaker: Breaker) -> Breaker:
    """Closed and forgiven; the same object when there was nothing to forgive, so that nothing need be stored."""
    if breaker.state is CLOSED and not breaker.failures:
        return breaker
    return _moved(breaker, Happening.SUCCESS, failures=0, trips=0, until=None, firm=False)


def after_probe_taken(breaker: Breaker, now: datetime, policy: Policy) -> Breaker:
    """Half open, with a lease."""
    return _moved(breaker, Happening.PROBE_TAKEN, until=now + timedelta(seconds=policy.lease_s), firm=False)


def after_abandoned(breaker: Breaker, now: datetime) -> Breaker:
    """Open, and the next request may probe at once."""
    return _moved(breaker, Happening.ABANDONED, until=now)


def after_fault(breaker: Breaker, fault: Fault, now: datetime, rng: Random, policy: Policy) -> Breaker:
    """The points of `fault` charged; the same object when it costs none, or comes late to an open one.

    A fault that costs nothing (the request was to blame) ends a probe as abandoned.
    """
    cost = COSTS[fault.kind]
    if cost.points == 0:
        return after_abandoned(breaker, now) if breaker.state is HALF_OPEN else breaker
    failures = breaker.failures + cost.points
    happening = Happening.LAST_FAULT if failures >= policy.points else Happening.FAULT
    if TABLE.get((breaker.state, happening)) is not OPEN:
        return _moved(breaker, happening, failures=failures)
    trips = breaker.trips + 1
    rest = fault.retry_after_s
    if rest is None:
        rest = _rest_s(trips, rng, policy, slow=cost.slow)
    return _moved(
        breaker,
        happening,
        failures=failures,
        trips=trips,
        until=now + timedelta(seconds=rest),
        firm=fault.retry_after_s is not None,
    )


def _rest_s(trips: int, rng: Random, policy: Policy, *, slow: bool) -> float:
    """Doubling with equal jitter: the n-th rest lies in [b/2, b] with b = min(300, 10 * 2^(n-1)) by default."""
    bound = policy.rest_max_s if slow else min(policy.rest_max_s, 2 * policy.rest_min_s * 2 ** (min(trips, 32) - 1))
    return rng.uniform(bound / 2, bound)


def _moved(breaker: Breaker, happening: Happening, **changes: object) -> Breaker:
    state = TABLE.get((breaker.state, happening))
    if state is None:
        return breaker
    return replace(breaker, state=state, version=breaker.version + 1, **changes)  # type: ignore[arg-type]


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = [f"    {old.value} --> {new.value}: {happening.value}" for (old, happening), new in TABLE.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {CLOSED.value}", *lines])
