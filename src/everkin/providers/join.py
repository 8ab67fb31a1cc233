"""How half an answer and another provider's continuation become one text in which no sentence stands twice.

The other provider will not say what the first would have said. It may go on as asked, start from the top, repeat the
last sentence, put a preface before it, or refuse. `judge` tells these apart from what was shown and what is heard so
far; `Seam` holds the continuation back until that is settled, and then hands it out sentence by sentence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile
from typing import Final

from rapidfuzz.fuzz import ratio

from everkin.mind.ports.gateway import ChatMessage, FaultKind, Replaced, TextDelta
from everkin.mind.transcript import Role
from everkin.providers.fault import failed

REQUEST: Final = (
    "Your last message was cut off when the connection broke. Write only what is missing from it, in the same voice "
    "and language. If its last sentence is unfinished, begin with that sentence from its first word; otherwise begin "
    "with the next one. No greeting, no apology, no remark about the break."
)
SENTENCE_CHARS_MAX: Final = 600
"""A sentence longer than this is handed out in parts."""
_ALIKE: Final = 90.0
_ENDS: Final = re.compile(r"(?:[.!?…]+[\"'”’»)\]*_~]*(?=\s|$)|[。！？]+[」』”）]*|\n+)\s*")
_WORDS: Final = re.compile(r"\w+(?:['’]\w+)*")
_BREAK: Final = r"(?:\bcontinu|left off|cut off|pick(?:ing)? up|\binterrupt|\brest\b|\bremainder\b|\bsaying\b|where (?:was|were|i) )"
_OPENS: Final = (
    r"\W*(?:sure|certainly|of course|okay|ok|absolutely|no problem|understood|got it|here|let me|i'll|i will|continuing|"
    r"to continue|picking up|as i was|where was|sorry|apologies|my apologies)\b"
)
_LEAD: Final = re.compile(
    rf"{_OPENS}[^.!?\n:]{{0,120}}?{_BREAK}[^.!?\n:]{{0,80}}:\s*|{_OPENS},? here[^.!?\n:]{{0,80}}:\s*", re.I
)
_PREFACE: Final = re.compile(rf"{_OPENS}(?: thing)?\W*$|{_OPENS}[^.!?\n]{{0,160}}?{_BREAK}", re.IGNORECASE)
_REFUSAL: Final = re.compile(
    r"\b(?:as an ai\b|as a(?: large)? language model\b"
    r"|(?:can't|cannot|won't|will not|unable to|not able to|not comfortable|must decline to)\b[^.!?]{0,12}\b"
    r"(?:continu|help (?:you )?with|assist|comply|complet|fulfil|do that|do this|generate|answer (?:that|this))"
    r"|(?:don't|do not) (?:have|see) (?:a |any |the )?(?:previous|last|earlier|cut-off|unfinished) "
    r"(?:message|answer|reply))",
    re.IGNORECASE,
)
_GREETING: Final = re.compile(r"\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear|welcome)\b", re.IGNORECASE)
_GOES_ON: Final = re.compile(r"\s*(?:[,;:)\]…–—-]|[^\W\d_A-Z])")


class How(StrEnum):
    """How a continuation met what was shown."""

    WENT_ON = "went_on"
    OVERLAP = "overlap"
    REPEATED = "repeated"
    NEW_SENTENCE = "new_sentence"
    RESTARTED = "restarted"
    REFUSED = "refused"
    ALREADY_WHOLE = "already_whole"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to do with a continuation: `rest` of it is to be said.

    WENT_ON, OVERLAP, REPEATED: `rest` follows what was shown. NEW_SENTENCE: it follows the last whole sentence shown,
    and what came after that hangs in the air. RESTARTED: it is a whole answer of its own. ALREADY_WHOLE: it stops where
    the text shown stops, at the end of a sentence. REFUSED: it does not go on, in words or in fact.
    """

    how: How
    rest: str = field(default="", repr=False)


def sentences(text: str) -> list[str]:
    """The sentences of `text` with the white space after them; joined they are `text`. The last may be unfinished."""
    ends = [match.end() for match in _ENDS.finditer(text)]
    starts = [0, *ends]
    return [piece for start, end in zip(starts, [*ends, len(text)], strict=True) if (piece := text[start:end])]


