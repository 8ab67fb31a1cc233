"""Writes what `docs/when-a-provider-dies.md` says of faults and breakers from the tables in the code.

python tools/draw_providers.py
"""

import re
from pathlib import Path

from everkin.providers.breaker import diagram
from everkin.providers.fault import COSTS

PAGE = Path(__file__).parents[1] / "docs" / "when-a-provider-dies.md"


def faults() -> str:
    rows = [
        f"| `{kind}` | {cost.meaning} | {cost.points} | {'yes' if cost.again else 'no'} |"
        for kind, cost in COSTS.items()
    ]
    return "\n".join(
        ["| fault | meaning | points | may be asked again in the same request |", "|---|---|---|---|", *rows]
    )


def drawn(page: str) -> str:
    """`page` with the text between its markers made anew."""
    for name, body in (("faults", faults()), ("breaker", f"```mermaid\n{diagram()}\n```")):
        section = f"<!-- {name} -->\n{body}\n<!-- /{name} -->"
        page = re.sub(rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _, new=section: new, page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
