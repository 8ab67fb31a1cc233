"""What went wrong, as every route answers it: OpenAI's form, with what was kept and what to do next beside it.

    {"error": {"message": …, "type": …, "param": null, "code": "not_found", "kept": …, "next": …, "retryable": false}}

`code` is the error's name. Nothing of the request is repeated: whoever reads the answer in a log learns no word of it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from everkin import errors
from everkin.api.wire import Answer
from everkin.errors import EverkinError, InvalidInput
from everkin.ops.logs import describe

STATUS: Final[Mapping[type[EverkinError], int]] = {
    errors.InvalidInput: 400,
    errors.NotFound: 404,
    errors.TooLarge: 413,
    errors.KeyWanted: 401,
    errors.NotAllowed: 403,
    errors.Conflict: 409,
    errors.Stopping: 503,
    errors.KeyDestroyed: 410,
    errors.StoreUnavailable: 503,
    errors.StorageFull: 507,
    errors.EmbedderUnavailable: 503,
    errors.ProviderError: 502,
    errors.EverkinError: 500,
}
_TYPES: Final = {401: "authentication_error", 403: "permission_error"}
_HTTP: Final = {
    404: ("There is nothing at this address.", "not_found", "See /openapi.json for what there is."),
    405: ("This address does not know this method.", "method_not_allowed", "See /openapi.json for what it knows."),
    413: ("The request is too large.", "too_large", "Send it in smaller parts."),
}


class Malformed(InvalidInput):
    """A request that does not have the form its route wants; `param` says where."""


class Unforeseen(EverkinError):
    """An error nobody planned for. What it says is kept out of every answer, for it may quote the request."""


def status(error: EverkinError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def code(error: EverkinError) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def form(error: EverkinError) -> dict[str, Any]:
    """The body that stands for `error`."""
    return _form(
        error.what,
        status=status(error),
        code=code(error),
        kept=error.kept,
        next=error.next,
        param=error.facts.get("param"),
        retryable=error.retryable,
    )


def answer(error: EverkinError) -> Answer:
    return Answer(form(error), status_code=status(error))


def unforeseen(error: Exception) -> Unforeseen:
    """Logs type and place of `error`, and returns what may be said of it."""
    structlog.get_logger(__name__).error("unforeseen", **describe(error))
    return Unforeseen(
        "Something went wrong that nobody planned for.",
        kept="Every message that was acknowledged is kept.",
        next="The server's log names the place; please report it.",
    )


def install(app: FastAPI) -> None:
    """Have `app` answer every error in this form."""
    app.add_exception_handler(EverkinError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)


async def _ours(_: Request, error: Exception) -> Answer:
    assert isinstance(error, EverkinError)
    if status(error) >= 500:
        structlog.get_logger(__name__).warning("refused", **describe(error))
    return answer(error)


async def _malformed(_: Request, error: Exception) -> Answer:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        where, problem = "", f"the body is not valid JSON at character {first['loc'][-1]}"
    else:
        where, problem = _where(first["loc"]), _plain(first["msg"])
    return answer(
        Malformed(
            f"The request cannot be read: {f'{where}: ' if where else ''}{problem}.",
            kept="Nothing was stored.",
            next="Correct it and send it again; /openapi.json has the form.",
            param=where or None,
        )
    )


async def _http(_: Request, error: Exception) -> Answer:
    assert isinstance(error, HTTPException)
    what, named, following = _HTTP.get(error.status_code, ("The request cannot be read.", "malformed", "Correct it."))
    body = _form(what, status=error.status_code, code=named, next=following)
    return Answer(body, status_code=error.status_code, headers=error.headers)


def _form(
    message: str,
    *,
    status: int,
    code: str,
    kept: str = "",
    next: str = "",
    param: str | None = None,
    retryable: bool = False,
) -> dict[str, Any]:
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    told = {"message": message, "type": kind, "param": param, "code": code}
    return {"error": told | {"kept": kept, "next": next, "retryable": retryable}}


def _where(location: tuple[int | str, ...]) -> str:
    """The path of a fault. Pydantic names only fields and positions in it; a name the caller made up is left out."""
    return ".".join(str(part) for part in location[1:] if isinstance(part, int) or re.fullmatch(r"[a-z_]{1,32}", part))


def _plain(message: str) -> str:
    """Pydantic's sentence, without its prefix and its full stop."""
    sentence = message.removeprefix("Value error, ").rstrip(".")
    return sentence[:1].lower() + sentence[1:]
