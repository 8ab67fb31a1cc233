"""How a fact is laid out beside its words before both are sealed, and read again."""

from everkin.mind.entity import EntityRef, Speaker
from everkin.mind.fact import Fact, Origin, Predicate
from everkin.store.database import Row
from everkin.store.words import Words


def fact_words(fact: Fact | None) -> Words:
    """The parts of a fact that are words or may tell; its predicate and times are columns."""
    if fact is None:
        return {}
    return {
        "owner": fact.subject.owner,
        "kinship": fact.subject.kinship,
        "subject": fact.subject.name,
        "value": fact.value,
        "polarity": "yes" if fact.polarity else "no",
        "hedge": f"{fact.hedge:.3g}",
        "origin": fact.origin.value,
    }


def fact_of(row: Row, words: Words) -> Fact | None:
    """None for a memory that is no fact."""
    if row["predicate"] is None or words.get("owner") is None:
        return None
    return Fact(
        subject=EntityRef(owner=Speaker(words["owner"] or ""), kinship=words.get("kinship"), name=words.get("subject")),
        predicate=Predicate(row["predicate"]),
        value=words.get("value") or "",
        polarity=words.get("polarity") != "no",
        hedge=float(words.get("hedge") or 0),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        recorded=row["at"],
        begin=0,
        end=0,
        origin=Origin(words.get("origin") or Origin.HEARD),
    )
