"""Mentions in a message: names, relations, who is spoken to, what "she" means; by grammar, without a model."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from typing import Final

from nicknames import NickNamer

from everkin.absorb.grammar.relations import gender, relation_at
from everkin.absorb.grammar.sentences import Sentence, sentences
from everkin.absorb.lexicon import FIRST_NAMES, words
from everkin.mind.entity import EntityRef, Form, Mention, Speaker


def mentions(
    text: str,
    *,
    speaker: Speaker,
    other: Speaker | None,
    name: str | None = None,
    known: Collection[str] = (),
    recent: Sequence[EntityRef] = (),
    last: int = 0,
) -> list[Mention]:
    """Who and whose is mentioned in `text`, in its order. `other` is whom "your" means, where that is one person.

    `name` is the speaker's own, as the message carries it. `known` are names (lower case) of this bond; apart from
    those, only common first names count, and any capitalised word that is clearly called out. A pronoun is a mention
    where exactly one of those in the message can be meant, or else of the first `last` of `recent`, which are those of
    the last message that spoke of anybody, or else of the first three.
    """
    found: list[Mention] = []
    if name:
        found.append(_own(speaker, name, 0, 0))
    for place, sentence in enumerate(sentences(text)):
        reading = _Mentions(sentence, speaker, other, known)
        found += reading.read() if place else map(reading.opened, reading.read())
        found.extend(_pronouns(sentence, found, recent, last))
    return sorted((*found, *_aliases(text, speaker)), key=lambda mention: mention.begin)


@lru_cache(maxsize=4096)
def alike(left: str, right: str) -> bool:
    """Whether two first names can be one person's: by the table of nicknames, or as a short form ("Rach", "Joey")."""
    left, right = left.casefold(), right.casefold()
    if left == right or right in _nicknames().canonicals_of(left) or left in _nicknames().canonicals_of(right):
        return True
    short, long = sorted((left, right), key=len)
    return _shortened(short, long) or _shortened(long, short)


@lru_cache(maxsize=1024)
def forms_of(name: str) -> tuple[str, ...]:
    """What else a first name in lower case may be, by the table: its full forms, short ones, and others of the same."""
    names = _nicknames()
    full = names.canonicals_of(name)
    found = {*full, *names.nicknames_of(name), *(short for each in full for short in names.nicknames_of(each))}
    return tuple(sorted(each.casefold() for each in found if each.casefold() != name))


def _shortened(short: str, long: str) -> bool:
    """ "Mon" and "Monica", "Joey" and "Joseph", "Pheebs" and "Phoebe"."""
    stem = _PET_ENDING.sub("", short)
    if len(stem) >= 3 and long.startswith(stem):
        return True
    bones = _VOWELS.sub("", stem)
    return (
        len(short) >= 5
        and len(bones) >= 2
        and short[0] == long[0]
        and bones == _VOWELS.sub("", _PET_ENDING.sub("", long))
    )


