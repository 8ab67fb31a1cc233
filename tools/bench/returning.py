"""Salience as a predictor: which of the words that somebody has said come back in their next session?

    EVERKIN_EVAL=folder python tools/bench/returning.py

For every session of LoCoMo's development part but the first: each index term of earlier sessions has the trace of the
sessions it was said in; its salience when the session begins is held against whether it is said again. Nothing is fitted.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from statistics import fmean

import numpy as np
from report import Table, write

from everkin.bench import Conversation, load
from everkin.language.terms import Terms
from everkin.mind.salience import Kind, Trace, born, mentioned, salience

HOTTEST = 0.2
SessionOf = tuple[datetime, list[str]]
Score = Callable[[Trace, datetime], float]


def sessions(conversation: Conversation, lexicon: Terms) -> list[SessionOf]:
    """When each session begins, and its terms."""
    found: dict[str, SessionOf] = {}
    for message in conversation.messages:
        assert message.at is not None
        key = conversation.sessions[message.id or ""]
        _, terms = found.setdefault(key, (message.at, []))
        terms.extend(lexicon.stems(message.content))
    return sorted(found.values(), key=lambda each: each[0])


def returns(talk: list[SessionOf]) -> Iterator[tuple[datetime, dict[str, Trace], set[str]]]:
    """For each session after the first: when it begins, the traces of all that was said before, and what is said in it."""
    traces: dict[str, Trace] = {}
    for began, terms in talk:
        said = set(terms)
        if traces:
            yield began, dict(traces), said
        for term in said:
            traces[term] = mentioned(traces[term], began, session_began=began) if term in traces else born(began)


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """How often what returns is above what does not; ties count half."""
    order = scores.argsort(kind="stable")
    ranks = np.empty(len(scores))
    _, first, counts = np.unique(scores[order], return_index=True, return_counts=True)
    ranks[order] = np.repeat(first + (counts - 1) / 2, counts)
    positive = labels.sum()
    return float((ranks[labels].sum() - positive * (positive - 1) / 2) / (positive * (len(labels) - positive)))


SCORES: dict[str, Score] = {
    "salience (ACT-R, d = 0.3)": lambda trace, now: (
        salience(trace, kind=Kind.SMALL_TALK, importance=0.5, now=now).value
    ),
    "sessions it was said in": lambda trace, now: trace.mentions.count,
    "recency alone": lambda trace, now: trace.mentions.latest[0].timestamp(),
}


def main() -> None:
    folder = Path(
        os.environ.get("EVERKIN_EVAL") or sys.exit("Set EVERKIN_EVAL to the folder with the conversation sets.")
    )
    lexicon = Terms()
    areas: dict[str, list[float]] = defaultdict(list)
    shares: dict[str, list[float]] = defaultdict(list)
    for conversation in load(folder / "locomo.jsonl.gz"):
        for began, traces, said in returns(sessions(conversation, lexicon)):
            labels = np.array([term in said for term in traces])
            if labels.all() or not labels.any():
                continue
            for name, score in SCORES.items():
                scores = np.array([score(trace, began) for trace in traces.values()])
                areas[name].append(auc(scores, labels))
                hottest = np.argsort(-scores, kind="stable")[: int(HOTTEST * len(scores))]
                shares[name].append(float(labels[hottest].sum() / labels.sum()))
    rows = [(name, f"{fmean(areas[name]):.3f}", f"{100 * fmean(shares[name]):.1f} %") for name in SCORES]
    rows.append(("goal", ">= 0.64, stretch 0.66", ">= 38 %"))
    note = f"Means over {len(areas[next(iter(SCORES))])} sessions of LoCoMo's development part."
    head = ("score", "AUC within a session", "held by the hottest 20 %")
    write(
        "returning",
        "Salience as a predictor",
        "python tools/bench/returning.py",
        Table(head=head, rows=rows, note=note),
    )


if __name__ == "__main__":
    main()
