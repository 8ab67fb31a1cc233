"""The log of a process, to standard error: one event a line, with names and numbers and never a user's words.

Our own events are written with structlog: `log.info("reply_kept", ms=12)`. What other libraries log may quote a
request, so of their messages only the template is shown, never the arguments; of any exception, whoever raised it, only
its type and place.
"""

import asyncio
import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.types import EventDict, Processor

from everkin.errors import EverkinError

SOURCE: Final = Path(__file__).parents[1]


def describe(error: BaseException) -> dict[str, Any]:
    """Type and place of an error; for one of ours also what it says, which is safe to print."""
    told: dict[str, Any] = {"error": type(error).__name__, "place": place(error.__traceback__)}
    if isinstance(error, EverkinError):
        told |= {"what": error.what, **error.facts}
    if error.__cause__ is not None:
        told["cause"] = type(error.__cause__).__name__
    return told


def place(trace: TracebackType | None) -> str:
    """File, line and function: the innermost of ours, else the innermost of all."""
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(SOURCE)]
    if not frames:
        return "unknown"
    frame = (ours or frames)[-1]
    file = Path(frame.filename)
    name = file.relative_to(SOURCE.parent) if ours else file.name
    return f"{name}:{frame.lineno} in {frame.name}"


def configure(*, level: str, style: str, stream: TextIO | None = None) -> None:
    """Send every log, warning and uncaught exception of this process through here; `style` is `console` or `json`.

    Call once, at start. Other libraries are heard from `warning` up.
    """
    out = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _place_only,
            _line(style, out),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    logging.root.handlers[:] = [_Foreign(level=logging.WARNING)]
    for name in logging.root.manager.loggerDict:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).propagate = True
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, trace: _uncaught(error)
    sys.unraisablehook = lambda unraisable: _uncaught(unraisable.exc_value)
    threading.excepthook = lambda failed: _uncaught(failed.exc_value)


def watch_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Log what no task caught by type and place: asyncio's own report holds the exception's message."""
    loop.set_exception_handler(lambda _, context: _uncaught(context.get("exception")))


def _line(style: str, out: TextIO) -> Processor:
    return (
        structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )


def _uncaught(error: BaseException | None) -> None:
    structlog.get_logger("everkin").error("uncaught", **(describe(error) if error else {}))


class _Foreign(logging.Handler):
    """What other libraries log: the template alone, and not even that where it may have been formatted already."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger(record.name).log(
            record.levelno,
            record.msg if record.args and isinstance(record.msg, str) else "message withheld",
            logger=record.name,
            logged_at=f"{record.filename}:{record.lineno} in {record.funcName}",
            exc_info=record.exc_info,
        )


def _place_only(_: Any, __: str, event: EventDict) -> EventDict:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event.update(describe(error))
    return event
