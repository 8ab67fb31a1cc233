"""Who Alice speaks of: her sister Anna, Anna and "she" are one; two people are never made one without a reason."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.absorb.entities import alike, kindred, mentions
from everkin.mind.entity import COMPANION, USER, Entity, EntityRef, Form, Mention, Reason, Speaker, Turn
from everkin.mind.registry import Registry

NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)


def heard(*said: str | tuple[Speaker, str], start: Registry | None = None) -> Registry:
    """The registry after a chat of Alice with Lucy; a bare text is Alice's."""
    registry = start or Registry(kindred=kindred)
    for minute, line in enumerate(said):
        speaker, text = line if isinstance(line, tuple) else (USER, line)
        other = COMPANION if speaker == USER else USER
        known = {name.casefold() for entity in registry.entities for name in entity.names}
        found = mentions(text, speaker=speaker, other=other, known=known, recent=registry.recent)
        at = NOW + timedelta(minutes=minute)
        registry = registry.hear(Turn(speaker=speaker, mentions=found, at=at, before=other, after=other))
    return registry


def forms(text: str, recent: Sequence[EntityRef] = ()) -> list[tuple[Form, str]]:
    found = mentions(text, speaker=USER, other=COMPANION, recent=recent)
    return [(mention.form, mention.ref.key) for mention in found]


def who(registry: Registry, name: str | None = None, kinship: str | None = None) -> Entity | None:
    return registry.resolve(EntityRef(owner=USER, name=name, kinship=kinship))


def reasons(registry: Registry) -> list[Reason]:
    return [merge.reason for merge in registry.merges]


def test_my_sister_anna_then_anna_then_my_sister_are_one():
    registry = heard("My sister Anna is here", "Anna sings", "My sister left")
    (anna,) = {id(entity): entity for entity in (who(registry, "Anna"), who(registry, None, "sister"))}.values()
    assert anna is not None
    assert anna.kinships == ((USER, "sister"),)
    assert reasons(registry) == [Reason.NAMED, Reason.NAMED]


def test_she_is_the_one_just_spoken_of():
    assert forms("My sister Anna called. She is fine.") == [
        (Form.KINSHIP, "user/sister/anna"),
        (Form.PRONOUN, "user/sister/anna"),
    ]


def test_she_may_be_somebody_of_the_message_before():
    anna = EntityRef(owner=USER, kinship="sister", name="Anna")
    assert forms("She is fine.", recent=[anna]) == [(Form.PRONOUN, anna.key)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Anna is my boss.", "user/boss/anna"),
        ("I met Anna, my boss, at noon.", "user/boss/anna"),
        ("My boss's name is Anna.", "user/boss/anna"),
        ("Anna was my boss back then.", "user/boss/anna"),
        ("Anna isn't my boss.", "user/boss"),
        ("Anna is my boss's sister.", "user/boss's sister/anna"),
        ("Anna, my boss is late!", "user/boss"),
    ],
)
def test_who_is_said_to_be_somebodys_boss_is(text: str, key: str):
    assert [said for form, said in forms(text) if form is Form.KINSHIP] == [key]


def test_she_is_whom_the_last_message_spoke_of_unless_a_woman_was_spoken_of_before():
    anna, boss = EntityRef(owner=USER, name="Anna"), EntityRef(owner=USER, kinship="boss", name="Tom")
    aunt = EntityRef(owner=USER, kinship="aunt")
    for before, found in (([anna, boss], [(Form.PRONOUN, "/anna")]), ([anna, aunt], [])):
        mentioned = mentions("She starts on Monday.", speaker=USER, other=COMPANION, recent=before, last=1)
        assert [(mention.form, mention.ref.key) for mention in mentioned] == found
    assert forms("She starts on Monday.", recent=[anna, boss]) == []


def test_she_is_nobody_where_two_can_be_meant():
    assert (Form.PRONOUN, "user/sister/anna") not in forms("My sister Anna met my aunt Rosa. She laughed.")


def test_two_sisters_stay_two():
    registry = heard("My sister Anna is here", "My sister Berit is here", "My sister is late")
    assert who(registry, "Anna") != who(registry, "Berit")
    assert Reason.NAMED not in reasons(registry)


def test_two_annas_are_told_apart_by_who_was_spoken_of_last():
    registry = heard("My sister Anna is here", "My colleague Anna is nice")
    anna = who(registry, "Anna")
    assert anna is not None
    assert anna.kinships == ((USER, "colleague"),)


def test_a_full_name_is_its_first_name_while_there_is_only_one():
    one = heard("I met Priya Shah", "Priya is fun")
    assert who(one, "Priya") == who(one, "Priya Shah")
    two = heard("I met Priya Shah and then Priya Nair", "Priya is fun")
    assert who(two, "Priya Shah") != who(two, "Priya Nair")


def test_a_nickname_is_a_reason_and_can_be_taken_back():
    registry = heard("Rebecca was at the party", "Becky sang")
    assert who(registry, "Becky") == who(registry, "Rebecca")
    assert reasons(registry) == [Reason.NICKNAME]
    parted = heard("Becky sang again", start=registry.part("/becky", "/rebecca"))
    assert who(parted, "Becky") != who(parted, "Rebecca")


def test_a_nickname_may_be_short_for_a_name_that_came_with_a_relation():
    registry = heard("My boss Rebecca is on holiday", "Becky called")
    becky = who(registry, "Becky")
    assert becky is not None
    assert (becky.names, becky.kinships) == (("Becky", "Rebecca"), ((USER, "boss"),))
    two = heard("My boss Rebecca is on holiday", "My friend Rebecca sings", "Becky called")
    assert reasons(two).count(Reason.NICKNAME) == 0


