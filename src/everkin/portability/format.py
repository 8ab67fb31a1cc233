"""Which program a file of conversations came from, told from how it begins."""

from contextlib import closing
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from everkin.errors import InvalidInput
from everkin.portability.report import Report
from everkin.portability.source import opened

LOOKED_AT = 20
"""Values looked at before giving up: a file may begin with broken lines."""


class Format(StrEnum):
    """What `read` understands."""

    SILLYTAVERN = "sillytavern"
    CHATGPT = "chatgpt"
    OPENAI = "openai"
    EVERKIN = "everkin"


def detect(path: Path) -> Format:
    """The format of the file at `path`, from its first JSON values; its name does not matter.

    Raises InvalidInput when the file cannot be read or is in no format that is known.
    """
    with opened(path, Report()) as sources, closing(next(sources).values()) as values:
        for _, value in islice(values, LOOKED_AT):
            if known := _format_of(value):
                return known
    raise InvalidInput(
        "The file is in no format that Everkin knows.",
        next="It reads SillyTavern chats, ChatGPT exports, OpenAI messages (JSONL) and Everkin conversation sets.",
    )


def _format_of(value: Any) -> Format | None:
    match value:
        case {"mapping": dict()}:
            return Format.CHATGPT
        case {"messages": [{"text": _}, *_]} | {"companion": _, "messages": list()}:
            return Format.EVERKIN
        case {"messages": list()} | {"role": _, "content": _}:
            return Format.OPENAI
        case {"mes": _} | {"chat_metadata": _} | {"user_name": _, "character_name": _}:
            return Format.SILLYTAVERN
        case _:
            return None
