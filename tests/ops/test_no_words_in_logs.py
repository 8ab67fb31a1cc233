"""Bob reads the logs of the server that Alice talks through; he must not learn what she said."""

import asyncio
import gc
import io
import json
import logging
import sys
import threading
import warnings

import pytest
import structlog

from everkin.errors import StoreUnavailable
from everkin.ops.logs import configure, describe, watch_loop

WORDS = "I have not told anybody that I am moving to Tromsø"


@pytest.fixture(params=["console", "json"])
def log(request):
    """What has been logged so far, whatever style it is in."""
    kept = structlog.get_config(), logging.root.handlers[:], sys.excepthook, threading.excepthook, sys.unraisablehook
    out = io.StringIO()
    configure(level="debug", style=request.param, stream=out)
    yield out
    structlog.configure(**kept[0])
    logging.captureWarnings(False)
    logging.root.handlers[:], sys.excepthook, threading.excepthook, sys.unraisablehook = kept[1:]


def failing() -> None:
    raise ValueError(WORDS)


def failed() -> ValueError:
    try:
        failing()
    except ValueError as error:
        return error
    raise AssertionError


def test_an_exception_is_logged_by_type_and_place(log):
    structlog.get_logger().error("turn_failed", exc_info=failed())
    assert "ValueError" in log.getvalue()
    assert "test_no_words_in_logs.py" in log.getvalue()
    assert WORDS not in log.getvalue()


def test_a_library_that_logs_a_request_is_heard_without_its_arguments(log):
    logging.getLogger("psycopg.pool").warning("error connecting in %r: %s", "pool-1", WORDS)
    assert "error connecting in %r: %s" in log.getvalue()
    assert WORDS not in log.getvalue()


def test_a_message_that_was_formatted_before_is_withheld(log):
    logging.getLogger("somewhere").error(f"bad request: {WORDS}")
    assert "message withheld" in log.getvalue()
    assert WORDS not in log.getvalue()


def test_a_library_that_logs_a_traceback_does_not_give_its_message_away(log):
    try:
        failing()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    assert "ValueError" in log.getvalue()
    assert WORDS not in log.getvalue()


def test_chatter_of_libraries_is_not_logged_at_all(log):
    logging.getLogger("openai._base_client").debug("Request options: %s", WORDS)
    assert log.getvalue() == ""


@pytest.mark.filterwarnings("default")
def test_a_warning_is_withheld(log):
    warnings.warn(WORDS, stacklevel=1)
    assert "py.warnings" in log.getvalue()
    assert WORDS not in log.getvalue()


def test_what_nobody_caught_is_told_by_type(log):
    sys.excepthook(ValueError, failed(), None)
    thread = threading.Thread(target=failing)
    thread.start()
    thread.join()
    assert log.getvalue().count("ValueError") == 2
    assert WORDS not in log.getvalue()


async def test_a_task_nobody_awaited_does_not_speak(log):
    async def forgotten() -> None:
        failing()

    watch_loop(asyncio.get_running_loop())
    task = asyncio.create_task(forgotten())
    await asyncio.wait({task})
    del task
    gc.collect()
    assert "ValueError" in log.getvalue()
    assert WORDS not in log.getvalue()


def test_our_own_errors_may_say_what_happened():
    error = StoreUnavailable("PostgreSQL did not answer.", next="Start it.", attempts=3)
    assert describe(error) == {
        "error": "StoreUnavailable",
        "place": "unknown",
        "what": "PostgreSQL did not answer.",
        "attempts": 3,
    }


def test_a_line_of_json_is_json():
    out = io.StringIO()
    kept = structlog.get_config(), logging.root.handlers[:]
    configure(level="info", style="json", stream=out)
    structlog.get_logger().info("reply_kept", ms=12)
    structlog.configure(**kept[0])
    logging.root.handlers[:] = kept[1]
    assert {"event": "reply_kept", "ms": 12, "level": "info"}.items() <= json.loads(out.getvalue()).items()