def whole(text: str) -> str:
    """`text` up to the end of its last whole sentence."""
    ends = [match.end() for match in _ENDS.finditer(text)]
    return text[: ends[-1]] if ends else ""


def looks_structured(text: str) -> bool:
    """JSON, or an open code block: nothing that sentences can be joined in."""
    return bool(re.match(r"\s*(?:\{|\[\s*[\[{\"\d])", text)) or text.count("```") % 2 == 1


def request(messages: Sequence[ChatMessage], shown: str) -> list[ChatMessage]:
    """The messages that ask another provider to go on."""
    return [
        *messages,
        ChatMessage(role=Role.ASSISTANT, content=shown.rstrip()),
        ChatMessage(role=Role.USER, content=REQUEST),
    ]


def judge(shown: str, heard: str, *, ended: bool) -> Judgement | None:
    """What the continuation `heard` so far is; None while more must be heard (never when it has `ended`).

    1. Prefaces are taken off; a refusal is one whatever follows.
    2. Sentences that were shown already are taken off the start.
    3. An overlap with the unfinished sentence settles it.
    4. What is left goes on, starts a new sentence, or starts all over.
    """
    said = _without_prefaces(heard)
    if not ended and not _settled(said, 2):
        return None
    if _REFUSAL.search("".join(sentences(said)[:2]).replace("’", "'")):
        return Judgement(How.REFUSED)
    new = _without_known(shown, said)
    if not ended and not _settled(new, 1):
        return None
    tail = shown[len(whole(shown)) :]
    for text in (new, said) if tail.strip() else ():
        rest = _after_overlap(shown, tail, text)
        if rest is not None:
            return Judgement(How.OVERLAP if rest.strip() else How.REFUSED, rest)
    if not new.strip():
        return Judgement(How.REFUSED if tail.strip() else How.ALREADY_WHOLE)
    return Judgement(_how_new(shown, tail, new, How.WENT_ON if new == said else How.REPEATED), new)


def _settled(text: str, count: int) -> bool:
    """`count` whole sentences and the beginning of the next, or as much without an end."""
    return len(sentences(text)) > count or len(text) > SENTENCE_CHARS_MAX


def _how_new(shown: str, tail: str, rest: str, how: How) -> How:
    if how is How.WENT_ON and whole(shown) and _starts_over(shown, rest):
        return How.RESTARTED
    return How.NEW_SENTENCE if tail.strip() and not _GOES_ON.match(rest) else how


def _starts_over(shown: str, rest: str) -> bool:
    """A greeting in the middle of an answer, or an opening much like the one shown."""
    return bool(_GREETING.match(rest)) or ratio(_plain(_first(shown)), _plain(_first(rest))) >= _ALIKE


def _first(text: str) -> str:
    return next(iter(sentences(text)), "")


def _plain(sentence: str) -> str:
    return " ".join(word.casefold() for word in _WORDS.findall(sentence))


def _without_prefaces(heard: str) -> str:
    while True:
        first = _first(heard.lstrip())
        if lead := _LEAD.match(heard.lstrip()):
            heard = heard.lstrip()[lead.end() :]
        elif _PREFACE.match(first.replace("’", "'").strip()) and len(first) < len(heard.lstrip()):
            heard = heard.lstrip()[len(first) :]
        else:
            return heard


def _without_known(shown: str, heard: str) -> str:
    """`heard` without the run of sentences at its start that were shown already, (nearly) word for word and in order."""
    known = [_plain(sentence) for sentence in sentences(whole(shown))]
    pieces = sentences(heard)
    plain = [_plain(piece) for piece in pieces]
    return "".join(pieces[max((_run(known[start:], plain) for start in range(len(known))), default=0) :])


def _run(known: Sequence[str], plain: Sequence[str]) -> int:
    """How many sentences are alike, one after the other. Short ones come again in any text ("Yes."): alone they count
    only at the very end of what was shown."""
    alike = (ours == theirs or _are_alike(ours, theirs) for ours, theirs in zip(known, plain, strict=False))
    length = sum(1 for _ in takewhile(bool, alike))
    return length if length == len(known) or any(_is_long(sentence) for sentence in known[:length]) else 0


