"""Named queries from `.sql` files: `-- name: verb_noun`, a line of description, then the statement."""

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

_HEAD = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def queries(noun: str) -> dict[str, LiteralString]:
    """The statements of `sql/<noun>.sql` by name. A name said twice is a mistake in the file, and raises."""
    parts = _HEAD.split((files("everkin.store") / "sql" / f"{noun}.sql").read_text(encoding="utf-8"))
    found: dict[str, LiteralString] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in found:
            raise ValueError(f"{noun}.sql names {name} twice")
        found[name] = cast(LiteralString, body.strip())
    return found
