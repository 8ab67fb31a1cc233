"""Clauses: who does or is what, when, how surely; a small English grammar without a model, about 1 µs a character.

Quotes, code, links, stage directions and what somebody else is said to have said are not clauses of the speaker.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from everkin.absorb.lexicon import FEMALE, FIRST_NAMES, MALE, PETS, PLURAL, RELATIONS, either, words
from everkin.mind.entity import EntityRef, Speaker

TEXT_MAX: Final = 4000
"""Characters of a message that are read; what follows is most often pasted."""


class Time(Enum):
    """When a clause holds, seen from the moment it was said."""

    NOW = "now"
    PAST = "past"
    PERFECT = "perfect"
    FUTURE = "future"
    FORMERLY = "formerly"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """`subject` does `verb` (a lemma; "be" for what it is); `rest` is where the words after the verb begin.

    `begin` is where the subject starts, `said` where the verb does, `end` where the sentence ends.
    """

    subject: EntityRef
    verb: str
    time: Time
    negated: bool
    passive: bool
    progressive: bool
    hedge: float
    modal: str
    begin: int
    said: int
    rest: int
    end: int


class Word(NamedTuple):
    """A token: as written, in lower case, and where."""

    text: str
    low: str
    begin: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """The words of one sentence, and the mark that ends it; a question asserts nothing."""

    words: tuple[Word, ...]
    mark: str

    @property
    def question(self) -> bool:
        return "?" in self.mark

    @property
    def begin(self) -> int:
        return self.words[0].begin

    @property
    def end(self) -> int:
        return self.words[-1].end


_MASKED: Final = re.compile(
    r"```.*?(?:```|$)|`[^`\n]*`|https?://\S+|^[ \t]*>.*$|\[[^\]\n]{0,300}\]"
    r"|\"(?:[^\"\s]+\s+){2,}[^\"]*\"|“(?:[^”\s]+\s+){2,}[^”]*”|(?<![*\w])\*[^*\n]{3,200}\*(?!\*)",
    re.DOTALL | re.MULTILINE,
)
_TOKEN: Final = re.compile(
    r"n't\b|'(?:m|re|ve|ll|d|s)\b|[^\W_]+(?=n't\b)|[^\W_]+(?:[-.&/][^\W_]+)*|[.!?…]+|\n+|[^\w\s]", re.IGNORECASE
)
_SMALL_PLACE: Final = re.compile(
    r"(?P<said>\b(?:live|lives|living|lived|moved?|moving|relocated|grew up|grow up|born|raised|based|i'm|im|am|come|comes)"
    r"(?: back| out| here)? (?:in|to|from|near|outside) )"
    r"(?!(?:a|an|the|my|our|his|her|their|this|that|it|here|there|with|bed|work|home|school|college|fear|peace|hope|sin|denial|love"
    r"|town|what|where|one|two|\w+ing)\b)"
    r"(?P<place>[a-z]{3,}(?: (?!and|but|so|now|with|for|since|because|last|this|when|where|which|who|too|right|as|at|in|on|to)"
    r"[a-z]{3,})?)(?=\W*$|[.,;!?\n]| (?:and|but|so|now|with|for|since|because|last|this|when|where|which|who|too|right|as)\b)",
)
_SMALL_NAME: Final = re.compile(
    rf"(?P<said>\b(?:my|our) (?:[\w-]+ ){{0,2}}?(?:{either(frozenset(RELATIONS))}) |\b(?:named|called|name is|name's|i'm|im|me) )"
    r"(?P<name>[a-z]{3,})\b"
)
_ABBREVIATIONS: Final = words("mr mrs ms dr st prof jr sr vs etc e.g i.e mt")
_JOINED: Final = {
    "im": ("i", "'m"),
    "ive": ("i", "'ve"),
    "dont": ("do", "n't"),
    "didnt": ("did", "n't"),
    "doesnt": ("does", "n't"),
    "cant": ("ca", "n't"),
    "wont": ("wo", "n't"),
    "isnt": ("is", "n't"),
    "wasnt": ("was", "n't"),
    "havent": ("have", "n't"),
}
"""Contractions as they are typed in a hurry."""

DISOWNED: Final = re.compile(
    r"\b(?:jk|j/k|just kidding|only kidding|(?:only |just )?joking|kidding,|i kid\b|sarcasm|sarcastic|as an ai|language model"
    r"|an ai\b|pretend|role-?play|let's imagine|imagine|hypothetically|my (?:rpg )?character|in character|(?:a|my) story about"
    r"|(?:write|draft|compose|rewrite|proofread|translate|summarize|paraphrase)\b[^.?!\n]{0,40}"
    r"\b(?:story|poem|song|letter|email|essay|script|lyrics|scene|dialogue|bio|post|text|speech|paragraph|sentence)"
    r"|i(?:'ve| have)? (?:just )?(?:had|dreamed|dreamt|have)\b[^.?!\n]{0,20}\b(?:dream|nightmare)|i dreamed|i dreamt|in (?:my|the|this|a) "
    r"(?:dream|story|novel|book|game|movie|film|show)|quote of the day|song goes|lyrics)\b|(?:^|\s)/s\b",
    re.IGNORECASE,
)
"""A message with one of these does not mean what it says: a joke, a dream, a role, a text to be written."""


@lru_cache(maxsize=2)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of `text`, with what is not the speaker's own word blanked out; the last text is not read twice."""
    found = []
    current: list[Word] = []
    for word in _tokens(cased(_blanked(text))):
        if word.low[0] in ".!?…\n" and not (word.low == "." and current and current[-1].low in _ABBREVIATIONS):
            if current:
                found.append(Sentence(words=tuple(current), mark=word.low))
                current = []
        else:
            current.append(word)
    if current:
        found.append(Sentence(words=tuple(current), mark=""))
    return tuple(found)


