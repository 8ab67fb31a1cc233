"""Scenarios: what has to be true of a persona, as YAML that runs. Reading them and judging what was seen; no running here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from everkin.character.tree import Flawed, Tree, grown
from everkin.errors import InvalidInput
from everkin.mind.context import Estimate
from everkin.mind.emotion import NAMES
from everkin.mind.manner import emoji_in, manner
from everkin.mind.marker import MarkerKind
from everkin.mind.persona import Persona

SCENARIOS_MAX: Final = 200
TURNS_MAX: Final = 5000


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _axis(value: Any) -> str:
    if value not in NAMES:
        raise ValueError("there is no such axis")
    return str(value)


Moment = Annotated[datetime, BeforeValidator(_moment)]
Axis = Annotated[str, BeforeValidator(_axis)]
Word = Annotated[str, BeforeValidator(str)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Range(_Part):
    """Both ends count."""

    min: float = float("-inf")
    max: float = float("inf")


class Words(_Part):
    """What has to stand in a text, and what must not; upper and lower case are the same."""

    contains: list[Word] = []
    lacks: list[Word] = []


class PromptExpected(Words):
    """Of the compiled prompt."""

    tokens: Range = Range()


class Turn(_Part):
    """One thing that was said in the scripted life, by either."""

    at: Moment
    user: Word | None = None
    companion: Word | None = None


class Asked(_Part):
    """A question at the end of the life, for what a context would hold."""

    at: Moment
    question: Word
    tokens: Annotated[int, Field(ge=200, le=100_000)] = 4000


class Expected(_Part):
    """How things stand after the life. `recalls` are words that the context of the question holds."""

    at: Moment | None = None
    recalls: list[Word] = []
    lacks: list[Word] = []
    verdict: Literal["found", "weak", "nothing"] | None = None
    emotion: dict[Axis, Range] = {}
    companion_emotion: dict[Axis, Range] = {}
    markers: list[Literal["grief", "celebration", "anticipation", "illness", "quarrel"]] = []
    disclosures: Range = Range()


class ReplyExpected(_Part):
    """Of a language model's reply, where there is one. `strangeness` is 0 (its own voice) .. 1 (somebody else's)."""

    to: Word
    at: Moment | None = None
    times: Annotated[int, Field(ge=1, le=20)] = 1
    words: Range = Range()
    emoji: Range = Range()
    contains: list[Word] = []
    never: list[Word] = []
    strangeness: Range = Range()


class Scenario(_Part):
    """One story and what has to come of it."""

    name: Word
    prompt: PromptExpected | None = None
    life: Annotated[list[Turn], Field(max_length=TURNS_MAX)] = []
    ask: Asked | None = None
    expect: Expected | None = None
    reply: ReplyExpected | None = None


class Suite(_Part):
    """A scenario file: of which persona (a path beside the file), and what."""

    persona: Word
    scenarios: Annotated[list[Scenario], Field(min_length=1, max_length=SCENARIOS_MAX)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a run showed: the context of the question, its verdict, and how both felt, by axis."""

    context: str = field(default="", repr=False)
    verdict: str = ""
    emotion: Mapping[str, float] = field(default_factory=dict)
    companion_emotion: Mapping[str, float] = field(default_factory=dict)
    markers: frozenset[str] = frozenset()
    disclosures: int = 0


def read(path: Path) -> Suite:
    """A scenario file. Raises InvalidInput, with every line that is wrong."""
    try:
        tree = grown(path.read_text(encoding="utf-8"))
        return Suite.model_validate(tree.value)
    except Flawed as flawed:
        raise _refused(path, [str(flawed.flaw)]) from None
    except ValidationError as error:
        raise _refused(path, _told(error, tree)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(path, [f"It cannot be read: {type(error).__name__}."]) from None


def of_prompt(expected: PromptExpected, persona: Persona, estimate: Estimate) -> list[str]:
    """What is not as expected of the compiled prompt."""
    return [
        *_words("the prompt", persona.prompt, expected.contains, expected.lacks),
        *_within("tokens of the prompt", estimate(persona.prompt), expected.tokens),
    ]


def of_state(expected: Expected, seen: Seen) -> list[str]:
    """What is not as expected after the life."""
    failures = _words("the context", seen.context, expected.recalls, expected.lacks)
    if expected.verdict not in (None, seen.verdict):
        failures.append(f"the verdict is {seen.verdict or 'none'}, not {expected.verdict}")
    for who, wanted, found in (
        ("the user's", expected.emotion, seen.emotion),
        ("the companion's", expected.companion_emotion, seen.companion_emotion),
    ):
        for axis, bounds in wanted.items():
            failures += _within(f"{who} {axis}", found.get(axis, 0.0), bounds)
    failures += [f"there is no marker of {name}" for name in expected.markers if name not in seen.markers]
    return [*failures, *_within("the number of disclosures", seen.disclosures, expected.disclosures)]


def of_reply(expected: ReplyExpected, text: str, strange: float | None) -> list[str]:
    """What is not as expected of one reply; `strange` is None where the persona has too few exemplars to tell."""
    failures = _words("the reply", text, expected.contains, expected.never)
    failures += _within("words of the reply", manner(text).words, expected.words)
    failures += _within("emoji of the reply", emoji_in(text), expected.emoji)
    if strange is not None:
        failures += _within("strangeness of the reply", strange, expected.strangeness)
    return failures


def marker_names(kinds: Iterator[MarkerKind]) -> frozenset[str]:
    return frozenset(kind.name.lower() for kind in kinds)


def _words(where: str, text: str, wanted: list[str], unwanted: list[str]) -> list[str]:
    lowered = " ".join(text.lower().split())
    missing = [f'{where} lacks "{one}"' for one in wanted if " ".join(one.lower().split()) not in lowered]
    return missing + [f'{where} holds "{one}"' for one in unwanted if " ".join(one.lower().split()) in lowered]


def _within(what: str, value: float, bounds: Range) -> list[str]:
    if bounds.min <= value <= bounds.max:
        return []
    return [f"{what}: {value:.3g} is not in {bounds.min:g} .. {bounds.max:g}"]


def _told(error: ValidationError, tree: Tree) -> list[str]:
    return [
        f"line {tree.line(tuple(part for part in one['loc']))}: {'.'.join(str(part) for part in one['loc'])}: {one['msg']}."
        for one in error.errors(include_input=False, include_url=False)
    ]


def _refused(path: Path, flaws: list[str]) -> InvalidInput:
    more = f" And {len(flaws) - 5} more." if len(flaws) > 5 else ""
    return InvalidInput(
        f"{path} is no scenario file: {' '.join(flaws[:5])}{more}",
        kept="Nothing was run.",
        next="docs/personas.md shows how scenarios are written.",
    )
