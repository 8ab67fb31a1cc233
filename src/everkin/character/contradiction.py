"""Where a document says two things that cannot both be: its style, its exemplars or its own core against its core."""

import re
from collections.abc import Iterator
from typing import Final

from everkin.character.tree import Path, Tree
from everkin.mind.flaw import Flaw
from everkin.mind.manner import emoji_in
from everkin.mind.persona import Document

_NEGATION: Final = re.compile(
    r"(?i)\b(?:never|not|no|don't|doesn't|won't|must ?n[o']t|cannot|can't|without|avoid)\b|n't\b"
)
_FORBIDS: Final = re.compile(
    r"(?i)\s*(?:(?:and|you|she|he|they|please)\s+){0,2}(?:never|do not|don't|does not|doesn't|no|avoid|must not|will not|won't)\b"
)
_SENTENCE: Final = re.compile(r"[.;:!?\n]+")
_WORD: Final = re.compile(r"[a-z']+")
_EMPTY_WORDS: Final = (
    "a an and the to of or it its is are be been am was do does you your she he they her his their them i my me "
    "any always never not no don't doesn't won't only ever very at in on for with that this as by from must "
    "should will may can cannot can't mustn't without avoid say says claim anybody everybody somebody anyone "
    "everyone people who "
)
_EMPTY: Final = frozenset(_EMPTY_WORDS.split())
_HUMAN: Final = re.compile(
    r"(?i)\b(?:i am|i'm|you are|you're|she is|he is|as) (?:\w+, )?(?:a |an |only |just )?(?:real |actual |living |human )*"
    r"(?:human(?: being)?|(?:real|actual|living) (?:person|woman|man|girl|boy))\b|\bi(?:'m| am) not an? (?:ai|bot|machine)\b"
)
_NO_HUMAN: Final = re.compile(r"(?i)\b(?:claim|pretend|say|deny)\w*\b.*\b(?:human|(?:real )?person|an ai|a machine)\b")
_SHARE: Final = 0.8
"""Of a forbidden thing's words, how many an affirmation has to hold to be the same thing."""

_TOPICS: Final = {
    "emoji": re.compile(r"(?i)\bemojis?\b|\bemoticons?\b"),
    "questions": re.compile(r"(?i)^(?:to )?(?:ask(?:ing)? )?(?:any )?questions?$"),
}
"""Dials that a core or `avoid` can forbid outright."""


def contradictions(document: Document, tree: Tree) -> list[Flaw]:
    """One flaw for each place that goes against the core. Rules, no model: it finds the plain cases, and says which line."""
    return [*_claims(document, tree), *_dials(document, tree), *_sentences(document, tree)]


def _forbidden(document: Document) -> Iterator[str]:
    """What the core forbids, each without its negation."""
    for line in (*document.core.boundaries, *document.core.values):
        for sentence in _SENTENCE.split(line):
            if found := _FORBIDS.match(sentence):
                yield sentence[found.end() :].strip()


def _claims(document: Document, tree: Tree) -> Iterator[Flaw]:
    """A core that forbids to pass for a human, and words that do."""
    if not any(_NO_HUMAN.search(thing) for thing in _forbidden(document)):
        return
    for path, words in _spoken(document):
        if any(_HUMAN.search(part) and not _NEGATION.search(part) for part in _SENTENCE.split(words)) or (
            "not an ai" in words.lower()
        ):
            yield _flaw(tree, path, "This passes for human, which a boundary forbids.")


def _dials(document: Document, tree: Tree) -> Iterator[Flaw]:
    forbidden = [*_forbidden(document)]
    forbidden += [
        part.strip() for title, words in document.style.lines if title == "avoid" for part in words.split(",")
    ]
    for name, topic in _TOPICS.items():
        if not any(topic.search(thing) and len(_WORD.findall(thing.lower())) <= 4 for thing in forbidden):
            continue
        dial = document.style.dials.get(name)
        if dial and dial.high > 0:
            yield _flaw(tree, ("style", name), f"The document forbids {name} elsewhere, and this dial lets them in.")
        if name == "emoji":
            for path, words in _spoken(document):
                if path[0] != "identity" and emoji_in(words):
                    yield _flaw(tree, path, "There are emoji here, which the document forbids elsewhere.")


def _sentences(document: Document, tree: Tree) -> Iterator[Flaw]:
    """The same thing forbidden in the core and told to be done elsewhere."""
    forbidden = [words for thing in _forbidden(document) if (words := _content(thing))]
    for path, line in _told(document):
        for sentence in _SENTENCE.split(line):
            told = _content(sentence)
            if told and not _NEGATION.search(sentence) and any(_covers(told, thing) for thing in forbidden):
                yield _flaw(tree, path, "This tells to do what the core forbids.")
                break


def _covers(told: frozenset[str], thing: frozenset[str]) -> bool:
    return len(told & thing) >= _SHARE * len(thing) and len(told & thing) >= 0.5 * len(told)


def _told(document: Document) -> Iterator[tuple[Path, str]]:
    """Every line that tells what to do."""
    yield ("identity",), document.core.identity
    for at, line in enumerate(document.core.values):
        yield ("values", at), line
    for at, line in enumerate(document.core.boundaries):
        yield ("boundaries", at), line
    for title, words in document.style.lines:
        if title != "avoid":
            yield ("style", title), words
    for at, quirk in enumerate(document.style.quirks):
        yield ("style", "quirks", at), quirk.does


def _spoken(document: Document) -> Iterator[tuple[Path, str]]:
    """What the companion is, or is shown to say."""
    yield ("identity",), document.core.identity
    yield ("gap",), document.gap
    for at, exemplar in enumerate(document.exemplars):
        yield ("exemplars", at), exemplar.reply


def _content(sentence: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in _WORD.findall(sentence.lower()) if word not in _EMPTY)


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word.removesuffix("e")


def _flaw(tree: Tree, path: Path, what: str) -> Flaw:
    next = "Change this, or the boundary: the core cannot hold both."
    return Flaw(line=tree.line(path), rule="contradiction", what=what, next=next)
