"""A scheduled job, as a room declares it and the loop runs it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """`run` is called every `period`, never twice at once; later than `period + grace` after its last success it is late.

    Running it more often, or again after a crash, changes nothing that one run would not have changed. A number that
    it returns is how much it did.
    """

    name: str
    period: timedelta
    grace: timedelta
    run: Callable[[], Awaitable[object]] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """The last success of a job, and all of them together. `done` and `total` count what it works on."""

    at: datetime
    took_s: float = 0.0
    done: int = 0
    runs: int = 1
    total: int = 0


class Runs(Protocol):
    """How each job has gone, in whatever process."""

    async def last(self) -> dict[str, Run]: ...

    async def note(self, job: str, at: datetime, *, took_s: float, done: int) -> None: ...