def test_a_sister_anna_is_not_a_colleague_anna_lund():
    registry = heard("My sister Anna is here", "My colleague Anna Lund left", "Anna sings", "Anna Lund was promoted")
    sister, colleague = who(registry, "Anna"), who(registry, "Anna Lund")
    assert sister is not None
    assert colleague is not None
    assert (sister.kinships, colleague.kinships) == (((USER, "sister"),), ((USER, "colleague"),))
    assert sister.count == colleague.count == 2


def test_parting_two_parts_them_by_every_path():
    """Becky was taken for Rebecca, and Rebecca for my sister: then Becky is not my sister either."""
    registry = heard("My sister Rebecca is here", "Rebecca sings", "Becky is late")
    assert who(registry, "Becky") == who(registry, None, "sister") or who(registry, "Becky") == who(registry, "Rebecca")
    parted = registry.part("/becky", "user/sister/rebecca")
    assert who(parted, "Becky") != parted.resolve(EntityRef(owner=USER, kinship="sister", name="Rebecca"))
    assert who(parted, "Rebecca") == parted.resolve(EntityRef(owner=USER, kinship="sister", name="Rebecca"))


def test_rob_and_robert_in_one_breath_are_two():
    registry = heard("Rob and Robert came by")
    assert who(registry, "Rob") != who(registry, "Robert")


def test_who_says_that_two_names_are_one_is_believed():
    registry = heard("This is Wilhelmina, or Billie for short")
    assert who(registry, "Billie") == who(registry, "Wilhelmina")
    assert reasons(registry) == [Reason.SAID]


def test_names_that_have_nothing_to_do_with_each_other_stay_apart():
    registry = heard("Tom met Clara", "Clara likes Hector", "Hector knows Tom")
    assert registry.merges == ()
    assert len(registry.entities) == 4


def test_call_me_makes_a_name_of_the_speaker():
    registry = heard("Call me Bobby")
    bobby = who(registry, "Bobby")
    assert bobby is not None
    assert bobby.speaker == USER


def test_the_name_a_companion_calls_out_is_the_users():
    registry = heard("Hi!", (COMPANION, "Good morning, Alice!"), "Morning")
    alice = who(registry, "Alice")
    assert alice is not None
    assert (alice.speaker, reasons(registry)) == (USER, [Reason.ADDRESSED])


def test_an_endearment_is_what_one_is_called_and_nobodys_name():
    registry = heard((COMPANION, "Sleep well, honey"), "I put honey in my tea")
    assert registry.endearments == {(USER, "honey")}
    assert who(registry, "honey") is None


def test_your_sister_is_the_others_sister():
    (mention,) = mentions("How is your sister Anna?", speaker=COMPANION, other=USER)
    assert mention.ref == EntityRef(owner=USER, kinship="sister", name="Anna")


def test_three_at_a_table_are_told_apart_by_who_answers():
    """In an imported group chat Bob and Charlie are called by name, and each answers to his own."""
    talk = [
        ("A", "Bob?", "B", "B"),
        ("B", "Yes, Alice?", "A", "A"),
        ("A", "Charlie, are you there?", "B", "C"),
        ("C", "Here, Alice.", "A", "A"),
        ("A", "Thanks, Charlie!", "C", "C"),
    ]
    registry = Registry(kindred=kindred)
    for speaker, text, before, after in talk:
        found = mentions(text, speaker=Speaker(speaker), other=None)
        turn = Turn(
            speaker=Speaker(speaker),
            mentions=found,
            at=NOW,
            before=Speaker(before),
            after=Speaker(after),
            asks="?" in text,
        )
        registry = registry.hear(turn)
    assert {entity.speaker: entity.names for entity in registry.entities if entity.names} == {
        "A": ("Alice",),
        "B": ("Bob",),
        "C": ("Charlie",),
    }


@pytest.mark.parametrize(
    ("left", "right"),
    [("Becky", "Rebecca"), ("Rach", "Rachel"), ("Joey", "Joseph"), ("Bob", "Robert"), ("Pheebs", "Phoebe")],
)
def test_short_forms_are_alike(left: str, right: str):
    assert alike(left, right)
    assert alike(right, left)


@pytest.mark.parametrize(("left", "right"), [("Anna", "Berit"), ("Tom", "Tim"), ("Mark", "Maria"), ("Clara", "Claude")])
def test_other_names_are_not(left: str, right: str):
    assert not alike(left, right)


@pytest.mark.parametrize(
    "text", ["Honestly, it rained.", "I work at Equinor.", "See you on Monday!", "THE END", "God, no!", "Write to me"]
)
def test_not_every_capital_is_a_name(text: str):
    assert [form for form, _ in forms(text) if form in (Form.NAME, Form.ADDRESS)] == []


def test_no_name_is_in_a_repr():
    registry = heard("My sister Anna is here", "Anna sings")
    assert "nna" not in repr(registry) + repr(registry.entities)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str):
    for mention in mentions(text, speaker=USER, other=COMPANION):
        assert 0 <= mention.begin <= mention.end <= len(text)


@given(st.lists(st.sampled_from(["Anna", "Tom", "Rebecca", "Becky", "Priya Shah", "Priya"]), max_size=12))
def test_the_registry_grows_with_the_names_not_with_the_talk(names: list[str]):
    mention = [Mention(ref=EntityRef(owner=USER, name=name), form=Form.NAME, begin=0, end=1) for name in names]
    registry = Registry(kindred=kindred).hear(Turn(speaker=USER, mentions=mention, at=NOW, before=None, after=None))
    again = registry.hear(Turn(speaker=USER, mentions=mention, at=NOW, before=None, after=None))
    assert set(registry.known) == set(again.known)
    assert registry.merges == again.merges
