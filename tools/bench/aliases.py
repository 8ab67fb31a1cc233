"""How well the registry links the names of one person, on the dialogues of DialogRE.

    EVERKIN_EVAL=folder python tools/bench/aliases.py

Reads `dialogre_alias.jsonl.gz` ({"text": ["Speaker 1: …", …], "aliases": [[name, name], …]}) in that folder and writes
its section of docs/benchmarks.md: counts only, never a text. A link of the registry is right when it is annotated. It is
wrong when its name is annotated as somebody else's, or is an endearment or a full name that is nobody's. It cannot be
judged, and is counted apart, where its name is a single or titled one and not annotated at all: the names the speakers
go by in the script never are.
"""

import gzip
import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import combinations
from pathlib import Path

from report import Table, write

from everkin.absorb.company import Utterance, turns
from everkin.absorb.entities import ENDEARMENTS, kindred
from everkin.mind.entity import Speaker
from everkin.mind.registry import Registry

Link = frozenset[str]
NOTE = (
    "Links between the names of one person that the registry makes in the television dialogues of DialogRE (measured only), "
    "with bootstrap 95 % intervals over dialogues. The names that the speakers go by in the script are never annotated, so "
    "that as many links again cannot be judged. Goal: precision 0.90, recall 0.40 over all."
)
START = datetime(2000, 1, 1, tzinfo=UTC)
PLAIN = re.compile(r"(?:(?:mr|mrs|ms|dr)\.? |(?:miss|doctor|professor) )?[^ ]+")
LABEL = re.compile(r"(Speaker \d+):+ ?(.*)", re.DOTALL)


def main() -> None:
    dialogues = list(rows(Path(os.environ["EVERKIN_EVAL"]) / "dialogre_alias.jsonl.gz"))
    counts = [judged(links(text), gold) for text, gold in dialogues]
    two = [count for count, (text, _) in zip(counts, dialogues, strict=True) if len(speakers(text)) == 2]
    table = Table(
        head=("dialogues", "n", "precision", "recall", "right", "wrong", "not to be judged", "annotated"),
        rows=[
            line("all, two to nine speakers", counts),
            line("two speakers, as in a bond", two),
            line("every other one: seen while it was made", counts[::2]),
            line("the others", counts[1::2]),
        ],
        note=NOTE,
    )
    write("aliases", "Names of one person", "EVERKIN_EVAL=… python tools/bench/aliases.py", table)


def rows(path: Path) -> Iterator[tuple[list[tuple[Speaker, str]], set[Link]]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            said = [match.groups() for match in map(LABEL.match, row["text"]) if match]
            gold = {frozenset(name.strip(":").replace("’", "'").casefold() for name in pair) for pair in row["aliases"]}
            yield [(Speaker(who), text) for who, text in said], {link for link in gold if len(link) == 2}


def speakers(text: Sequence[tuple[Speaker, str]]) -> set[Speaker]:
    return {who for who, _ in text}


def links(text: Sequence[tuple[Speaker, str]]) -> set[Link]:
    """What the registry holds for one person after the dialogue, as pairs of names."""
    said = [
        Utterance(speaker=who, text=words, at=START + timedelta(minutes=place))
        for place, (who, words) in enumerate(text)
    ]
    registry = reduce(Registry.hear, turns(said), Registry(kindred=kindred))
    found = {frozenset((who.casefold(), word)) for who, word in registry.endearments}
    for entity in registry.entities:
        names = [name.casefold() for name in entity.names]
        if entity.speaker:
            found |= {frozenset((entity.speaker.casefold(), name)) for name in names}
        else:
            found |= {frozenset(pair) for pair in combinations(names, 2)}
    return found


def judged(found: set[Link], gold: set[Link]) -> Counter[str]:
    """How many links are right, wrong, not to be judged, and missing."""
    annotated = {name for link in gold for name in link}
    verdicts = Counter(verdict(link, gold, annotated) for link in found)
    return verdicts + Counter({"annotated": len(gold)})


def verdict(link: Link, gold: set[Link], annotated: set[str]) -> str:
    if link in gold:
        return "right"
    names = [name for name in link if not name.startswith("speaker ")]
    if len(names) == 2:
        both = all(name in annotated for name in names)
        return (
            "wrong"
            if both and not any(name in other for other in gold for name in names if other & link)
            else "unjudged"
        )
    plain = PLAIN.fullmatch(names[0]) and names[0] not in ENDEARMENTS
    return "unjudged" if plain and names[0] not in annotated else "wrong"


def line(title: str, counts: Sequence[Counter[str]]) -> list[object]:
    def measure(sample: Sequence[Counter[str]]) -> tuple[float, float]:
        total = sum(sample, Counter[str]())
        return total["right"] / max(total["right"] + total["wrong"], 1), total["right"] / max(total["annotated"], 1)

    chance = random.Random(1)
    drawn = zip(*(measure(chance.choices(counts, k=len(counts))) for _ in range(300)), strict=True)
    told = [
        f"{value:.3f} ({sorted(spread)[7]:.3f} to {sorted(spread)[-8]:.3f})"
        for value, spread in zip(measure(counts), drawn, strict=True)
    ]
    total = sum(counts, Counter[str]())
    return [title, len(counts), *told, *(total[verdict] for verdict in ("right", "wrong", "unjudged", "annotated"))]


if __name__ == "__main__":
    sys.exit(main())
