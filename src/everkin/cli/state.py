"""`everkin state`, `arcs`, `summary`, `weeks`, `events`, `topics`: how things stand, what changed, and how it has gone."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from everkin.api.answers import ArcTold, LifeEventTold, SentenceTold, StateTold, ThemeTold, TopicTold, WeekTold
from everkin.app import Bond
from everkin.app.state import State
from everkin.cli import picture
from everkin.cli.asking import moment
from everkin.cli.opening import AtOption, JsonOption, Pair, of_pair
from everkin.cli.terminal import as_json, aside, day, out, rows, told
from everkin.mind import anniversary, thread
from everkin.mind.arc import Arc
from everkin.mind.identity import MemoryId
from everkin.mind.ports.arcs import Theme
from everkin.mind.topics import Topic

FELT = 0.15
"""What is fainter is not listed."""
PlotOption = Annotated[Path | None, typer.Option("--plot", help="Draw the last year into this file, .png or .svg.")]


@of_pair
def state(
    pair: Pair,
    at: AtOption = None,
    plot: PlotOption = None,
    days: Annotated[int, typer.Option(min=7, max=3660, help="How many days to draw.")] = 365,
    json: JsonOption = False,
) -> None:
    """How things stand between the two; with --plot, a year of it in one picture."""
    when = moment(at)
    if plot is not None:
        picture.require(plot)

    async def work(bond: Bond) -> picture.Year | None:
        until, found = when or bond.house.now(), await bond.state(at=when)
        if json:
            as_json(told(StateTold, found))
        else:
            _show(bond, found, until)
        return await picture.gathered(bond, until=until, span=timedelta(days=days)) if plot else None

    year = pair.ask(work)
    if plot and year:
        picture.draw(year, plot)
        aside.print(f"Drawn: {plot}", markup=False)


@of_pair
def arcs(pair: Pair, at: AtOption = None, json: JsonOption = False) -> None:
    """What has been different for weeks, over or not, and what the user comes back to."""
    when = moment(at)

    async def work(bond: Bond) -> tuple[list[Arc], list[Theme]]:
        return await bond.arcs(at=when), await bond.themes(at=when)

    found, themes = pair.ask(work)
    if json:
        as_json({"arcs": [told(ArcTold, arc) for arc in found], "themes": [told(ThemeTold, one) for one in themes]})
        return
    for arc in found:
        out.print(Text(arc.text))
    for theme in themes:
        out.print(Text(f"{theme.word}: in {theme.sessions} sessions, last on {day(theme.last_at)}"))


@of_pair
def summary(pair: Pair, at: AtOption = None, json: JsonOption = False) -> None:
    """Who the user is and how it has gone, made anew, each sentence with its messages. Put one right with `memories edit`."""
    when = moment(at)
    sentences = pair.ask(lambda bond: bond.summary(at=when))
    if json:
        as_json([told(SentenceTold, sentence) for sentence in sentences])
        return
    for sentence in sentences:
        out.print(Text.assemble(sentence.text, (f"  [{', '.join(sentence.message_ids)}]", "dim")))


@of_pair
def weeks(
    pair: Pair,
    about: Annotated[str | None, typer.Option("--about", help="Weeks that were about this, most of it first.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many weeks at most.")] = 4,
    json: JsonOption = False,
) -> None:
    """Week by week, the latest first, each in the few messages that tell most of it."""
    found = pair.ask(lambda bond: bond.weeks(about=about, limit=limit))
    if json:
        as_json([told(WeekTold, week) for week in found])
        return
    if not found:
        aside.print("No week yet: `serve` and `work` tell those that are over and had twenty messages or more.")
    for week in found:
        out.print(Text.assemble((f"Week of {day(week.start)}", "bold"), f", {week.messages} messages"))
        for date, said in week.days.items():
            for memory in said:
                out.print(Text.assemble((f"  {date:%a} ", "dim"), memory.text))


@of_pair
def events(
    pair: Pair,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most, the last ones.")] = 100,
    json: JsonOption = False,
) -> None:
    """The days a life is told by, in order: births, weddings, moves, losses. `memories why ID` says what one is known from."""
    found = pair.ask(lambda bond: bond.life_events(limit=limit))
    if json:
        as_json([told(LifeEventTold, event) for event in found])
        return
    table = rows()
    for event in found:
        when = day(event.when) if event.start else f"by {day(event.when)}"
        table.add_row(
            when, event.milestone.value, Text(event.who), Text(event.text), Text(str(event.memory), style="dim")
        )
    out.print(table)


@of_pair
def topics(
    pair: Pair,
    of: Annotated[
        UUID | None, typer.Option("--of", help="The messages of the topic that this memory belongs to.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many topics, or messages of one, at most.")] = 12,
    json: JsonOption = False,
) -> None:
    """What the two talk about, the most first; --of one of them: its messages, the newest first."""
    found = pair.ask(
        lambda bond: bond.topics(limit=limit) if of is None else _one(bond.topic(MemoryId(of), limit=limit))
    )
    if json:
        as_json([told(TopicTold, topic) for topic in found])
        return
    if not found:
        aside.print("No topic yet: too little was said.")
    for topic in found:
        when = f", {topic.messages} messages, {day(topic.first_at)} to {day(topic.last_at)}"
        out.print(Text.assemble((", ".join(topic.words), "bold"), when, (f"  {topic.id}", "dim")))
        for memory in topic.memories if of else ():
            out.print(Text.assemble((f"  {day(memory.at)} ", "dim"), memory.text))


async def _one(topic: Awaitable[Topic]) -> list[Topic]:
    return [await topic]


def _show(bond: Bond, found: State, at: datetime) -> None:
    table = rows()
    table.add_row("persona", " ".join(found.persona))
    for who, felt in (("the user seems", found.emotion), (f"{bond.persona.name} feels", found.companion_emotion)):
        strongest = sorted(felt.items(), key=lambda one: -abs(one[1]))
        table.add_row(
            who, ", ".join(f"{axis} {value:+.2f}" for axis, value in strongest if abs(value) >= FELT) or "even"
        )
    for marker in found.markers:
        table.add_row("marker", f"{marker.kind.name.lower()}, until {day(marker.expires)}")
    for arc in found.arcs:
        table.add_row("arc", Text(arc.text))
    for one in found.open_threads:
        table.add_row("ahead", Text(thread.worded(one, at, bond.zone)))
    for coming in found.anniversaries:
        table.add_row("day", Text(anniversary.worded(coming)))
    for disclosure in found.disclosures:
        table.add_row("disclosure", f"{disclosure.category.name.lower()}, {disclosure.state.name.lower()}")
    out.print(table)
