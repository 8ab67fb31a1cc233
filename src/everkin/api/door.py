"""What every route stands on: the facade, the settings, who calls, and the replies being told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from everkin.api.guard import Caller
from everkin.api.telling import Tellings
from everkin.app import Bond, Everkin
from everkin.config.settings import Settings
from everkin.ops.heart import Heart

Name = Annotated[str, Path(min_length=1, max_length=200)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """One per application, in `app.state.door`."""

    kin: Everkin
    settings: Settings
    tellings: Tellings
    heart: Heart | None = None
    """Where this process runs the jobs; None where another one does."""


def door(request: Request) -> Door:
    return request.app.state.door  # type: ignore[no-any-return]


def caller(request: Request) -> Caller:
    return request.scope["everkin.caller"]  # type: ignore[no-any-return]


TheDoor = Annotated[Door, Depends(door)]
TheCaller = Annotated[Caller, Depends(caller)]


def named_user(caller: Caller, headers: Mapping[str, str], default: str) -> str:
    """Who speaks where the path names nobody: the header `X-Everkin-User`, else the API key's user, else `default`.

    Raises NotAllowed when the header names somebody this key may not act for.
    """
    header = headers.get("x-everkin-user")
    return caller.acting_as(header) if header else caller.user or default


async def _bond(door: TheDoor, caller: TheCaller, user: Name, companion: Name) -> Bond:
    return await door.kin.bond(user=caller.acting_as(user), companion=companion)


async def _known_bond(door: TheDoor, caller: TheCaller, user: Name, companion: Name) -> Bond:
    return await door.kin.bond(user=caller.acting_as(user), companion=companion, create=False)


TheBond = Annotated[Bond, Depends(_bond)]
"""The bond the path names, made at its first word."""
TheKnownBond = Annotated[Bond, Depends(_known_bond)]
"""The same, where looking must not make one."""
