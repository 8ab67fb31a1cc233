"""What a clause asserts by a rule: whether it may, of what polarity, which values, and from when to when."""

import re
from datetime import datetime
from typing import Final

from everkin.absorb.grammar.clauses import Clause
from everkin.absorb.grammar.verb_group import Time
from everkin.absorb.rules.rule import Aspect, Rule
from everkin.mind.fact import Predicate
from everkin.mind.timespan import TimeSpan

PAST: Final = (Time.PAST, Time.PERFECT)
CHANGES: Final = (Aspect.CHANGE, Aspect.EVENT)
_ABLE: Final = ("eat", "speak", "play", "do")
"""Verbs where being able to says the same as doing."""
_TRIMMED: Final = re.compile(
    r"^(?:the|a|an|my|our) (?=\S)|(?:\s+(?:to|the|a|an|of|in|on|at|for|with|what|and|or|my|our|his|their|its|few|some|by|from|about|"
    r"into|up with|anyway|together|well))+$",
    re.IGNORECASE,
)
"""What says nothing at the ends of a value."""


def allowed(rule: Rule, clause: Clause) -> bool:
    """Whether the clause's mood, tense and negation let it state what the rule says."""
    if clause.modal in ("can", "ca") and not (clause.verb in _ABLE or rule.modal == clause.modal):
        return False
    if rule.modal and clause.modal != rule.modal:
        return False
    if clause.verb in ("eat", "stand") and not clause.negated:
        return False
    if clause.negated and rule.aspect is not Aspect.END:
        lasting = (Time.NOW, Time.PERFECT) if rule.aspect is Aspect.STATE else (Time.NOW,)
        return rule.negatable and rule.aspect not in CHANGES and clause.time in lasting
    return _timely(rule, clause)


def _timely(rule: Rule, clause: Clause) -> bool:
    match rule.aspect:
        case Aspect.STATE:
            return clause.time is not Time.FUTURE
        case Aspect.HABIT:
            return clause.time in (Time.NOW, Time.FORMERLY) or (clause.time is Time.PERFECT and clause.progressive)
        case Aspect.FIXED:
            return clause.time in (Time.NOW, *PAST)
        case Aspect.CHANGE | Aspect.EVENT:
            return happened(clause)
        case Aspect.END:
            if clause.verb == "have":
                return clause.negated and clause.time is Time.NOW
            return not clause.negated and (
                clause.time in PAST or ((clause.verb == "be" or clause.passive) and clause.time is Time.NOW)
            )


def happened(clause: Clause) -> bool:
    """Whether what it tells of is over and done."""
    return clause.time in PAST and not clause.progressive


def judged(rule: Rule, clause: Clause, match: re.Match[str]) -> tuple[Predicate, bool]:
    """Predicate and polarity: what is not liked is disliked, and "no dog" is no dog."""
    if clause.verb == "stand":
        return rule.predicate, True
    denied = clause.negated or match[0].lower().startswith(("no ", "no\n"))
    if denied and rule.predicate is Predicate.LIKES:
        return Predicate.DISLIKES, True
    return rule.predicate, not denied


def values(text: str, rule: Rule, clause: Clause, match: re.Match[str]) -> list[tuple[int, int]]:
    """Where the value stands in the text, or each of them where the rule takes several."""
    begin, end = match.span("v")
    title = _TITLE.match(text, end)
    if rule.whole:
        return [(clause.said, title.end() if title else end if end > begin else clause.rest)]
    if title and rule.predicate in _TITLED:
        return [(begin, title.end())]
    if not rule.many or _JOINT.search(text, begin, end):
        return [(begin, end)]
    cuts = [begin, *(cut for comma in _LISTED.finditer(text, begin, end) for cut in comma.span()), end]
    return list(zip(cuts[::2], cuts[1::2], strict=True))


_QUOTED_LAST: Final = re.compile(r""" "[^"]+"$| '[^']+'$""")
_TITLE: Final = re.compile(r""" ?(?:"[^"\n]{2,60}"|(?<= )'[A-Z][^'\n]{2,60}'(?!\w))""")
_TITLED: Final = (Predicate.EVENT, Predicate.PLAN, Predicate.GOAL, Predicate.LIKES)
_JOINT: Final = re.compile(r" (?:with|about|of|for|between|on|in) .+ and ", re.IGNORECASE)
"""A list inside a phrase is not a list of values: "books about gardens and bees"."""
_LISTED: Final = re.compile(r",? (?:and|or) |, ", re.IGNORECASE)


def validity(
    aspect: Aspect | None, time: Time, span: TimeSpan | None, at: datetime, frame: str
) -> tuple[datetime | None, datetime | None]:
    """From when to when a fact holds, by how it was put and the time expression beside it."""
    match aspect:
        case Aspect.EVENT:
            return (span.start, span.end) if span else (None, at if time in PAST else None)
        case Aspect.CHANGE | Aspect.END:
            return (span.start if span and span.start <= at else at), None
        case Aspect.STATE | Aspect.HABIT if time in (Time.PAST, Time.FORMERLY):
            if span is None:
                return None, at
            return (None if frame == "until" else span.start), min(span.end, at)
        case _:
            return (span.start if span and frame == "since" else None), None


def cleaned(value: str) -> str:
    """A value without what says nothing at its ends."""
    plain = _TRIMMED.sub("", value).strip(" ,.;:!()")
    return plain if _QUOTED_LAST.search(plain) else plain.strip(" '\"")
