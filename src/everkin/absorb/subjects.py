"""Of whom a text speaks besides those who talk, and whether that can be whoever is asked about: what is known of a sister says
nothing of a brother."""

from collections.abc import Mapping, Sequence
from typing import Final

from everkin.absorb.entities import alike, mentions
from everkin.absorb.lexicon import FEMALE, MALE, PARTNERS, words
from everkin.mind.entity import COMPANION, USER, EntityRef, Form
from everkin.mind.transcript import Role

READ_MAX: Final = 1000
"""Characters of a text that are read: whom a longer one is about, its beginning does not tell."""
_ONE_OF: Final = (MALE | FEMALE | words("dog cat horse rabbit hamster parrot")) - frozenset(PARTNERS)
"""Relations of which nobody is two."""


def spoken_of(text: str, role: Role, speakers: Mapping[Role, str]) -> list[EntityRef]:
    """Everybody named or brought up by a relation but the two who talk, whose names are `speakers`. 0.03 ms a chat message;
    none where "she" or "he" may be anybody, or the text is long.
    """
    if role not in _SIDES or len(text) > READ_MAX:
        return []
    speaker, other = _SIDES[role]
    theirs = {name.split()[0].casefold() for name in speakers.values() if name.strip()}
    found = mentions(text, speaker=speaker, other=other, known=frozenset(), recent=())
    refs = [mention.ref for mention in found if mention.form in (Form.NAME, Form.KINSHIP)]
    return [ref for ref in refs if not ref.name or ref.name.split()[0].casefold() not in theirs]


def is_somebody_else(asked: Sequence[EntityRef], told: Sequence[EntityRef]) -> bool:
    """Whether nobody of whom something is told can be anybody of whom it is asked; False where either names nobody.

    Two bare names rule nothing out: who names Rob may go on with what Anna said.
    """
    return bool(asked and told) and all(_differ(one, other) for one in asked for other in told)


def _differ(one: EntityRef, other: EntityRef) -> bool:
    if one.kinship and other.kinship and one.owner == other.owner and one.kinship != other.kinship:
        return {one.kinship, other.kinship} <= _ONE_OF
    if one.name and other.name and (one.kinship or other.kinship):
        left, right = (ref.name.split()[0].casefold() for ref in (one, other) if ref.name)
        return left != right and not alike(left, right)
    return False


_SIDES: Final = {Role.USER: (USER, COMPANION), Role.ASSISTANT: (COMPANION, USER)}
