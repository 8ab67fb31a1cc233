"""A rollout among many simulated bonds: each turns up once in a seeded order, and does well or not, on average."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from everkin.mind.identity import BondId, CompanionId
from everkin.mind.rollout import REPLIES_A_BOND, Outcome, Rollout, RolloutState, judge, witnessed

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
STEPS = (0.01, 0.05, 0.25, 0.5, 0.95)
SPREAD = 12.0
"""Bonds differ: each has its own chance of a kept reply, from a beta distribution with this sum of parameters."""
TICK = 250
"""Bonds between two runs of the job that judges."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a simulated rollout ended: the share of all bonds that saw the candidate, and whether it was halted."""

    seen: float
    halted: bool


def simulate(seed: int, *, bonds: int, control: float, candidate: float, steps: tuple[float, ...] = STEPS) -> Run:
    """`bonds` turn up within as many days as there are steps, so that each step has its share of them."""
    rng = random.Random(seed)
    rollout = Rollout(
        id=UUID(int=rng.getrandbits(128)),
        companion=CompanionId(UUID(int=0)),
        version="new",
        control="old",
        share=steps[0],
        steps=steps[1:],
        every=timedelta(days=1),
        opened_at=NOON,
        stepped_at=NOON,
    )
    a_day, seen, waiting = bonds / len(steps), 0, list[Outcome]()
    for count in range(bonds):
        chosen = rollout.includes(BondId(UUID(int=rng.getrandbits(128))))
        seen += chosen
        mean = candidate if chosen else control
        chance = rng.betavariate(SPREAD * mean, SPREAD * (1 - mean))
        kept = sum(rng.random() < chance for _ in range(REPLIES_A_BOND))
        waiting.append(Outcome(candidate=chosen, quality=kept / REPLIES_A_BOND))
        if len(waiting) == TICK:
            rollout = judge(
                replace(rollout, evidence=witnessed(rollout.evidence, waiting)), NOON + timedelta(days=count / a_day)
            )
            waiting.clear()
            if rollout.state is RolloutState.HALTED:
                return Run(seen=seen / bonds, halted=True)
    return Run(seen=seen / bonds, halted=False)
