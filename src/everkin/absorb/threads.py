"""What somebody says is ahead of them, as an open thread; and whether a message tells how something went. English alone."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from everkin.mind.cue import Cue
from everkin.mind.timespan import TimeKind, TimeSpan

Spans = Callable[[str], list[TimeSpan]]

LETTERS_READ: Final = 2000
THREADS_MAX: Final = 3
"""In one message; a longer list of plans is an itinerary."""
FAR: Final = timedelta(days=400)
WORDS_SHOWN: Final = 140

_OCCASION: Final = (
    r"interview|exams?|finals|test results|results|wedding|surgery|operation|appointment|check-?up|flight|trip"
    r"|road trip|vacation|"
    r"holiday|getaway|honeymoon|cruise|move|moving|first day|concert|gig|recital|presentation|deadline|trial"
    r"|hearing|scan|biopsy|"
    r"due date|graduation|audition|birthday party|party|marathon|half-marathon|race|tournament|competition|comp"
    r"|contest|"
    r"championships?|match|game|season opener|opener|conference|convention|workshop|webinar|meeting|session"
    r"|opening(?: night)?|launch|"
    r"premiere|exhibition|show|art show|talent show|festival|event|fundraiser|reunion|date|dinner|camping trip|hike|"
    r"retreat|visit|funeral|ceremony|discussion|book club|sprint|performance|review|evaluation|procedure|treatment|"
    r"chemo|consultation|screening|demo|release|semester|internship|course|class|baby|delivery"
)
_AHEAD_VERB: Final = (
    r"(?:i|we)(?:['’]m|['’]re| am| are) (?:\w+ly )?(?:going|gonna|leaving|flying|travel+ing|visiting|starting"
    r"|moving|meeting|seeing|hosting|attending|"
    r"having|getting|taking|running|performing|playing|organi[sz]ing|putting|preparing|training|studying"
    r"|planning|scheduled|booked|off|"
    r"presenting|launching|releasing|competing|arriving|joining|returning|heading|holding|throwing|doing|about"
    r"|staying|driving|speaking|hoping)"
    r"|(?:i|we)(?:['’]ll| will| shall) |(?:i|we) (?:have|['’]ve got|got|plan|hope|decided|need) |(?:i"
    r"|we)['’]ve (?:got|registered|signed|booked|decided|scheduled|planned)"
    r"|(?:my|our) [\w' -]{2,40}? (?:is|are|starts?|begins?|ends?|takes place|will be|comes? up) "
    r"|(?:she|he|they|my \w+|[A-Z]\w+) and i are |it['’]s (?:launching|opening|starting)|the first \w+ (?:ends"
    r"|starts)"
    r"|(?:tomorrow|tonight)(?:['’]s| is| will)|let['’]s (?:schedule|meet|have)|to finish|finish (?:my|our|the"
    r"|it)|finali[sz]e (?:my|our|the|it)|is expected to"
)
_AHEAD: Final = Cue(rf"\b(?:{_AHEAD_VERB})")
_HELD: Final = Cue(rf"\b(?:{_OCCASION})\b")
_UNDATED: Final = Cue(
    r"\b(?:(?:i|we)(?:['’]m|['’]re| am| are)(?: \w+ly)? (?:planning|organi[sz]ing|thinking of (?:planning"
    r"|taking)|preparing for|getting ready for|rehearsing[\w ]{0,12} for|"
    rf"waiting (?:on|for|to hear)|training for|about to) (?:\w+ ){{0,4}}?(?:{_OCCASION})"
    r"|(?:my|our|an?|the|this) (?:\w+ )?upcoming (?:\w+ ){0,3}"
    rf"|(?:upcoming|next) (?:{_OCCASION})"
    rf"|(?:can['’]?t wait|looking forward|excited|nervous|anxious|ready|pumped|stoked) (?:for|to|about) (?:the"
    rf"|my|our|this)(?: \w+)? (?:{_OCCASION})\b"
    rf"|(?:for|during|on) (?:my|our|this) (?:\w+ )?(?:trip|flight|wedding|surgery|interview|honeymoon|vacation"
    rf"|cruise)\b"
    r"|(?:i|we)(?:['’]ve| have)? (?:just |finally )?(?:applied (?:to|for|at)|signed up for|registered for)"
    r"|(?:i|we)(?:['’]re| are|['’]m| am| have|['’]ve) (?:decided|about) to (?:move|marry|quit|adopt|start"
    r"|release|launch|propose|leave)"
    r"|(?:fingers crossed|wish me luck)"
    r"|(?:waiting|hoping) to hear (?:back|from|about)"
    r"|(?:i|we)(?:['’]m| am|['’]re| are) (?:\w+ly )?looking forward to (?:visiting|seeing|going|meeting|starting)"
    r"|have a safe trip|(?:i['’]m|we['’]re) (?:gonna|going to) stay in [A-Z])"
)
_NOT: Final = Cue(
    r"\b(?:if i|if we|if it|when i (?:was|get)|would|could|might have|used to|every (?:week|day|month|year"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
    r"|always|usually|good luck|congrat\w*|your|you['’]ll|you['’]ve|you will|you can|should i|rephrase"
    r"|translate|in general|dream(?:t|ed)?|novel|episode|movie)\b"
    r"|^(?:can|could|would|should|how|what|which|where|do|does|did|is|are|will|have you|are you|any)\b[^.!]*\?"
)
_PAST: Final = Cue(
    r"\b(?:(?:i|we|it|she|he|they|that|this|which) (?:\w+ly )?(?:was|were|went|had|did|got|won|lost|made|took"
    r"|came|met|saw|attended|visited|entered|joined|ran|passed|failed|felt|"
    r"hosted|finished|received|started|launched|played|ended|ordered|cut|completed|enabled|learned|recently)"
    r"|yesterday|ago|last (?:night|week|weekend|month|year|summer|friday|monday|"
    r"tuesday|wednesday|thursday|saturday|sunday)|earlier this)\b"
)
_ASKS: Final = re.compile(
    r",? (?:so |but |and )?(?:can|could|do|would|what|how|should|any) (?:you|i|we|do)?\b[^.!?]*\?\s*$", re.IGNORECASE
)
_SENTENCE: Final = re.compile(r"[^.!?…\n]+[.!?…]*")
_SHARED: Final = re.compile(r"\[shares [^\]]*\]?")
_TOLD: Final = Cue(
    r"\b(?:was|were|went|had|did|didn['’]t|got|passed|failed|won|lost|made it|finished|(?:is|it['’]s"
    r"|['’]s) over|is done|called off|cancel+ed|"
    r"survived|came (?:back|home)|back from|arrived|happened|turned out|said yes|said no|accepted|rejected"
    r"|heard back|nailed|aced|blew|"
    r"enjoyed|loved|hated|postponed|(?:have|has|['’]ve) (?:been|done|had|got))\b"
)
_MONTH: Final = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)", re.IGNORECASE)
_YEAR: Final = re.compile(r"\b\d{4}\b")
_DATES: Final = frozenset(
    {TimeKind.MOMENT, TimeKind.DAY, TimeKind.WEEK, TimeKind.MONTH, TimeKind.SEASON, TimeKind.RANGE}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A thread before its message has a key: characters `begin` to `end`, and when it is (None: not said)."""

    begin: int
    end: int
    starts: datetime | None = None
    ends: datetime | None = None


