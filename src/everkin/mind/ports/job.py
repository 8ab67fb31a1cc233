"""A scheduled job, as a room declares it and the loop runs it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """`run` is called every `period`, never twice at once; later than `period + grace` after its last success it is late.

    Running it more often, or again after a crash, changes nothing that one run would not have changed.
    """

    name: str
    period: timedelta
    grace: timedelta
    run: Callable[[], Awaitable[object]] = field(repr=False)


class Runs(Protocol):
    """When each job last succeeded, in whatever process."""

    async def last(self) -> dict[str, datetime]: ...

    async def note(self, job: str, at: datetime) -> None: ...
