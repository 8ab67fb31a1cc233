"""What every route stands on: the facade, the settings, who calls, and the replies being told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from everkin.api.guard import Caller
from everkin.api.telling import Tellings
from everkin.app import Bond, Everkin
from everkin.config.settings import Settings
from everkin.errors import NotFound
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


async def bond_of(door: Door, caller: Caller, user: str, companion: str) -> Bond:
    """The bond, made at its first word. Companions are everybody's, so a user's own key cannot make one in passing."""
    name = caller.acting_as(user)
    if caller.user is not None and await door.kin.companion(companion) is None:
        raise NotFound("There is no companion of this name.", next="GET /v1/companions lists them.")
    return await door.kin.bond(user=name, companion=companion)


async def _bond(door: TheDoor, caller: TheCaller, user: Name, companion: Name) -> Bond:
    return await bond_of(door, caller, user, companion)


async def _known_bond(door: TheDoor, caller: TheCaller, user: Name, companion: Name) -> Bond:
    return await door.kin.bond(user=caller.acting_as(user), companion=companion, create=False)


TheBond = Annotated[Bond, Depends(_bond)]
"""The bond the path names, made at its first word."""
TheKnownBond = Annotated[Bond, Depends(_known_bond)]
"""The same, where looking must not make one."""
