"""What somebody likes, dislikes, does for pleasure, and owns."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either
from everkin.absorb.rules.constituents import ARTICLE, BOUNDARY, NOUNS, phrase
from everkin.absorb.rules.rule import CHANGE, END, HABIT, STATE, Rules, rule
from everkin.mind.fact import Predicate as P

_NOT_LIKED: Final = (
    r"(?!(?:it|that|this|these|those|them|him|her|you|your|yours|how|what|when|where|who|why|the (?:idea|way|fact|look|sound|thought|feeling|vibe|one|first|second|last)|to (?:hear|see|know|think|say|be|have|get|tell|ask|share|help|do|talk|chat|thank|point)"
    r"|hearing|seeing|being|having|our (?:chats?|talks?|conversations?)|talking (?:to|with)|chatting|a (?:lot|bit)|so|more|most|every|all|any|both|better|best|less|other|i|we|he|she|they|if|when|myself|each other|us|me|one another)\b)"
)
_LIKED: Final = rf"{_NOT_LIKED}(?:(?:a|an|the|my|to|some) )?{phrase(6, 'with for')}(?:(?:, {phrase(3)})*,? and (?!i\b){phrase(3)}(?=\W*$|[.,;!\n]))?"
_PURSUIT: Final = either(lex.ACTIVITIES | lex.PRACTICES | lex.INSTRUMENTS | lex.GAMES)
_PLAYED: Final = either(lex.INSTRUMENTS | lex.GAMES)
_GOODS: Final = either(lex.GOODS)

RULES: Final[Rules] = {
    "be": (
        rule(
            P.LIKES,
            rf"(?:really |so |super |totally |big |quite |very )*(?:into|fond of|obsessed with|crazy about|passionate about|an? (?:[\w-]+ ){{0,2}}?(?:fan|lover|admirer) of|hooked on|addicted to) (?P<v>{_LIKED})",
            many=True,
        ),
        rule(
            P.LIKES,
            rf"an? (?:huge |big |massive |lifelong |total )+(?P<v>{phrase(3)}) (?:fan|lover|nerd|geek|buff|enthusiast)\b",
        ),
        rule(
            P.DISLIKES,
            rf"(?:really |so |very |deathly |absolutely )*(?:afraid|scared|terrified|sick and tired) of (?!(?:it|that|this|him|her|them|you|what|losing|being|the future|how)\b)(?P<v>{phrase(4)})",
        ),
    ),
    "have": (
        rule(
            P.POSSESSION,
            rf"{ARTICLE} (?P<v>{NOUNS}(?:{_GOODS})s?)(?! (?:accident|crash|trip|party|warming|mate|owner|problem|payment|insurance|loan|ride|tour|key|keys|work)\b){BOUNDARY}",
        ),
    ),
    "own": (rule(P.POSSESSION, rf"{ARTICLE} (?P<v>{NOUNS}(?:{_GOODS})s?){BOUNDARY}"),),
    "get": (
        rule(
            P.POSSESSION,
            rf"(?:a|an|my|our) (?:brand )?(?P<v>new (?:[\w'-]+ ){{0,2}}?(?:{_GOODS})){BOUNDARY}",
            CHANGE,
        ),
    ),
    "start": (
        rule(
            P.HOBBY,
            rf"(?:to learn |learning |playing |doing |taking |going )?(?:the )?(?P<v>{_PURSUIT}|[\w-]+ (?:classes|lessons))\b(?! (?:it|my|a|an|the|that|this|her|him|them|up|down|late|through|out|about|on|toward|away)\b)",
            CHANGE,
        ),
    ),
    "go": (rule(P.HOBBY, rf"(?P<v>{either(lex.ACTIVITIES)})\b", HABIT, progressive=False, negatable=False),),
    "love like enjoy adore": (rule(P.LIKES, rf"(?P<v>{_LIKED})", HABIT, many=True),),
    "prefer": (rule(P.LIKES, rf"(?!not\b)(?P<v>{_LIKED})", HABIT, negatable=False),),
    "hate dislike detest despise loathe": (rule(P.DISLIKES, rf"(?P<v>{_LIKED})", HABIT, many=True, negatable=False),),
    "stand": (rule(P.DISLIKES, rf"(?P<v>{_LIKED})", HABIT, many=True, modal="ca"),),
    "play": (
        rule(
            P.HOBBY,
            rf"(?:the |some |a bit of |lead |rhythm |a little |competitive )*(?P<v>(?:{_PLAYED})(?:(?:, | and (?:the )?)(?:{_PLAYED}))*)\b",
            HABIT,
            many=True,
        ),
    ),
    "do": (rule(P.HOBBY, rf"(?:some |a lot of |a bit of |hot )?(?P<v>{either(lex.PRACTICES)})\b", HABIT),),
    "collect": (rule(P.HOBBY, rf"(?!(?:my|the|a|an|it|them|him|her|from)\b)(?P<v>{phrase(4)})", HABIT, whole=True),),
    "take": (
        rule(P.HOBBY, rf"up (?!the\b)(?P<v>{phrase(3)})", CHANGE),
        rule(P.HOBBY, r"(?P<v>(?:[\w-]+ ){1,3}(?:classes|lessons))\b", HABIT),
    ),
    "give": (
        rule(
            P.HOBBY,
            rf"up (?:on )?(?:playing )?(?P<v>{_PURSUIT})\b",
            END,
        ),
    ),
    "stop": (
        rule(
            P.HOBBY,
            rf"(?:playing |doing |going )?(?:the )?(?P<v>{_PURSUIT})(?=\W*$|[.,;!\n]| after| when| because| last| in )",
            END,
        ),
    ),
    "learn": (
        rule(
            P.HOBBY,
            rf"(?:to (?:play|speak) )?(?:the )?(?P<v>{either(lex.LANGUAGES | lex.INSTRUMENTS | lex.GAMES | lex.ACTIVITIES)})\b",
            STATE,
            progressive=True,
        ),
    ),
    "buy": (
        rule(
            P.POSSESSION,
            rf"(?:a|an|my first|our first|my own|our own|our|my)(?: brand)? (?P<v>{NOUNS}(?:{_GOODS})){BOUNDARY}",
            CHANGE,
        ),
    ),
    "sell": (rule(P.POSSESSION, rf"(?:my|our|the) (?P<v>{NOUNS}(?:{_GOODS}))\b", END),),
    "paint knit crochet sing dance surf ski bake garden meditate": (
        rule(
            P.HOBBY,
            r"(?P<v>)(?=\W*$|[.,;!\n]| every\b| in my (?:free|spare)\b| a lot| for fun| most | on weekends)",
            HABIT,
            whole=True,
            progressive=False,
        ),
    ),
}