def plans(text: str, *, at: datetime, spans: Spans) -> list[Plan]:
    """What is ahead of whoever says this at `at`; at most three. It would rather miss one than ask about nothing.

    `spans` finds the times of the text and is only called where something in it may be ahead.
    """
    read = _SHARED.sub(lambda shared: " " * len(shared[0]), text[:LETTERS_READ])
    candidates = [sentence for sentence in _SENTENCE.finditer(read) if _may_be(sentence[0])]
    times = spans(text[:LETTERS_READ]) if candidates else []
    found = [plan for sentence in candidates if (plan := _plan(sentence, times, at))]
    return found[:THREADS_MAX]


def tells(text: str) -> bool:
    """Whether a message may tell how something went."""
    return _TOLD.search(text[:LETTERS_READ]) is not None


def _may_be(sentence: str) -> bool:
    return (_AHEAD.search(sentence) or _HELD.search(sentence) or _UNDATED.search(sentence)) is not None


def _plan(sentence: re.Match[str], times: Sequence[TimeSpan], at: datetime) -> Plan | None:
    said = _ASKS.sub("", sentence[0])
    if _NOT.search(said.strip()):
        return None
    first = sentence.start() + len(sentence[0]) - len(sentence[0].lstrip())
    end = min(sentence.start() + len(said.rstrip()), first + WORDS_SHOWN)
    within = [span for span in times if sentence.start() <= span.span[0] < sentence.start() + len(said)]
    coming = [*_coming([_meant(span, sentence, at) for span in within], at)]
    if coming and (_AHEAD.search(said) or _HELD.search(said)) and not _only_past(said):
        when = min(coming, key=lambda span: span.start)
        return Plan(begin=first, end=end, starts=max(when.start, at), ends=when.end)
    if _UNDATED.search(said) and not _only_past(said):
        return Plan(begin=first, end=end)
    return None


def _only_past(said: str) -> bool:
    """Something past is told, and nothing in the sentence looks ahead."""
    return _PAST.search(said) is not None and not re.search(
        r"\b(?:next|tomorrow|will|['’]ll|going to|gonna|upcoming)\b", said, re.I
    )


def _meant(span: TimeSpan, sentence: re.Match[str], at: datetime) -> TimeSpan:
    """A day of a month that is read as the last one is the next one, where nothing past is told: "it is on 12 June"."""
    said = sentence.string[span.span[0] : span.span[1]]
    told = _PAST.search(sentence[0]) or _TOLD.search(sentence[0])
    if span.end > at or told or not _MONTH.search(said) or _YEAR.search(said):
        return span
    try:
        later = [moment.replace(year=moment.year + 1) for moment in (span.start, span.end)]
    except ValueError:  # 29 February
        return span
    return replace(span, start=later[0], end=later[1])


def _coming(times: Sequence[TimeSpan], at: datetime) -> Iterator[TimeSpan]:
    for span in times:
        if span.kind in _DATES and at < span.end and span.start - at < FAR:
            yield span
