"""Whether arcs are there when they are told of, when they began, and whether what is said to be ahead really is.

    EVERKIN_EVAL=folder nice python tools/bench/arcs.py
    python tools/bench/arcs.py --limits

Real sessions (`locomo.jsonl.gz`, both speakers, and a fifth of `longmemeval_s.jsonl.gz`, the user) are read as Everkin
reads them and shuffled within their bond: so a year of them holds no arc, and every flag is a false alarm. Into 30 such
sessions a step or a slope of two of the bond's own standard deviations is put. Threads are held against labels made by
hand for this (`labels/threads.jsonl`: ids, how much of the message was read, and a 1 where something is ahead; the even
lines served to write the rules, the odd ones to test them). `--limits` makes the table in `mind/trend.py`.
"""

import argparse
import asyncio
import gzip
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from report import Table, write

from everkin.absorb import themes
from everkin.absorb.threads import plans
from everkin.language import dates
from everkin.language.embedder import LocalEmbedder
from everkin.language.emotion import emotion_reader
from everkin.mind.arc import FALSE_ALARMS_A_YEAR, FOCUS_EVERY, Arc, Axis, Session, along, arcs, focus
from everkin.mind.emotion import impulse, tone
from everkin.mind.trend import deviations, flags

LABELS = Path(__file__).parent / "labels" / "threads.jsonl"
RATES = (52, 104, 365)
"""Sessions a year: Sundays, twice a week, daily."""
YEARS = 240
FOCUS_YEARS = 40
RUNS = 400
LONG = 30
LETTERS = 400
START = datetime(2026, 1, 1, tzinfo=UTC)


