"""Alice introduces somebody, and goes on with "she" or "he"."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from everkin.absorb.absorber import Absorber, Said
from everkin.language.terms import Terms
from everkin.mind.transcript import Role

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Blank:
    """An embedder for which everything is alike and short."""

    def passages(self, text: str) -> list[str]:
        return [text]

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        return np.zeros((len(texts), 384), np.float32)


async def facts(*told: str, by: Role = Role.USER) -> list[str]:
    """The facts in the last of several messages of one talk: the others are the user's."""
    absorber = Absorber(Blank(), Terms(), lambda text, at, zone: [], new_id=uuid4)
    said = [
        Said(
            role=by if place == len(told) - 1 else Role.USER,
            name=None,
            content=text,
            at=NOON + timedelta(minutes=place),
        )
        for place, text in enumerate(told)
    ]
    drafts = await absorber.drafts(said, zone=ZoneInfo("UTC"))
    return [draft.text or "" for draft in drafts[-1] if draft.fact]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["My sister came by. She was diagnosed with asthma."], "user's sister: diagnosis, asthma"),
        (["My sister Anna came by.", "She works at the harbour museum now."], "sister Anna: work, harbour museum"),
        (["I visited my grandpa.", "He lives in Ghent, right by the river."], "user's grandfather: home, Ghent"),
        (["Anna called me, and she is allergic to peanuts."], "Anna: allergy, peanuts"),
        (["I miss my grandma a lot. She died in March."], "user: bereavement, grandmother"),
        (["My dog Rex is limping again. He has arthritis."], "dog Rex: diagnosis, arthritis"),
        (["My sister got a dog.", "She works at the harbour museum."], "user's sister: work, harbour museum"),
        (["I bought my niece a doll because she loves dolls with long hair."], "niece: likes, dolls with long hair"),
    ],
)
async def test_what_is_said_of_her_is_known_of_her(told: list[str], expected: str) -> None:
    assert any(expected in fact for fact in await facts(*told)), await facts(*told)


@pytest.mark.parametrize(
    "told",
    [
        ["My sister and my aunt came by. She was diagnosed with asthma."],
        ["My brother came by. She was diagnosed with asthma."],
        ["My sister came by. Was she diagnosed with asthma?"],
        ["My sister came by. If she lived in Ghent I would visit her."],
        ["My sister came by. I dreamed she was diagnosed with asthma."],
        ["My dog and my cat are in. He was diagnosed with asthma."],
        ["I saw Anna.", "She was diagnosed with asthma."],
        ["She was diagnosed with asthma."],
    ],
    ids=["two", "a brother", "asked", "if", "a dream", "two pets", "a name of before", "nobody"],
)
async def test_where_it_may_be_somebody_else_nothing_is_known(told: list[str]) -> None:
    assert not [fact for fact in await facts(*told) if "asthma" in fact or "Ghent" in fact]


async def test_what_the_companion_says_of_alices_sister_is_no_fact() -> None:
    assert not await facts(
        "My sister is here.", "She lives in Ghent, doesn't she, so she works as a nurse.", by=Role.ASSISTANT
    )
