"""A year of a bond in one picture: how both felt, what stayed with the user, arcs, and which persona spoke."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from everkin.app import Bond
from everkin.errors import ConfigError, InvalidInput
from everkin.mind.arc import Arc, Axis
from everkin.mind.marker import Marker, MarkerKind, markers

FORMATS: Final = (".png", ".svg")
SMOOTHED_DAYS: Final = 7
SESSIONS_DRAWN: Final = 1000
_BANDS: Final = {
    MarkerKind.GRIEF: "#6b7280",
    MarkerKind.CELEBRATION: "#d4a017",
    MarkerKind.ANTICIPATION: "#3b82a0",
    MarkerKind.ILLNESS: "#b0563f",
    MarkerKind.QUARREL: "#8b3a62",
}
_ARCS: Final = {Axis.MOOD: "#4b5fa8", Axis.FOCUS: "#5b8c5a", Axis.RHYTHM: "#a8884b", Axis.LENGTH: "#8a6fa8"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Year:
    """What is drawn: a point a day for each of the two (valence, -1 .. 1), and what lay over them."""

    title: str
    days: Sequence[datetime]
    user: Sequence[float] = field(repr=False)
    companion: Sequence[float] = field(repr=False)
    markers: Sequence[tuple[MarkerKind, datetime, datetime]]
    arcs: Sequence[Arc]
    versions: Sequence[tuple[datetime, str]]
    zone: ZoneInfo


def require(path: Path) -> None:
    """Before anything is opened: a format that can be drawn, and something to draw with. Raises InvalidInput, ConfigError."""
    if path.suffix.lower() not in FORMATS:
        raise InvalidInput("The picture's name ends neither in .png nor in .svg.", next="Name it year.png or year.svg.")
    if find_spec("matplotlib") is None:
        raise ConfigError(
            "There is nothing to draw with: matplotlib is not installed.", next="Type: pip install 'everkin[plot]'"
        )


async def gathered(bond: Bond, *, until: datetime, span: timedelta) -> Year:
    """Everything of the last `span`; what was erased was never there. About 10 µs a message that was ever said."""
    days = [until - span + timedelta(days=n) for n in range(span.days + 1)]
    moods = await bond.moods(moments=days)
    return Year(
        title=f"{bond.persona.name} and {bond.user}, {days[0]:%B %Y} to {until:%B %Y}",
        days=days,
        user=[user.valence for user, _ in moods],
        companion=[companion.valence for _, companion in moods],
        markers=[*_stretches(await bond.mentions(until=until), days)],
        arcs=[arc for arc in await bond.arcs(at=until, sessions=SESSIONS_DRAWN) if (arc.until or until) >= days[0]],
        versions=[(max(at, days[0]), version) for at, version in await bond.versions(until=until)],
        zone=bond.zone,
    )


def _stretches(mentions: Sequence[Any], days: Sequence[datetime]) -> Iterator[tuple[MarkerKind, datetime, datetime]]:
    """From when to when each kind of marker was there, by the day."""
    active: list[list[Marker]] = [markers(mentions, day) for day in days]
    for kind in MarkerKind:
        present = [any(marker.kind is kind for marker in each) for each in active]
        for there, run in groupby(range(len(days)), key=lambda n: present[n]):
            places = list(run)
            if there:
                yield kind, days[places[0]], days[places[-1]] + timedelta(days=1)


def draw(year: Year, path: Path) -> None:
    """Write the picture. The same year gives the same picture."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    svg = path.suffix.lower() == ".svg"
    with mpl.rc_context({"svg.hashsalt": "everkin", "svg.fonttype": "none", "font.size": 8.5}):
        figure = Figure(figsize=(9.6, 4.8), dpi=90, layout="constrained")
        (FigureCanvasSVG if svg else FigureCanvasAgg)(figure)
        mood, bands = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1.4])
        _draw_moods(mood, year)
        _draw_bands(bands, year)
        figure.savefig(path, metadata={"Date": None} if svg else {"Software": None})


def _draw_moods(axes: Any, year: Year) -> None:
    for values, colour, name in (
        (year.user, "#1f3a5f", "the user seems"),
        (year.companion, "#c2703d", "the companion feels"),
    ):
        axes.plot(year.days, values, color=colour, linewidth=0.4, alpha=0.35)
        axes.plot(year.days, _smooth(values), color=colour, linewidth=1.6, label=name)
    axes.axhline(0, color="#999999", linewidth=0.5)
    for at, version in year.versions:
        axes.axvline(at, color="#888888", linewidth=0.7, linestyle=":")
        axes.annotate(
            version[:8],
            (at, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, -9),
            textcoords="offset points",
            color="#666666",
        )
    axes.set(ylim=(-1.05, 1.05), ylabel="pleasant →", title=year.title)
    axes.legend(loc="lower left", frameon=False, ncols=2)


def _draw_bands(axes: Any, year: Year) -> None:
    rows: list[tuple[str, str, datetime, datetime]] = [
        *((kind.name.lower(), _BANDS[kind], begin, end) for kind, begin, end in year.markers),
        *((_named(arc), _ARCS[arc.axis], arc.since, arc.until or year.days[-1]) for arc in year.arcs),
    ]
    names = list(dict.fromkeys(name for name, *_ in rows))
    for name, colour, begin, end in rows:
        axes.barh(
            names.index(name), end - max(begin, year.days[0]), left=max(begin, year.days[0]), height=0.6, color=colour
        )
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4 if names else 1, -0.6)
    axes.set_xlim(year.days[0], year.days[-1])
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)


def _named(arc: Arc) -> str:
    if arc.upwards is None:
        return f"{arc.axis.value} shifts"
    return f"{arc.axis.value} {'up' if arc.upwards else 'down'}"


def _smooth(values: Sequence[float]) -> list[float]:
    """The mean of a week around each day."""
    half = SMOOTHED_DAYS // 2
    windows = [values[max(0, n - half) : n + half + 1] for n in range(len(values))]
    return [sum(window) / len(window) for window in windows]
