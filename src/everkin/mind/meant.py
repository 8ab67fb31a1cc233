"""Whom a question means: somebody by name or by relation, seen from whoever asks; and who of the people known that can be."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from everkin.mind.entity import EntityRef, Speaker
from everkin.mind.registry import PARTNERS, SEVERAL, plain

Who = TypeVar("Who", bound=Hashable)

MEANT_MAX: Final = 16
"""Of a question that names more people the first so many are looked for."""
VAGUE: Final = 5
"""A name or a relation that can be more people than this means nobody in particular."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """One way in which a question speaks of somebody, as `EntityRef` has it; `name` is in lower case, `owner` None without `kinship`.

    `forms` are the names that such a one may go by besides ("rebecca" for "becky"): they count where nobody here is
    called `name`, and only one person is called so. A `pronoun` ("she", "he") means who was spoken of just before.
    """

    owner: Speaker | None = None
    kinship: str | None = None
    name: str | None = field(default=None, repr=False)
    forms: tuple[str, ...] = field(default=(), repr=False)
    said: str = field(default="", compare=False, repr=False)
    """The words of the question that mean them."""
    pronoun: str | None = None
    never: frozenset[str] = field(default=frozenset(), repr=False)
    """The relations that a pronoun cannot mean."""

    @property
    def found_by(self) -> tuple[str, ...]:
        """The names, and words of names, and relations under which such a one may be kept."""
        named = (self.name, *plain(self.name), *self.forms) if self.name else ()
        return tuple(dict.fromkeys((*named, *(kin for step in _steps(self.kinship) for kin in _wide(step)))))


def resolved(
    people: Sequence[Meant], known: Sequence[tuple[EntityRef, Who]], *, lately: Sequence[tuple[EntityRef, Who]] = ()
) -> dict[Meant, frozenset[Who]]:
    """Who each of these is, as far as they are known; a pronoun only where nobody is spoken of otherwise.

    `known` is each way to refer with the person it leads to, `lately` those of whoever was spoken of just before.
    """
    found = {one: who for one in people if one.pronoun is None and (who := fitting(one, known))}
    return found or {one: who for one in people if one.pronoun and (who := _just_spoken_of(one, lately))}


def fitting(meant: Meant, known: Sequence[tuple[EntityRef, Who]]) -> frozenset[Who]:
    """Whoever of `known`, each way to refer with the person it leads to, can be meant; nobody where that is too vague."""
    for found in _tried(meant, known):
        if found:
            return found if len(found) <= VAGUE else frozenset()
    return frozenset()


def _just_spoken_of(meant: Meant, lately: Sequence[tuple[EntityRef, Who]]) -> frozenset[Who]:
    """The one whom a pronoun can mean, if there is just one."""
    others = {who for ref, who in lately if ref.kinship and ref.kinship.rsplit("'s ", 1)[-1] in meant.never}
    fit = frozenset(who for _, who in lately) - others
    return fit if len(fit) == 1 else frozenset()


def _tried(meant: Meant, known: Sequence[tuple[EntityRef, Who]]) -> Iterable[frozenset[Who]]:
    """The surest way to find them first: `fitting` takes the first that finds anybody."""
    if meant.kinship:
        for path in _steps(meant.kinship):
            yield _related(meant, path, known)
    elif meant.name:
        yield _named(meant.name, known)
        yield _named(plain(meant.name)[0], known, beside=meant.name)
        others = frozenset().union(*(_named(form, known) for form in meant.forms))
        yield others if len(others) == 1 else frozenset()


def _related(meant: Meant, path: str, known: Sequence[tuple[EntityRef, Who]]) -> frozenset[Who]:
    """Those of this relation to the owner: under that name, if one is said, or under none."""
    kin = _wide(path)
    own = [(ref, who) for ref, who in known if ref.owner == meant.owner and ref.kinship in kin]
    if meant.name:
        others = {who for ref, who in known if ref.kinship and (ref.owner, ref.kinship) != (meant.owner, path)}
        bare = _named(meant.name, [(ref, who) for ref, who in known if not ref.kinship]) - others
        return bare | {who for ref, who in own if ref.name is None or _agree(ref.name, meant.name)}
    unnamed = frozenset(who for ref, who in own if ref.name is None)
    return unnamed if path in SEVERAL and unnamed else frozenset(who for _, who in own)


def _named(name: str, known: Sequence[tuple[EntityRef, Who]], *, beside: str | None = None) -> frozenset[Who]:
    """Those whose name this is, or a word of it; with `beside` a fuller name that nobody here contradicts."""
    words = set(plain(beside)) if beside else set()
    bearers = {who for ref, who in known if ref.name and name in ((low := ref.name.casefold()), *plain(low))}
    otherwise = {
        who
        for ref, who in known
        if words and ref.name and len(plain(ref.name)) > 1 and not words <= set(plain(ref.name))
    }
    return frozenset(bearers - otherwise)


def _agree(left: str, right: str) -> bool:
    """Whether one is the other, or more of it: "Anna" and "Anna Berg"."""
    ours, theirs = set(plain(left)), set(plain(right))
    return ours <= theirs or theirs <= ours


def _steps(kinship: str | None) -> list[str]:
    """A path, then what it starts from: "sister's husband", "sister"."""
    steps = (kinship or "").split("'s ")
    return ["'s ".join(steps[:end]) for end in range(len(steps), 0, -1)] if kinship else []


def _wide(kinship: str) -> tuple[str, ...]:
    """A relation with those that it takes in: "parents" are a mother and a father."""
    return (kinship, *_TAKES_IN.get(kinship, ()))


_TAKES_IN: Final = {
    "parents": ("mother", "father"),
    "siblings": ("sister", "brother"),
    "children": ("son", "daughter", "twins"),
    "grandparents": ("grandmother", "grandfather"),
    "grandchildren": ("grandson", "granddaughter"),
    "partner": tuple(sorted(PARTNERS - {"partner"})),
}
