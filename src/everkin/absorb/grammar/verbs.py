"""The verbs that the rules know, in all their forms, and the small words that stand around a verb."""

from typing import Final

from everkin.absorb.lexicon import words

BE: Final = words("am is are was were be been being 'm 're 's ai")
HAVE: Final = words("have has had 've")
DO: Final = words("do does did")
MODAL: Final = words("will wo shall sha 'll would 'd could can ca might may should must")
ADVERBS: Final = words(
    """really just also still now currently recently finally always actually honestly literally only already even totally
    absolutely usually often sometimes definitely certainly truly simply officially secretly personally
    mostly mainly generally originally formerly previously lately once then both all together myself too very so
    quite completely genuinely mainly happily sadly unfortunately luckily proudly deeply greatly kinda sorta soon
    currently presently newly freshly very super pretty long since"""
)
UNSURE: Final = {
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
"""By how much each makes a clause less certain."""
NEVER: Final = words("not n't never hardly barely nor neither")
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
    "welcome;deliver;expect;train;volunteer;launch;open;close;crash;total;undergo underwent undergone;propose;tie tied tied tying;elope;"
    "separate;end;defend;miscarry;emigrate;immigrate;finalize;file;let let let letting"
)
"""Those that a rule or a plan may need: base, then past, participle and -ing where they are not regular."""


def _forms() -> dict[str, tuple[str, str]]:
    """Each form of each verb, to its lemma and tense: base, s, past, part(iciple), ing, or several ("past/part")."""
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
    return base, _third(base), past, participle, ing


def _third(base: str) -> str:
    if _consonant_y(base):
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "sh", "ch", "x", "o")) else "s")


def _consonant_y(base: str) -> bool:
    return base.endswith("y") and base[-2] not in "aeiou"


FORMS: Final = _forms()
