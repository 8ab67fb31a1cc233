"""A summary is made anew from what stands; its sentences cite messages, and go with them."""

from datetime import UTC, datetime, timedelta

from everkin import Bond, Everkin
from everkin.mind.summary import SENTENCES_MAX

MAY = datetime(2026, 5, 1, 9, tzinfo=UTC)
SAID = [
    "My name is Alice and I live in Lisbon.",
    "I work as a nurse.",
    "My sister Mia lives in Porto.",
    "I am allergic to walnuts.",
]


async def lived(kin: Everkin) -> Bond:
    bond = await kin.bond(user="alice", companion="lucy")
    said = [
        {"id": f"m{n}", "role": "user", "content": line, "at": MAY + timedelta(minutes=n)}
        for n, line in enumerate(SAID)
    ]
    await bond.observe(said)
    return bond


async def sentences(bond: Bond) -> dict[str, tuple[str, ...]]:
    return {sentence.text: sentence.message_ids for sentence in await bond.summary(at=MAY + timedelta(days=9))}


async def test_every_sentence_cites_what_it_rests_on(kin: Everkin) -> None:
    found = await sentences(await lived(kin))
    assert found["They live in Lisbon."] == ("m0",)
    assert found["Allergic to walnuts."] == ("m3",)
    assert found["You first talked on 1 May 2026, and have talked once since."] == ("m0",)
    assert any("Porto" in text for text in found)
    assert all(ids and set(ids) <= {"m0", "m1", "m2", "m3"} for ids in found.values())
    assert len(found) <= SENTENCES_MAX


async def test_the_same_life_gives_the_same_words(kin: Everkin) -> None:
    bond = await lived(kin)
    assert await bond.summary(at=MAY + timedelta(days=9)) == await bond.summary(at=MAY + timedelta(days=9))


async def test_a_sentence_goes_with_its_source(kin: Everkin) -> None:
    bond = await lived(kin)
    allergy = next(memory for memory in await bond.timeline() if "walnuts" in memory.text)
    await bond.erase(allergy.id)
    assert not any("walnuts" in text for text in await sentences(bond))


async def test_a_sentence_is_put_right_through_its_fact(kin: Everkin) -> None:
    bond = await lived(kin)
    home = next(s for s in await bond.summary(at=MAY + timedelta(days=9)) if s.text == "They live in Lisbon.")
    await bond.edit(home.memories[0], "Braga")
    found = await sentences(bond)
    assert "They live in Braga." in found
    assert "They live in Lisbon." not in found


async def test_what_has_ended_is_not_told(kin: Everkin) -> None:
    bond = await lived(kin)
    moved = {"id": "m9", "role": "user", "content": "I moved to Coimbra yesterday.", "at": MAY + timedelta(days=5)}
    await bond.observe([moved])
    found = await sentences(bond)
    assert "They live in Coimbra." in found
    assert "They live in Lisbon." not in found


async def test_of_nobody_there_is_nothing_to_tell(kin: Everkin) -> None:
    bond = await kin.bond(user="bob", companion="lucy")
    assert await bond.summary() == []