def _blanked(text: str) -> str:
    plain = text[:TEXT_MAX].replace("’", "'").replace("‘", "'")
    if not any(mark in plain for mark in '`"“*[>:'):
        return plain
    return _MASKED.sub(_blank, plain)


def cased(text: str) -> str:
    """A text typed without any capitals, with some where a place or a name must be; the same length, else unchanged."""
    if text != text.lower():
        return text
    places = _SMALL_PLACE.sub(lambda match: match["said"] + match["place"].title(), text)
    return _SMALL_NAME.sub(
        lambda match: match["said"] + match["name"].title() if match["name"] in FIRST_NAMES else match[0], places
    )


def _blank(match: re.Match[str]) -> str:
    """Spaces in the place of what was matched; a title in quotes stays, as it is no speech."""
    said = match[0]
    if said[0] in '"“' and sum(word.strip('"“”')[:1].isupper() for word in said.split()) > len(said.split()) / 2:
        return said
    return " " * len(said)


def _tokens(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(text):
        said, (begin, end) = match[0], match.span()
        low = said.lower()
        if low in _JOINED:
            for part in _JOINED[low]:
                yield Word(part, part, begin, end)
        else:
            yield Word(said, low, begin, end)


_BE: Final = words("am is are was were be been being 'm 're 's ai")
_HAVE: Final = words("have has had 've")
_DO: Final = words("do does did")
_MODAL: Final = words("will wo shall sha 'll would 'd could can ca might may should must")
_ADVERBS: Final = words(
    """really just also still now currently recently finally always actually honestly literally only already even totally
    absolutely usually often sometimes definitely certainly truly simply officially secretly personally
    mostly mainly generally originally formerly previously lately once then both all together myself too very so
    quite completely genuinely mainly happily sadly unfortunately luckily proudly deeply greatly kinda sorta soon
    currently presently newly freshly very super pretty long since"""
)
_UNSURE: Final = {
    "maybe": 0.5,
    "perhaps": 0.5,
    "possibly": 0.5,
    "probably": 0.3,
    "might": 0.5,
    "may": 0.5,
    "supposedly": 0.5,
    "apparently": 0.3,
    "hopefully": 0.5,
    "basically": 0.5,
    "hope": 0.5,
    "guess": 0.4,
    "think": 0.3,
    "believe": 0.3,
    "suspect": 0.4,
    "unsure": 0.6,
    "considering": 0.6,
}
_BARELY_NOT: Final = words("almost nearly practically virtually")
"""Before a verb these say that it did not happen, and nobody would ask whether it did."""
_NEVER: Final = words("not n't never hardly barely nor neither")
_BLOCKING: Final = words(
    "if unless whether assume asume assumes wish wished suppose supposing assuming imagine imagining otherwise "
    "pretending pretended"
)
_REPORTING: Final = words(
    "said says say saying told tells tell thinks thought claims claimed believes believed asked asks heard insists "
    "insisted suggested suggests joked jokes swears assumed assumes wrote writes texted mentioned predicted"
)
_ONCE: Final = words("thought believed assumed claimed joked insisted")
_TRUSTED: Final = words(
    "doctor doctors gp specialist psychiatrist therapist dermatologist cardiologist vet neurologist"
)
_SUBJECTS: Final = words("i we my our")
_NOT_BEFORE: Final = words(
    "do did does am are have can should could would will shall was were like than what how where why who whose whom "
    "which"
)
"""Words after which "I" asks, compares, or is part of a noun phrase."""

_KIN_ADJECTIVES: Final = words(
    "little big older younger elder eldest oldest youngest middle twin baby dear best good old close closest childhood "
    "oldest other first second two three four five beloved sweet adorable lovely amazing wonderful new late own adopted "
    "adoptive biological crazy old lovely furry rescue family golden german border yorkshire cocker black yellow "
    "chocolate jack russell great siberian persian maine coon elderly lazy naughty dearest longtime high school college"
)
_NOT_NAMES: Final = words(
    "i the a an and but so my our we he she it they you god jesus christmas easter monday tuesday wednesday thursday "
    "friday saturday sunday january february march april june july august september october november december "
    "mr mrs ms dr miss prof facebook instagram google netflix english french german spanish american"
)
_BARE_KIN: Final = words("mom mum mama mommy mummy dad daddy papa grandma grandpa granny nana")


_NOUNS_TOO: Final = words(
    "love like hope dream date plan dance paint train fire book name call work play run move break turn visit travel"
)


def _forms() -> dict[str, tuple[str, str]]:
    """Each form of each verb the rules know, to its lemma and tense: base, s, past, part(iciple), ing, or past/part."""
    forms: dict[str, tuple[str, str]] = {}
    for line in _VERBS.split(";"):
        base, third, past, participle, ing = _inflected(line.split())
        forms |= {base: (base, "base"), third: (base, "s"), ing: (base, "ing"), participle: (base, "part")}
        forms[past] = (base, "past" if past != participle else "past/part")
        if base == past:
            forms[base] = (base, "base/past/part" if base == participle else "base/past")
        elif base == participle:
            forms[base] = (base, "base/part")
    return forms


def _inflected(parts: list[str]) -> tuple[str, str, str, str, str]:
    base = parts[0]
    stem = base[:-1] if base.endswith("e") else base
    if len(parts) > 1:
        past, participle = parts[1], parts[2] if len(parts) > 2 else parts[1]
        ing = parts[3] if len(parts) > 3 else stem + "ing"
    else:
        past = participle = base[:-1] + "ied" if _consonant_y(base) else stem + "ed"
        ing = stem + "ing"
    third = (
        base[:-1] + "ies"
        if _consonant_y(base)
        else base + ("es" if base.endswith(("s", "sh", "ch", "x", "o")) else "s")
    )
    return base, third, past, participle, ing


def _consonant_y(base: str) -> bool:
    return base.endswith("y") and base[-2] not in "aeiou"


_VERBS: Final = (
    "live;reside;move;relocate;settle;grow grew grown;come came come coming;work;teach taught;run ran run running;"
    "own;manage;get got got getting;start;begin began begun beginning;quit quit quit quitting;leave left;resign;retire;"
    "lose lost;study;major;attend;go went gone;graduate;drop dropped dropped dropping;speak spoke spoken;marry;divorce;"
    "date;break broke broken;split split split splitting;adopt;rescue;foster;love;like;enjoy;adore;prefer preferred "
    "preferred preferring;hate;dislike;detest;despise;loathe;stand stood;play;do did done;paint;knit knitted knitted "
    "knitting;crochet;sing sang sung;dance;surf;ski skied skied skiing;bake;garden;meditate;collect;take took taken;"
    "give gave given;prescribe;believe;want;hope;plan planned planned planning;dream;try tried;buy bought;sell sold;die "
    "died died dying;pass;sprain;injure;hurt hurt hurt;tear tore torn;fracture;dislocate;suffer;turn;win won won winning;"
    "fail;finish;visit;travel traveled traveled traveling;fly flew flown;see saw seen;meet met;celebrate;host;complete;publish;perform;"
    "join;sign;have had;eat ate eaten eating;diagnose;born born born;raise;hire;fire;lay laid;promote;accept;reject;engage;"
    "call;name;book;schedule;register;enroll enrolled enrolled enrolling;land;receive;earn;make made;build built;write "
    "wrote written;become became become becoming;watch;learn;practice;practise;stop stopped stopped stopping;bring brought;"
    "drive drove driven;cook;admit admitted admitted admitting;hospitalize;evict;rob robbed robbed robbing;dump;bury;"
    "welcome;deliver;expect;train;volunteer;launch;open;close;crash;total"
)
_FORMS: Final = _forms()


def clauses(sentence: Sentence, speaker: Speaker, known: Collection[str] = ()) -> tuple[list[Clause], int]:
    """The clauses of a statement whose subject is the speaker, their kin or pet, or somebody named; and its own part.

    `known` are names, in lower case, that are somebody's in this bond; other names count only when they are common.
    Conditions, wishes and what others are said to have said give none: the speaker's own part ends where they begin.
    """
    found: list[Clause] = []
    reading = _Reading(sentence, speaker, known)
    position = 0
    while position < len(sentence.words) and reading.until == sentence.end:
        clause, position = reading.step(position, found[-1] if found else None)
        if clause:
            found.append(clause)
    return found, reading.until


class _Reading:
    """One pass over a sentence, left to right, that remembers what makes later words less sure."""

    def __init__(self, sentence: Sentence, speaker: Speaker, known: Collection[str]) -> None:
        self._sentence = sentence
        self._words = sentence.words
        self._speaker = speaker
        self._known = known
        self._hedge = 0.0
        self.until = sentence.end

    def step(self, at: int, last: Clause | None) -> tuple[Clause | None, int]:
        """The clause that begins at word `at`, if one does, and where to read on."""
        word = self._words[at]
        if word.low in _SUBJECTS or word.text[0].isupper():
            subject = self._subject(at)
            if subject:
                ref, after = subject
                clause = self._clause(ref, at, after)
                return clause, (after if clause is None else self._after(clause))
        elif last and word.low in ("and", "but") and self._continues(at, last):
            clause = self._clause(last.subject, at, at + 1)
            if clause and clause.time is last.time:
                return clause, self._after(clause)
        self._weigh(at)
        return None, at + 1

    def _after(self, clause: Clause) -> int:
        return next((i for i, word in enumerate(self._words) if word.begin >= clause.rest), len(self._words))

    def _weigh(self, at: int) -> None:
        """What this word does to the rest of the sentence."""
        low = self._words[at].low
        if low in _BLOCKING:
            self.until = min(self.until, self._words[at].begin)
        elif low in _REPORTING:
            self._report(at)
        elif low in _UNSURE and not (low == "hope" and self._low(at - 1) in ("no", "the", "my")):
            self._hedge = max(self._hedge, _UNSURE[low])

    def _report(self, at: int) -> None:
        before = at - 1
        while before >= 0 and self._words[before].low in _ADVERBS | _HAVE:
            before -= 1
        reporter = self._low(before)
        if reporter in ("i", "we") and self._once(at):
            self.until = min(self.until, self._words[at].begin)
        elif reporter in ("i", "we"):
            self._hedge = max(self._hedge, 0.3 if self._low(at).startswith(("thi", "tho", "bel", "ass")) else 0.1)
        elif reporter in _TRUSTED:
            self._hedge = max(self._hedge, 0.1)
        else:
            self.until = min(self.until, self._words[at].begin)

    def _once(self, at: int) -> bool:
        """ "I thought my cat had died", "I told my boss I have the flu": what one thought or told others need not be so."""
        low = self._low(at)
        return low in _ONCE or (low == "told" and self._low(at + 1) != "you")

    def _low(self, at: int) -> str:
        return self._words[at].low if 0 <= at < len(self._words) else ""

    def _subject(self, at: int) -> tuple[EntityRef, int] | None:
        """Who a clause at `at` may be about, and the word after."""
        word, before = self._words[at], self._low(at - 1)
        if before in _NOT_BEFORE or (before == "that" and self._low(at - 2) in ("not", "n't")):
            return None
        if word.low in ("i", "we"):
            return EntityRef(owner=self._speaker), at + 1
        if word.low in ("my", "our"):
            return self._related(at)
        if word.low in _BARE_KIN and word.text[0].isupper():
            return EntityRef(owner=self._speaker, kinship=RELATIONS[word.low]), at + 1
        if self._opens(at) and is_name(word, self._known):
            return EntityRef(owner=self._speaker, name=word.text), at + 1
        return None

    def _opens(self, at: int) -> bool:
        """Whether a clause can begin here."""
        return at == 0 or self._low(at - 1) in _OPENING

    def _related(self, at: int) -> tuple[EntityRef, int] | None:
        relation = relation_at(self._words, at + 1)
        if relation is None:
            return None
        kinship, name, after = relation
        return EntityRef(owner=self._speaker, kinship=kinship, name=name), after

    def _continues(self, at: int, last: Clause) -> bool:
        """Whether "and" at `at` goes on with the last clause's subject ("I live in Oslo and work as a nurse")."""
        following = self._low(at + 1)
        if following in _NOUNS_TOO and self._low(at + 2) not in (
            "a",
            "an",
            "the",
            "my",
            "to",
            "in",
            "as",
            "at",
            "with",
        ):
            return False
        if following not in _FORMS and following not in _BE and following not in _HAVE and following not in _DO:
            return False
        between = [word.low for word in self._words if last.rest <= word.begin < self._words[at].begin]
        return (
            not {"to", "who", "that", "which", "whose"} & set(between)
            and _FORMS.get(self._low(at + 1), ("", ""))[1] != "ing"
        )

    def _clause(self, ref: EntityRef, at: int, after: int) -> Clause | None:
        group = _Group(self._words, after)
        if not group.verb:
            return None
        time = group.time()
        if time is None:
            return None
        return Clause(
            subject=ref,
            verb=group.verb,
            time=time,
            negated=group.negated,
            passive=group.passive,
            progressive=group.progressive,
            hedge=max(self._hedge, group.hedge),
            modal=group.modal,
            begin=self._words[at].begin,
            said=self._words[group.said].begin,
            rest=group.rest(self._sentence.end),
            end=self._sentence.end,
        )


_OPENING: Final = words(
    "and but so because since cause ; : - – — that well yes yeah oh hey also today yesterday now when while then"
) | {
    ",",
    '"',
}


class _Group:
    """The verb group from word `at` on: auxiliaries, adverbs, negation and one main verb."""

    def __init__(self, sentence: tuple[Word, ...], at: int) -> None:
        self._words = sentence
        self.negated = self.passive = self.progressive = False
        self.hedge = 0.0
        self.modal = self.verb = ""
        self._have = self._be = self._did = self._used = ""
        self._tense = ""
        self.said = self._next = at
        self._read()

    def rest(self, end: int) -> int:
        """Where the words after the verb begin."""
        return self._words[self._next].begin if self._next < len(self._words) else end

    def time(self) -> Time | None:
        """When the group puts it; None where it only might be so."""
        if self._used:
            return None if self.negated else Time.FORMERLY
        if self.modal in ("will", "wo", "shall", "'ll", "going to", "gonna"):
            return Time.FUTURE
        if self.modal not in ("", "can", "ca", "may", "might"):
            return None
        if self._have in ("have", "has", "'ve"):
            return Time.PERFECT
        if self._have == "had" or self._be in ("was", "were") or self._did == "did":
            return Time.PAST
        return Time.PAST if self._tense not in ("base", "base/part", "s", "ing") and not self._be else Time.NOW

    def _read(self) -> None:
        at = self._next
        while at < len(self._words):
            low = self._words[at].low
            if low == "," or not self._auxiliary(low, at):
                break
            at += 1
        self._main(at)

    def _auxiliary(self, low: str, at: int) -> bool:
        """Take in one word that is not yet the main verb."""
        if (
            low in _NEVER
            or (low in ("no",) and self._low(at + 1) == "longer")
            or (low == "longer" and self._low(at - 1) == "no")
        ):
            self.negated = True
        elif low in _BARELY_NOT or (self.negated and low in ("just", "only", "merely", "simply")):
            self.modal = self.modal or low
        elif low in _UNSURE and low not in ("hope", "guess", "think", "believe", "suspect", "considering"):
            self.hedge = max(self.hedge, _UNSURE[low])
            self.modal = low if low in _MODAL else self.modal
        elif low in _ADVERBS:
            pass
        elif low in _MODAL:
            self.modal = "have 'd" if low == "'d" else low
        elif low in ("going", "gon", "gonna") and self._be and (low == "gonna" or self._to_verb(at)):
            self.modal, self._be = "going to", ""
        elif low in ("na", "to") and self.modal == "going to":
            pass
        elif low == "used" and self._low(at + 1) == "to" and not self._be:
            self._used = low
        elif low == "to" and self._used:
            pass
        else:
            return self._helping(low, at)
        return True

    def _to_verb(self, at: int) -> bool:
        return self._low(at + 1) == "to" and (self._low(at + 2) in _FORMS or self._low(at + 2) == "be")

    def _helping(self, low: str, at: int) -> bool:
        """Whether `low` is a form of be, have or do that helps the verb after it."""
        if low in _BE and low != "ai":
            self._be = low
            self.said = at
            return True
        if low in _HAVE and self._participle_follows(at + 1):
            self._have = low
            return True
        if low in _DO and (self._low(at + 1) in _NEVER or self._low(self._skip(at + 1)) in _FORMS):
            self._did = low
            return True
        return False

    def _participle_follows(self, at: int) -> bool:
        low = self._low(self._skip(at))
        return low in ("been", "had", "got", "gotten") or "part" in _FORMS.get(low, ("", ""))[1] or low == "become"

    def _skip(self, at: int) -> int:
        while self._low(at) in _ADVERBS or self._low(at) in _NEVER:
            at += 1
        return at

    def _low(self, at: int) -> str:
        return self._words[at].low if 0 <= at < len(self._words) else ""

    def _main(self, at: int) -> None:
        """The main verb at `at`, or "be" where only forms of be came before it."""
        self._next = at
        low = self._low(at)
        lemma, tense = _FORMS.get(low, ("", ""))
        if not lemma and low in _HAVE:
            lemma, tense = "have", "past" if low == "had" else "base"
        if low == "gotten":
            lemma, tense = "get", "part"
        if self._be and not (tense == "ing" or "part" in tense):
            self.verb = "be"
            return
        if not lemma or (tense == "ing" and not self._be):
            return
        self.verb, self._tense, self.said, self._next = lemma, tense, at, at + 1
        self.progressive = tense == "ing"
        self.passive = bool(self._be) and not self.progressive


def is_name(word: Word, known: Collection[str]) -> bool:
    """Whether a word can be somebody's name: capitalised, and common or known in this bond."""
    if not word.text[0].isupper() or not word.text.isalpha() or word.low in _NOT_NAMES:
        return False
    return word.low in FIRST_NAMES or word.low in known


def relation_at(sentence: tuple[Word, ...], at: int) -> tuple[str, str | None, int] | None:
    """The kin, friend or pet that follows "my" at word `at`: path in normal form, name if given, and the word after."""
    while at < len(sentence) and _describes(sentence, at):
        at += 1
    if at >= len(sentence) or sentence[at].low not in RELATIONS:
        return None
    path = [RELATIONS[sentence[at].low]]
    at += 1
    while at + 1 < len(sentence) and sentence[at].low == "'s" and sentence[at + 1].low in RELATIONS:
        path.append(RELATIONS[sentence[at + 1].low])
        at += 2
    name, after = _name_at(sentence, at)
    return "'s ".join(path), name, after


def _describes(sentence: tuple[Word, ...], at: int) -> bool:
    """Whether a word stands before the relation it tells more of ("little sister", "pet snake")."""
    low = sentence[at].low
    if low == "pet":
        return at + 1 < len(sentence) and sentence[at + 1].low in PETS
    return low in _KIN_ADJECTIVES and low not in RELATIONS


def _name_at(sentence: tuple[Word, ...], at: int) -> tuple[str | None, int]:
    """A capitalised name at word `at`, set off by a comma, quotes or "named" or not at all."""
    start = at
    while at < len(sentence) and sentence[at].low in (",", '"', "named", "called", "(", "-"):
        at += 1
    if (
        at < len(sentence)
        and sentence[at].text[0].isupper()
        and sentence[at].text.isalpha()
        and sentence[at].low not in _NOT_NAMES
    ):
        comma = at > start and sentence[start].low == ","
        if not comma or sentence[at].low in FIRST_NAMES:
            after = at + 1
            while after < len(sentence) and sentence[after].low in ('"', ")", ",") and at > start:
                after += 1
            return sentence[at].text, after
    return None, start


def gender(kinship: str | None) -> str | None:
    """ "he", "she", "they" or "it" for a relation in normal form, where its word tells."""
    last = (kinship or "").rsplit("'s ", 1)[-1]
    if last in MALE:
        return "he"
    if last in FEMALE:
        return "she"
    if last in PLURAL:
        return "they"
    return "it" if last in PETS.values() else None