def conversations(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


async def bonds(folder: Path) -> list[list[Session]]:
    """Each person's sessions, in order, with the numbers that Everkin would keep of them."""
    embedder, reader, found = LocalEmbedder(), emotion_reader(), []
    await embedder.warm()
    try:
        for name, every, roles in (("locomo", 1, ("user", "assistant")), ("longmemeval_s", 5, ("user",))):
            for n, one in enumerate(conversations(folder, name)):
                if n % every == 0:
                    found += [await sessions(embedder, reader, one["messages"], role) for role in roles]
    finally:
        await embedder.close()
    return found


async def sessions(embedder: LocalEmbedder, reader: Any, messages: Sequence[Any], role: str) -> list[Session]:
    of: dict[str, list[tuple[float, int, list[str]]]] = defaultdict(list)
    said = [message for message in messages if message["role"] == role and message["text"].strip()]
    for first in range(0, len(said), 64):
        part = said[first : first + 64]
        texts = [message["text"][:LETTERS] for message in part]
        for message, reading in zip(part, reader.read(texts, await embedder.embed(texts)), strict=True):
            felt = tone(impulse(reading, by_user=True))
            of[message["session"]].append((felt, len(message["text"]), themes(message["text"])))
    return [numbers(lines) for lines in of.values()]


def numbers(lines: Sequence[tuple[float, int, list[str]]]) -> Session:
    return Session(
        began=START,
        ended=START,
        messages=len(lines),
        letters=sum(letters for _, letters, _ in lines),
        tone=float(np.mean([felt for felt, _, _ in lines])),
        themes=frozenset(hash(theme) for _, _, spoken in lines for theme in spoken),
    )


def shuffled(bond: Sequence[Session], n: int, rate: float, rng: np.random.Generator) -> list[Session]:
    """`n` sessions of one bond in no order of their own, at a pace of `rate` a year with gaps that vary by half."""
    order: list[int] = []
    while len(order) < n:
        order += rng.permutation(len(bond)).tolist()
    days = np.cumsum(365.25 / rate * rng.lognormal(-0.125, 0.5, n))
    begun = [START + timedelta(days=float(day)) for day in days]
    return [
        replace(bond[place], began=at, ended=at + timedelta(minutes=20))
        for place, at in zip(order[:n], begun, strict=True)
    ]


def false_alarms(found: Sequence[list[Session]], rate: int, rng: np.random.Generator) -> dict[Axis, float]:
    """A user-year, by axis; the ten sessions that make the first baseline come before the year."""
    counted: dict[Axis, list[int]] = {axis: [] for axis in Axis}
    for n in range(YEARS):
        year = shuffled(found[rng.integers(len(found))], rate + 10, rate, rng)
        told = [arc for arc in arcs(year, rng=rng) if arc.axis is not Axis.FOCUS]
        for axis in (Axis.MOOD, Axis.RHYTHM, Axis.LENGTH):
            counted[axis].append(sum(arc.axis is axis for arc in told))
        if n < FOCUS_YEARS:
            counted[Axis.FOCUS].append(shifts(year, rate, rng))
    return {axis: float(np.mean(each)) for axis, each in counted.items()}


def shifts(year: Sequence[Session], rate: int, rng: np.random.Generator) -> int:
    """How often focus is said to have shifted: looks one after the other that agree are one alarm."""
    looks = [bool(focus(year[:seen], rate, rng)) for seen in range(FOCUS_EVERY, len(year) + 1, FOCUS_EVERY)]
    return sum(now and not before for before, now in zip([False, *looks], looks, strict=False))


def persistent(rate: int, rng: np.random.Generator) -> float:
    """False alarms of mood in a year whose sessions resemble the ones before (AR(1) 0.4, normal)."""
    counted = []
    for _ in range(YEARS):
        noise = rng.normal(size=rate + 10)
        for n in range(1, len(noise)):
            noise[n] = 0.4 * noise[n - 1] + np.sqrt(1 - 0.16) * noise[n]
        year = shuffled([numbers([(0.0, 1, [])])], rate + 10, rate, rng)
        counted.append(len(along(Axis.MOOD, year, (0.18 * noise).tolist(), rate)))
    return float(np.mean(counted))


def power(found: Sequence[list[Session]], rate: int, kind: str, rng: np.random.Generator) -> tuple[float, float, float]:
    """Share noticed by the 30th session, and the median error of the date in sessions: when first told, and at the end."""
    errors: list[tuple[int, int]] = []
    for _ in range(RUNS):
        bond = found[rng.integers(len(found))]
        series = shuffled(bond, LONG, rate, rng)
        spread = float(np.std([session.tone for session in bond], ddof=1))
        begins = int(rng.integers(10, 19)) if kind == "step" else 10
        shape = np.arange(LONG) >= begins if kind == "step" else np.clip((np.arange(LONG) - begins + 1) / 20, 0, 1)
        up = bool(rng.integers(2))
        tones = np.array([session.tone for session in series]) + (2 if up else -2) * spread * shape
        if noticed := first(series, tones, rate, begins, up):
            early, late = noticed
            errors.append((abs(place(series, early) - begins), abs(place(series, late) - begins)))
    early_error, late_error = np.median(np.array(errors), axis=0)
    return len(errors) / RUNS, float(early_error), float(late_error)


def first(series: Sequence[Session], tones: Any, rate: int, begins: int, up: bool) -> tuple[Arc, Arc] | None:
    """The arc as it was first told and as it was told last."""
    told = [arc for arc in along(Axis.MOOD, series, tones.tolist(), rate) if arc.upwards is up]
    late = next((arc for arc in told if arc.noticed >= series[begins].ended), None)
    if late is None:
        return None
    seen = next(n for n, session in enumerate(series) if session.ended == late.noticed) + 1
    return along(Axis.MOOD, series[:seen], tones[:seen].tolist(), rate)[-1], late


def place(series: Sequence[Session], arc: Arc) -> int:
    return next(n for n, session in enumerate(series) if session.began == arc.since)


def threads(folder: Path) -> list[list[object]]:
    labels = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    wanted = {(each["set"], each["conversation"], each["message"]) for each in labels}
    said = {
        (name, one["id"], message["id"]): message
        for name in sorted({each["set"] for each in labels})
        for one in conversations(folder, name)
        for message in one["messages"]
        if (name, one["id"], message["id"]) in wanted
    }
    judged = [(each, bool(read(said[each["set"], each["conversation"], each["message"]], each))) for each in labels]
    parts = {
        "to write the rules with": [each for each in judged if each[0]["part"] == "tune"],
        "to test them": [each for each in judged if each[0]["part"] == "test"],
        "of the tested: drawn without looking for plans": [
            each for each in judged if each[0]["part"] == "test" and each[0]["drawn"] != "rich"
        ],
    }
    return [scored(name, part) for name, part in parts.items()]


def read(message: Any, label: Any) -> list[Any]:
    at = datetime.fromisoformat(message["at"])
    zone = ZoneInfo("UTC")
    return plans(message["text"][: label["letters"]], at=at, spans=lambda text: dates.find(text, at=at, zone=zone))


def scored(name: str, judged: Sequence[tuple[Any, bool]]) -> list[object]:
    hits = sum(bool(label["open"]) and said for label, said in judged)
    said_open, are_open = sum(said for _, said in judged), sum(label["open"] for label, _ in judged)
    return [
        name,
        len(judged),
        are_open,
        f"{hits}/{said_open} = {hits / said_open:.2f}",
        f"{hits}/{are_open} = {hits / are_open:.2f}",
    ]


def limits(rng: np.random.Generator) -> None:
    """The deviation that a steady normal series exceeds so often a session, with a usual spread that is off by a third."""
    runs, long = 1200, 160
    off = [deviations(rng.normal(size=long), usual_sd=float(np.exp(0.35 * rng.normal()))) for _ in range(runs)]
    tried = np.arange(1.8, 4.6, 0.05)
    share = [sum(len(flags(each, beyond=beyond)) for each in off) / (runs * (long - 10)) for beyond in tried]
    for chance in (0.02, 0.01, 0.005, 0.0025, 0.001, 0.0005, 0.0002):
        beyond = np.interp(np.log(chance), np.log(np.maximum(share, 1e-7))[::-1], tried[::-1])
        print(f"({chance}, {beyond:.2f}),")


async def main(folder: Path) -> None:
    rng = np.random.default_rng(20260601)
    found = await bonds(folder)
    alarms = {rate: false_alarms(found, rate, rng) for rate in RATES}
    quiet = Table(
        head=[
            "sessions a year",
            *(f"{axis.value} ({share})" for axis, share in FALSE_ALARMS_A_YEAR.items()),
            "together",
            "to reach",
        ],
        rows=[
            [
                rate,
                *(f"{alarms[rate][axis]:.2f}" for axis in FALSE_ALARMS_A_YEAR),
                f"**{sum(alarms[rate].values()):.2f}**",
                "at most 1",
            ]
            for rate in RATES
        ],
        note=(
            f"False alarms a user-year: {YEARS} years (focus: {FOCUS_YEARS}) of {len(found)} people's own sessions, shuffled. "
            "In brackets each axis's share. Mood where each session resembles the one before (AR(1) 0.4): "
            + ", ".join(f"{persistent(rate, rng):.2f} at {rate}" for rate in RATES)
            + "."
        ),
    )
    measured = {(rate, kind): power(found, rate, kind, rng) for rate in RATES for kind in ("slope", "step")}
    goals = {"slope": "0.60 (stretch 0.75)", "step": "0.85 (stretch 0.95)"}
    strong = Table(
        head=[
            "sessions a year",
            "put in",
            "noticed",
            "to reach",
            "date off, when first told",
            "date off, at the end",
            "to reach",
        ],
        rows=[
            [rate, f"{kind} of 2 SD", f"{share:.2f}", goals[kind], f"{early:.0f}", f"{late:.0f}", "3 sessions"]
            for (rate, kind), (share, early, late) in measured.items()
        ],
        note=(
            f"Mood, {RUNS} runs each, at those same limits: {LONG} sessions, the slope from the 10th to the 30th, the step "
            "anywhere from the 11th to the 19th, up or down. Dates: median error in sessions."
        ),
    )
    ahead = Table(
        head=["open threads", "messages", "with something ahead", "precision (to reach: 0.8)", "recall"],
        rows=threads(folder),
        note="Labelled by the one who wrote the rules, before they were written.",
    )
    write("arcs", "Arcs", "EVERKIN_EVAL=folder python tools/bench/arcs.py", quiet, strong, ahead)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--limits", action="store_true")
    if options.parse_args().limits:
        limits(np.random.default_rng(3))
        sys.exit()
    where = os.environ.get("EVERKIN_EVAL")
    if not where:
        sys.exit("Set EVERKIN_EVAL to the folder with locomo.jsonl.gz, longmemeval_s.jsonl.gz and beam_100k.jsonl.gz.")
    asyncio.run(main(Path(where)))
