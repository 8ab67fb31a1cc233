"""Adaptation: how far the dials of a style are moved by one person, within what the persona allows. Pure.

Two things move a dial. What the user does: people come to write like those they talk with, so a dial leans towards the
user's own manner, by at most `LEAN`. What the user says: "shorter, please" moves it most of the way to the end of its
range, and the opposite wish back. Nothing is kept but numbers beside each message, so that what is erased has never been
heard, and a reset forgets everything before it. The core is out of reach: an adapted persona is the same prompt with one
more paragraph.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntFlag
from typing import Final

from everkin.mind.cue import Cue
from everkin.mind.manner import Manner
from everkin.mind.persona import DIALS, Dial, Persona, worded

LEAN: Final = 0.4
"""Of the way from the usual to the user's own manner."""
TRUST: Final = 6.0
"""Messages after which half of that is dared."""
FADING: Final = 0.9
"""Weight of a message against the one after it."""
STEP: Final = 0.3
"""What a wish leaves of the way to the end of the range; the next one leaves as much of that."""
NOTICED: Final = 0.1
"""A dial that moved less than this share of its range is not worth a word."""
MESSAGES: Final = 40
"""The user's last so many are looked at."""


class Wish(IntFlag):
    """What somebody asked of the style, in so many words. Stored: add at the end, never renumber."""

    NONE = 0
    SHORTER = 1
    LONGER = 2
    FEWER_EMOJI = 4
    MORE_EMOJI = 8
    MORE_FORMAL = 16
    LESS_FORMAL = 32
    FEWER_QUESTIONS = 64
    MORE_QUESTIONS = 128


_THINGS: Final = r"(?:answers?|repl(?:y|ies)|messages?|texts?|responses?)"
_WISHES: Final[Mapping[Wish, Cue]] = {
    wish: Cue(pattern)
    for wish, pattern in {
        Wish.SHORTER: rf"\b(?:shorter|briefer) {_THINGS}|\b(?:shorter|briefer|less text),? please\b|\bkeep (?:it|your {_THINGS})"
        rf" (?:short|brief|shorter)\b|\byour {_THINGS} (?:are|is) (?:\w+ )?too long|\bbe (?:more )?(?:brief|concise)\b",
        Wish.LONGER: rf"\blonger {_THINGS}|\blonger,? please\b|\bmore detail(?:ed)? {_THINGS}|\byour {_THINGS} (?:are|is) (?:\w+ )?"
        r"too short|\b(?:write|say) more\b.{0,12}\bplease\b|\bdon'?t be so (?:short|brief)\b",
        Wish.FEWER_EMOJI: r"\b(?:no|stop|without|fewer|less|enough|quit|drop|don'?t use)\b[\w ]{0,30}\bemojis?\b",
        Wish.MORE_EMOJI: r"(?<!don't )(?<!dont )(?<!not )\b(?:use|send|add|more)\b (?:\w+ ){0,2}emojis?\b",
        Wish.MORE_FORMAL: r"\b(?:be|write|talk|speak)\b (?:\w+ )?(?:more formal(?:ly)?|less casual(?:ly)?)\b|\bdon'?t be so casual\b",
        Wish.LESS_FORMAL: r"\b(?:be|write|talk|speak)\b (?:\w+ )?(?:less formal(?:ly)?|more casual(?:ly)?)\b"
        r"|\bdon'?t be so (?:formal|stiff)\b|\bloosen up\b",
        Wish.FEWER_QUESTIONS: r"\b(?:stop|quit) asking\b[\w ]{0,20}\bquestions\b|\b(?:fewer|less|no more|too many|enough) questions\b",
        Wish.MORE_QUESTIONS: r"\bask me more\b|\bmore questions,? please\b",
    }.items()
}
_TURNS: Final = {
    "length": (Wish.SHORTER, Wish.LONGER),
    "emoji": (Wish.FEWER_EMOJI, Wish.MORE_EMOJI),
    "formality": (Wish.MORE_FORMAL, Wish.LESS_FORMAL)[::-1],
    "questions": (Wish.FEWER_QUESTIONS, Wish.MORE_QUESTIONS),
}
"""For each dial, the wish that turns it down and the one that turns it up."""
_WISH_WORDS_MAX: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What one message of the user showed: its manner, and what it asked of the style."""

    manner: Manner
    wish: Wish = Wish.NONE


def wish_of(text: str) -> Wish:
    """What a message asks of the style. Only plain requests; a long message is about something else."""
    if len(text) > 12 * _WISH_WORDS_MAX or len(text.split()) > _WISH_WORDS_MAX:
        return Wish.NONE
    found = Wish.NONE
    for wish, pattern in _WISHES.items():
        if pattern.search(text):
            found |= wish
    return found & ~Wish.MORE_EMOJI if Wish.FEWER_EMOJI in found else found


def positions(dials: Mapping[str, Dial], shown: Sequence[Shown]) -> dict[str, float]:
    """Where each dial stands after the user's messages, oldest first; always within its range."""
    return {name: _position(name, dial, shown[-MESSAGES:]) for name, dial in dials.items()}


def adapted(persona: Persona, shown: Sequence[Shown]) -> Persona:
    """The persona as it speaks with this user: the same prompt, and a paragraph on what moved."""
    moved = {
        name: at
        for name, at in positions(persona.dials, shown).items()
        if abs(at - persona.dials[name].usual) >= NOTICED * (persona.dials[name].high - persona.dials[name].low) > 0
    }
    if not moved:
        return persona
    told = "; ".join(f"{name}: {worded(name, _fixed(name, at))}" for name, at in moved.items())
    return replace(persona, prompt=f"{persona.prompt}\n\nWith this person, of late: {told}.")


def _position(name: str, dial: Dial, shown: Sequence[Shown]) -> float:
    weights = [FADING**back for back in range(len(shown))][::-1]
    at = dial.usual
    if weights and name in _OWN:
        own = sum(weight * _OWN[name](one.manner) for weight, one in zip(weights, shown, strict=True)) / sum(weights)
        at += LEAN * len(shown) / (len(shown) + TRUST) * (dial.within(own) - at)
    down, up = _TURNS[name]
    for one in shown:
        if down in one.wish:
            at = dial.low + STEP * (min(at, dial.high) - dial.low)
        if up in one.wish:
            at = dial.high - STEP * (dial.high - max(at, dial.low))
    return dial.within(at)


def _fixed(name: str, at: float) -> Dial:
    figure = round(at, 1) if name == "formality" else float(round(at))
    return Dial(usual=figure, low=figure, high=figure)


_OWN: Final = {
    "length": lambda manner: manner.words,
    "emoji": lambda manner: manner.emoji,
    "formality": lambda manner: manner.formality,
}
"""What the user's own messages say of a dial. How many questions they ask says nothing of how many they like."""
assert _TURNS.keys() == DIALS.keys()
