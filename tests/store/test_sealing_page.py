"""The page that says what stays readable knows every column there is, and nothing that is not there."""

import re
from pathlib import Path

import psycopg

from everkin import Everkin

PAGE = Path(__file__).parents[2] / "docs" / "sealing.md"


def told() -> dict[tuple[str, str], str]:
    """What the page says of each column: sealed, keyed or readable."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text("utf-8").splitlines()]
    return {
        (row[0], column): kind
        for row in rows
        if len(row) == 4
        for kind, cell in zip(("sealed", "keyed", "readable"), row[1:], strict=True)
        for column in re.findall(r"`(\w+)`", cell)
    }


async def test_every_column_is_on_the_page_as_what_it_is(kin: Everkin, database: str):
    """A new column belongs into the table of docs/sealing.md, after a thought about what it gives away."""
    with psycopg.connect(database) as owner:
        found = owner.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name <> 'migrations' AND column_name <> 'user_id'"
        ).fetchall()
    assert set(told()) == set(found)
    assert {(table, column) for table, column in found if column == "sealed"} == {
        place for place, kind in told().items() if kind == "sealed"
    }
