"""What a recall says of itself when it is asked to: how the question was read, what each score is a sum of, what was cut. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from everkin.mind.memory import Recollection
from everkin.mind.ports.memories import Gathered
from everkin.mind.question import Question
from everkin.mind.ranking import WEIGHTS, Ranked

CUT_MAX: Final = 50
"""How many of those that were ranked and are not handed back are named, the best first; all are counted."""


def explained(
    asked: Question,
    gathered: Gathered,
    ranked: Ranked,
    told: Sequence[Recollection],
    off: frozenset[str],
    degraded: Sequence[str],
    limit: int,
) -> dict[str, Any]:
    """Ids and numbers, never words. A score is the sum of `weights` times the recollection's features, but for what took
    the place of something older: that is worth as much as the older one.
    """
    return {
        "kind": asked.kind.value,
        "about": asked.about,
        "spans": list(asked.spans),
        "parts": len(asked.parts),
        "terms": len(asked.terms),
        "terms_known": len(gathered.evidence.postings),
        "rows": len(gathered.matter),
        "weights": {name: 0.0 if name in off else weight for name, weight in WEIGHTS.items()},
        "signals": {name: round(float(value), 4) for name, value in ranked.signals.items()},
        "degraded": list(degraded),
        "cut": _cut(gathered, ranked, told, limit),
    }


def _cut(gathered: Gathered, ranked: Ranked, told: Sequence[Recollection], limit: int) -> dict[str, Any]:
    """What was ranked and is not among the recollections: for want of room, or because another one says it or nobody asked."""
    kept = {each.memory.id for each in told}
    ids = gathered.memories(ranked.rows)
    scored = [(str(id), round(float(score), 4)) for id, score in zip(ids, ranked.scores, strict=True)]
    passed = [pair for id, pair in zip(ids[:limit], scored, strict=False) if id not in kept]
    beyond = [pair for id, pair in zip(ids[limit:], scored[limit:], strict=True) if id not in kept]
    return {
        "beyond_limit": [{"memory": id, "score": score} for id, score in beyond[:CUT_MAX]],
        "passed_over": [{"memory": id, "score": score} for id, score in passed[:CUT_MAX]],
        "unranked": len(gathered.matter.layout.starts) - len(ids),
    }