def kindred(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Among first names in lower case, the pairs that can be one person's, the short form first. About 3 µs a name."""
    buckets: dict[str, list[str]] = {}
    for name in names:
        for bucket in _buckets(name):
            buckets.setdefault(bucket, []).append(name)
    pairs = {frozenset(pair) for bucket in buckets.values() for pair in combinations(bucket, 2)}
    for left, right in map(sorted, pairs):
        if alike(left, right):
            yield _short_first(left, right)


@lru_cache(maxsize=8192)
def _buckets(name: str) -> frozenset[str]:
    """Two names that are alike share one of these: a full form, three first letters, or first letter and consonants."""
    stem = _PET_ENDING.sub("", name)
    return frozenset(
        {name, name[:3], stem[:3], f"{name[:1]}-{_bones(name)}", f"{name[:1]}-{_VOWELS.sub('', stem)}"}
    ) | {full.casefold() for full in _nicknames().canonicals_of(name)}


def _short_first(left: str, right: str) -> tuple[str, str]:
    """The one that stands for the other comes first: by the table, else the shorter."""
    full = left in _nicknames().canonicals_of(right), right in _nicknames().canonicals_of(left)
    if full == (True, False) or (full[0] == full[1] and len(right) < len(left)):
        return right, left
    return left, right


def _sounds_like_a_name(low: str) -> bool:
    """Whether a word that is no common name could be short for one."""
    return low[:-1] in _BEGINNINGS or low in _BEGINNINGS or (len(low) >= 5 and low[0] + _bones(low) in _SKELETONS)


def _bones(name: str) -> str:
    return _VOWELS.sub("", _PET_ENDING.sub("", name))


@lru_cache(maxsize=1)
def _nicknames() -> NickNamer:
    return NickNamer()


_PET_ENDING: Final = re.compile(r"(?:y|ie|ey|sy|s|z|o|ster)$")
_VOWELS: Final = re.compile(r"[aeiouy]+|h(?=[aeiou])")
_BEGINNINGS: Final = frozenset(name[:length] for name in FIRST_NAMES for length in (3, 4, 5) if len(name) > length)
_SKELETONS: Final = frozenset(name[0] + _bones(name) for name in FIRST_NAMES if len(_bones(name)) >= 2)

ENDEARMENTS: Final = words(
    "honey hon sweetie sweetheart babe darling dude buddy pal sir ma'am bro mate sweetpea love-bug missy man"
)
_GREETINGS: Final = words(
    "hey hi hello bye goodbye thanks goodnight congratulations congrats sorry dear welcome morning night you on please no "
    "yes oh ok okay yeah well wow so look listen"
)
_OF_ONE: Final = words(
    "a an the my his her your our their some no one this that any every another is was are were be "
    "been of with and or 's 're 'm like for to by as"
)
_POINTED: Final = words("this that it there here")
_IS: Final = words("is was isn't wasn't 's")
_ASKED: Final = words("what how who where when why")
_SIGHS: Final = words("oh ohh aw aww ah ahh wow whoa boy") | {","}
_HAILED: Final = {(verb, "on") for verb in ("come", "hang", "hold", "go", "c'm")}
_A: Final = words("a an the my his her our their your some no")
_GREETED: Final = words("hey hi hello bye goodbye good-bye thanks goodnight congratulations")
_OPENINGS: Final = _GREETINGS | words(
    "uh uhh um umm er ah ahh ahhh aw aww ooh oooh ohh ohhh hmm mm hm huh whoa ha yep yup nope nah alright sure fine right great good "
    "but and actually anyway boy gosh god god's my jeez wait now then come see ok-ok all know what y'know i mean guess mornin '"
)
_OPENING_MAX: Final = 4
_REPLIES: Final = words(
    "thank thanks sorry welcome yes yeah yep right okay ok no well oh ohh aw aww ah ahh sure fine alright"
)
_AFTER_OPENING: Final = words("you i i-i look listen wait please come let stop what why where how who")
_FILLERS: Final = words("uh um er err ah eh")
_YOU: Final = words("you your you're yours yourself")
_I_AM: Final = {("i", "'m"), ("i", "am"), ("call", "me"), ("calls", "me")}
_MY_NAME: Final = {("my", "name", "is"), ("my", "name", "'s"), ("the", "name", "'s"), ("it", "'s", "me")}
_YOU_ARE: Final = {("you", "'re"), ("you", "are"), ("are", "you")}
_YOUR_NAME: Final = {("your", "name", "is"), ("is", "your", "name"), ("you", "must", "be")}
_BEFORE_CALL: Final = words(
    "no yes oh ohh ooh okay ok that it me you this here there now then so much too up down what know fine right sorry please "
    "again yet later today tonight hello hi hey on yeah yep nope well look listen uh uhh um umm wow bye thanks night morning "
    "though actually sure job work luck call wait stop guess mean think see all ah ahh aw maybe alright but again worry"
)
_BEFORE_MAN: Final = words("sorry hey thanks ok yeah nah dude about luck cool for") | {","}
_AFTER_CALL: Final = words(
    "you i we it it's what can do don't how are is come this that there please where why who your just let if look listen he "
    "she they would could no so would"
)
_NOT_CALLED: Final = words(
    "a an the my his her your our their some of with and is was little big old young to for like one good nice poor another "
    "every any new said in from on by into about best"
)
COMMON: Final = words(
    """i a an the and but so no yes yeah oh ok okay well hey hi hello what why who how when where you your he it she we they this
    that there here now then my our his her their is are was were do did does can could would will should if or not to of in on
    at for from with about just really all right fine great good thanks thank sorry please come look listen wait stop god jesus
    christ uh um umm huh wow see know mean guess think let guys everybody everyone anyway because maybe hold bye goodbye
    congratulations excuse never nothing something one two three first get got go going gonna sure damn hell shut bless happy
    new ew aw aww ah hmm mm yep nope nah whoa hee ha haha ugh shh true wrong again later tonight today tomorrow yesterday
    eh me us him them myself
    however instead also besides still even although though since while after before once soon next last lol omg btw
    monday tuesday wednesday thursday friday saturday sunday christmas easter halloween thanksgiving january february march
    april june july august september october november december english french german spanish have has had speaking
    am be been as by every each both many more most much some any none another other such same own way nice cool awesome
    amazing perfect exactly absolutely definitely totally honestly seriously actually dude man honey ooh oooh uhh whatever
    merry dear sweet hot cold big little old young poor super beautiful lovely wonderful mr mrs ms dr miss"""
)
_TITLES: Final = words("mr mrs ms dr miss doctor professor prof aunt auntie uncle")
_MARKS: Final = frozenset(",!?.;:—–-")
_HE: Final = words("he him his")
_SHE: Final = words("she her hers")


class _Mentions:
    """One pass over a sentence."""

    def __init__(self, sentence: Sentence, speaker: Speaker, other: Speaker | None, known: Collection[str]) -> None:
        self._words, self._mark, self._known = sentence.words, sentence.mark, known
        self._speaker, self._other = speaker, other

    def read(self) -> Iterator[Mention]:
        at = 0
        while at < len(self._words):
            mention, at = self._at(at)
            if mention:
                yield mention

    def opened(self, mention: Mention) -> Mention:
        """The mention as one of the first sentence: it may open with a call, with no word of an answer before it."""
        if mention.form not in (Form.ADDRESS, Form.ENDEARMENT):
            return mention
        before = [word.low for word in self._words if word.begin < mention.begin]
        return replace(mention, opens=len(before) <= _OPENING_MAX and _REPLIES.isdisjoint(before))

    def _at(self, at: int) -> tuple[Mention | None, int]:
        """The mention that begins at a word, if any, and where to read on."""
        word = self._words[at]
        if word.low in ("my", "our", "your"):
            related = relation_at(self._words, at + 1)
            owner = self._other if word.low == "your" else self._speaker
            if related and owner:
                kinship, name, after = related
                name = name or self._name_beside(at, after)
                return self._mention(EntityRef(owner=owner, kinship=kinship, name=name), Form.KINSHIP, at, after), after
        if word.low in ENDEARMENTS:
            return (self._endearment(at) if self._is_called_dear(at) else None), at + 1
        if not word.text[0].isupper():
            return None, at + 1
        after = self._name_end(at)
        if after == at:
            return None, at + 1
        return self._named(at, after), after

    def _name_beside(self, at: int, after: int) -> str | None:
        """ "Anna is my boss", "Anna, my boss, …", "my boss's name is Anna": whose relation it is, by name."""
        if [self._low(after + i) for i in range(3)] == ["'s", "name", "is"] and self._capital(after + 3):
            return self._words[after + 3].text
        apposed = self._low(at - 1) == "," and (after >= len(self._words) or self._low(after) in (",", ")"))
        begin = at - 2 if apposed or self._low(at - 1) in ("is", "'s", "was") else at
        if begin >= 0 and begin < at and self._capital(begin) and self._low(begin) in FIRST_NAMES | set(self._known):
            stated = begin == 0 or not self._capital(begin - 1)
            return self._words[begin].text if stated and self._low(after) != "'s" else None
        return None

    def _mention(self, ref: EntityRef, form: Form, at: int, after: int) -> Mention:
        return Mention(ref=ref, form=form, begin=self._words[at].begin, end=self._words[after - 1].end)

    def _low(self, at: int) -> str:
        return self._words[at].low if 0 <= at < len(self._words) else ""

    def _name_end(self, at: int) -> int:
        """Where the capitalised words that can be a name end; `at` where none begins."""
        after = at
        if self._low(at) in _TITLES and self._capital(at + 1 + (self._low(at + 1) == ".")):
            after = at + 1 + (self._low(at + 1) == ".")
        while self._capital(after) and after - at < 4:
            after += 1
        return after

    def _capital(self, at: int) -> bool:
        if at >= len(self._words):
            return False
        word = self._words[at]
        return (
            word.text[0].isupper()
            and len(word.text) > 1
            and word.text.replace("-", "").isalpha()
            and word.text[1] != "-"
            and word.low not in COMMON
            and ("-" not in word.low or word.low.split("-")[0] not in COMMON)
        )

    def _named(self, at: int, after: int) -> Mention | None:
        text = " ".join(word.text for word in self._words[at:after]).replace(" .", ".")
        owns = self._low(after) == "'s"
        if not owns and self._introduces(at):
            return _own(self._speaker, text, self._words[at].begin, self._words[after - 1].end)
        ref = EntityRef(owner=self._speaker, name=text)
        titled = self._low(at) in _TITLES
        usual = titled or self._low(at) in FIRST_NAMES or self._low(at) in self._known or text.casefold() in self._known
        full = after > at + 1 and not any(word.text.isupper() for word in self._words[at:after])
        if not owns and self._identifies(at) and (usual or full):
            return self._mention(ref, Form.ADDRESS, at, after)
        if self._called(at, after) and (usual or (after == at + 1 and self._stands_alone(at))):
            return self._mention(ref, Form.ADDRESS, at, after)
        if not usual:
            return None
        return self._mention(ref, Form.NAME, at, after)

    def _introduces(self, at: int) -> bool:
        """ "I'm Tom", "my name is Tom", "call me Tom", "it's me Tom"; and on the telephone "hello, this is Tom"."""
        at, name = self._before_fillers(at), at
        three = (self._low(at - 3), self._low(at - 2), self._low(at - 1))
        if three[1:] in _I_AM:
            usual = self._low(name) in FIRST_NAMES or self._low(name) in _TITLES or self._capital(name + 1)
            return usual or three[1].startswith("call")
        if three in _MY_NAME:
            return True
        if three[1:] == ("it", "'s"):
            return self._greets(at - 2) and (self._low(name) in FIRST_NAMES or self._capital(name + 1))
        return three == (",", "this", "is") and self._low(at - 4) in ("hi", "hello")

    def _before_fillers(self, at: int) -> int:
        """Where "I'm, uh, Tom" would go on without the "uh"."""
        before = at
        while before and (self._low(before - 1) in _FILLERS or self._low(before - 1) == ","):
            before -= 1
        return before if any(word.low in _FILLERS for word in self._words[before:at]) else at

    def _greets(self, end: int) -> bool:
        return any(word.low in ("hi", "hello", "hey") for word in self._words[:end])

    def _called(self, at: int, after: int) -> bool:
        """Whether a name is called out to somebody: it stands apart at the start or the end, or after a greeting."""
        before, following = self._low(at - 1), self._low(after)
        ends = after >= len(self._words)
        if before in _GREETED:
            return True
        if self._told(at):
            return False
        if not self._is_short(at, after):
            return self._called_in_full(at, after)
        if at == 0 and ends and self._mark == ".":
            return False
        if self._opens(at) and (ends or following in _MARKS or following in _AFTER_OPENING):
            return True
        if before == "," and ends:
            return not self._listed(at)
        return before in _BEFORE_CALL and (ends or following in _AFTER_CALL or following == ",")

    def _stands_alone(self, at: int) -> bool:
        """Whether a word that is no common name must be one: written large within a sentence, or set apart."""
        apart = at + 1 >= len(self._words) or self._low(at + 1) in _MARKS
        return at > 0 or (apart and _sounds_like_a_name(self._low(at)))

    def _told(self, at: int) -> bool:
        """ "Is that Tom?", "they call me Tom": who somebody is, said to another."""
        before, two, three = (self._low(at - each) for each in (1, 2, 3))
        if before in _POINTED:
            return two in _IS and three not in _ASKED
        return before in ("me", "you", "her", "him") and two.startswith("call")

    def _is_short(self, at: int, after: int) -> bool:
        """Whether a name is one word, or one with its title."""
        return after == at + 1 or (self._low(at) in _TITLES and after <= at + 2 + (self._low(at + 1) == "."))

    def _called_in_full(self, at: int, after: int) -> bool:
        """ "Anna Berg, will you marry me?", "I'll get you for this, Anna Berg": set apart, in words to somebody."""
        if not any(word.low in _YOU for word in self._words):
            return False
        ends = after >= len(self._words)
        return (self._opens(at) and self._low(after) == "," and self._low(after + 1) != "i") or (
            self._low(at - 1) == "," and ends
        )

    def _opens(self, at: int) -> bool:
        """Whether nothing was said before but "well", "oh my God", or the same name."""
        return all(
            word.low in _OPENINGS or word.low in _MARKS or word.low == self._low(at) for word in self._words[:at]
        )

    def _identifies(self, at: int) -> bool:
        """ "You must be Tom", "are you Anna Berg?": whose name it is, by another."""
        at = self._before_fillers(at)
        three = (self._low(at - 3), self._low(at - 2), self._low(at - 1))
        return three in _YOUR_NAME or three[1:] in _YOU_ARE

    def _listed(self, at: int) -> bool:
        """ "Tom, Ann, Bob" are not called but counted."""
        return at >= 2 and self._words[at - 2].text[0].isupper() and self._words[at - 2].low in FIRST_NAMES

    def _endearment(self, at: int) -> Mention:
        ref = EntityRef(owner=self._speaker, name=self._words[at].low)
        return self._mention(ref, Form.ENDEARMENT, at, at + 1)

    def _is_called_dear(self, at: int) -> bool:
        word, before, following = self._words[at], self._low(at - 1), self._low(at + 1)
        hailed = (self._low(at - 2), before) in _HAILED
        if (before in _NOT_CALLED and not hailed) or (word.text[0].isupper() and word.low in ("buddy", "sir", "pal")):
            return False
        if word.low == "man":
            return word.text == "man" and self._is_called_man(at)
        if following == "" and before != "," and word.low != "honey":
            return not (before in _OF_ONE or self._low(at - 2) in _A)
        opened = self._opens(at)
        return opened or hailed or before == "," or before in _BEFORE_CALL

    def _is_called_man(self, at: int) -> bool:
        """ "Sorry, man", "come on man": but "oh man!" is said to nobody, and "man, it's late" hardly to anybody."""
        before, following = self._low(at - 1), self._low(at + 1)
        if before in _OF_ONE or following not in ("", ",") or all(word.low in _SIGHS for word in self._words[:at]):
            return False
        return (self._low(at - 2), before) in _HAILED or before in _BEFORE_CALL | _BEFORE_MAN


def _own(speaker: Speaker, name: str, begin: int, end: int) -> Mention:
    return Mention(ref=EntityRef(owner=speaker, name=name), form=Form.SELF, begin=begin, end=end)


def _pronouns(
    sentence: Sentence, found: Sequence[Mention], recent: Sequence[EntityRef], last: int
) -> Iterator[Mention]:
    """The first "she" and the first "he" of a sentence, where one person can be meant."""
    for pronoun, forms in (("he", _HE), ("she", _SHE)):
        word = next((word for word in sentence.words if word.low in forms), None)
        here = [mention.ref for mention in found if word and mention.end <= word.begin and mention.form in SPOKEN_OF]
        ref = _antecedent(pronoun, here, recent, last) if word else None
        if word and ref:
            yield Mention(ref=ref, form=Form.PRONOUN, begin=word.begin, end=word.end)


def _antecedent(pronoun: str, here: Sequence[EntityRef], recent: Sequence[EntityRef], last: int) -> EntityRef | None:
    """Who is meant, if just one of those before the word can be; else of the last message's, where nobody spoken of a
    little earlier is surely a "she"; else of the last few. People before pets.
    """
    for refs, rivals in ((here, ()), (recent[:last], recent[last:_NEAR]), (recent[:_NEAR], ())):
        people = {ref for ref in refs if gender(ref.kinship) in (pronoun, None)}
        fitting = people or {ref for ref in refs if gender(ref.kinship) == "it"}
        if len(fitting) == 1 and not any(gender(ref.kinship) == pronoun for ref in rivals):
            return fitting.pop()
        if fitting and refs is here:
            return None
    return None


SPOKEN_OF: Final = (Form.NAME, Form.KINSHIP, Form.PRONOUN)
"""The forms that say who is spoken of, not to."""
_NEAR: Final = 3
_N: Final = r"[A-Z][a-zà-ÿ]+(?: [A-Z][a-zà-ÿ]+)?"
_ALSO: Final = re.compile(
    rf"\b(?P<a>{_N})(?:,? (?:aka|a\.k\.a\.|also known as|better known as|who goes by|goes by|nicknamed)|,? or) "
    rf"(?P<b>{_N})(?P<tail> for short)?"
    rf"|\b(?P<c>{_N}) is short for (?P<d>{_N})|\b(?P<e>{_N}) \((?P<f>[A-Z][a-z]+)(?: for short)\)"
)
_BESIDE: Final = re.compile(r"\b(?P<a>[A-Z][a-z]+) and (?P<b>[A-Z][a-z]+)\b")


def _aliases(text: str, speaker: Speaker) -> Iterator[Mention]:
    """ "Rebecca, or Becky for short" is one person, "Rob and Robert" are two."""
    if " for " in text or "known" in text or "goes by" in text or "aka" in text or "nicknamed" in text:
        for match in _ALSO.finditer(text):
            left, right = (name for name in match.group("a", "b", "c", "d", "e", "f") if name)
            if match["tail"] or " or " not in match[0]:
                yield _also(speaker, left, right, Form.ALIAS, match)
    if " and " in text:
        for match in _BESIDE.finditer(text):
            if (
                match["a"].lower() in FIRST_NAMES
                and match["b"].lower() in FIRST_NAMES
                and alike(match["a"], match["b"])
            ):
                yield _also(speaker, match["a"], match["b"], Form.BESIDE, match)


def _also(speaker: Speaker, name: str, also: str, form: Form, match: re.Match[str]) -> Mention:
    ref = EntityRef(owner=speaker, name=name)
    return Mention(ref=ref, form=form, begin=match.start(), end=match.end(), also=also)