def _are_alike(ours: str, theirs: str) -> bool:
    return _is_long(ours) and ratio(ours, theirs) >= _ALIKE


def _is_long(plain: str) -> bool:
    return plain.count(" ") >= 2


def _after_overlap(shown: str, tail: str, heard: str) -> str | None:
    """What follows in `heard` after the longest run of words that ends `shown` and begins `heard`; None without one.

    The last word shown may be half a word. A run counts if it is three words long or covers `tail`, the unfinished
    sentence.
    """
    ours = [word.casefold() for word in _WORDS.findall(shown)]
    theirs = list(_WORDS.finditer(heard[: 2 * len(shown) + 200]))
    words = [match.group().casefold() for match in theirs]
    enough = max(1, min(3, len(_WORDS.findall(tail))))
    half = bool(shown) and shown[-1].isalnum()
    for length in range(min(len(ours), len(words)), enough - 1, -1):
        if ours[-length:-1] == words[: length - 1] and _meets(ours[-1], words[length - 1], half=half):
            match = theirs[length - 1]
            return _without_same_mark(shown, heard[match.start() + len(ours[-1]) :])
    return None


def _meets(ours: str, theirs: str, *, half: bool) -> bool:
    return ours == theirs or (half and theirs.startswith(ours))


def _without_same_mark(shown: str, rest: str) -> str:
    """`rest` without the punctuation that `shown` ends with already ("sea." meets "sea. Then")."""
    marks = re.search(r"[^\w\s]*\s*$", shown)
    for mark in marks.group().strip() if marks else "":
        rest = rest[1:] if rest.startswith(mark) else rest
    return rest


def glue(shown: str, rest: str, how: How) -> str:
    """`rest` with the white space that belongs between it and `shown`; after an overlap it has its own."""
    if not shown or shown[-1].isspace():
        return rest.lstrip()
    if not rest or how is How.OVERLAP:
        return rest
    return rest if rest[:1].isspace() or re.match(r"[,.;:!?…)\]’”]", rest) else f" {rest}"


class Seam:
    """One continuation on its way. `shown` is what the reader has seen; `append_only` if it cannot be taken back.

    `hear` and `end` return what to hand out now; both raise `Failed` (DECLINED) for a refusal, before anything of the
    continuation was handed out.
    """

    def __init__(self, shown: str, *, append_only: bool) -> None:
        self._shown, self._append_only = shown, append_only
        self._held = ""
        self._known: set[str] = set()
        self.how: How | None = None

    def hear(self, text: str) -> Iterator[TextDelta | Replaced]:
        self._held += text
        if self.how is None:
            yield from self._settle(ended=False)
        if self.how is not None:
            yield from self._flow(ended=False)

    def end(self) -> Iterator[TextDelta | Replaced]:
        """The continuation is complete."""
        if self.how is None:
            yield from self._settle(ended=True)
        yield from self._flow(ended=True)

    def _settle(self, *, ended: bool) -> Iterator[TextDelta | Replaced]:
        judgement = judge(self._shown, self._held, ended=ended)
        if judgement is None:
            return
        if judgement.how is How.REFUSED:
            raise failed(FaultKind.DECLINED)
        self.how = judgement.how
        kept = self._shown
        if self.how not in (How.NEW_SENTENCE, How.RESTARTED):
            self._held = glue(kept, judgement.rest, self.how)
        elif self._append_only:
            dangling = "" if whole(kept) == kept else "…"
            self._held = f"{dangling}\n\n{judgement.rest.lstrip()}"
        else:
            kept = whole(kept) if self.how is How.NEW_SENTENCE else ""
            self._held = glue(kept, judgement.rest, self.how)
            yield Replaced(kept)
        self._known = {_plain(sentence) for sentence in sentences(whole(kept))}

    def _flow(self, *, ended: bool) -> Iterator[TextDelta]:
        *ready, held = [*sentences(self._held), ""] if ended else (sentences(self._held) or [""])
        self._held = held
        if len(held) > SENTENCE_CHARS_MAX:
            ready, self._held = [*ready, held], ""
        for sentence in ready:
            plain = _plain(sentence)
            if not (_is_long(plain) and plain in self._known):
                yield TextDelta(sentence)
