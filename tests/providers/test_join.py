"""Half an answer and a stranger's continuation become one text in which nothing stands twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.mind.ports.gateway import FaultKind, Replaced
from everkin.providers.fault import Failed
from everkin.providers.join import How, Seam, judge, looks_structured, sentences, whole

SHOWN = "Biscuit is well, Alice. He ran on the beach. Then he found a st"
REST = "The vet was kind to him. Bob came by."


def joined(shown: str, said: str, *, append_only: bool = True, step: int = 7) -> tuple[str, How | None]:
    """What the reader has in the end when `said` arrives in pieces of `step` characters."""
    seam, text = Seam(shown, append_only=append_only), shown
    pieces = [said[at : at + step] for at in range(0, len(said), step)]
    for event in (*(event for piece in pieces for event in seam.hear(piece)), *seam.end()):
        text = event.text if isinstance(event, Replaced) else text + event.text
    return text, seam.how


def test_the_unfinished_sentence_is_finished():
    said = f"Then he found a stick and brought it home. {REST}"
    assert joined(SHOWN, said) == (f"Biscuit is well, Alice. He ran on the beach. {said}", How.OVERLAP)


def test_a_continuation_in_mid_sentence_is_appended():
    text, how = joined("He ran on the beach. Then he found a", "stick, as always. Bob came by.")
    assert (text, how) == ("He ran on the beach. Then he found a stick, as always. Bob came by.", How.WENT_ON)


def test_a_repeated_last_sentence_is_heard_once():
    text, how = joined("Biscuit is well, Alice. He ran on the beach. ", f"He ran on the beach. {REST}")
    assert text == f"Biscuit is well, Alice. He ran on the beach. {REST}"
    assert how is How.REPEATED


def test_a_new_sentence_may_begin_with_the_words_the_last_one_ended_with():
    text, _ = joined("He ran on the beach.", f"On the beach he found a stick. {REST}")
    assert text == f"He ran on the beach. On the beach he found a stick. {REST}"


def test_a_restart_in_the_same_words_goes_on_where_the_text_stopped():
    said = f"Biscuit is well, Alice. He ran on the beach. Then he found a stick. {REST}"
    assert joined(SHOWN, said)[0] == said


def test_a_restart_that_leaves_the_path_keeps_only_what_is_new():
    text, how = joined("Biscuit is well, Alice. He ran on the beach.", f"Biscuit is well, Alice! {REST}")
    assert text == f"Biscuit is well, Alice. He ran on the beach. {REST}"
    assert how is How.REPEATED


def test_who_stops_in_the_same_place_went_nowhere():
    """Repeating half a sentence completes nothing; repeating the last whole one says that it was the last."""
    with pytest.raises(Failed):
        joined("He ran on the beach. Then he found", "Then he found")
    assert joined("He ran on the beach.", "He ran on the beach.") == ("He ran on the beach.", How.ALREADY_WHOLE)


def test_a_greeting_is_a_restart():
    """Where it can be taken back the new answer stands alone; else it gets a paragraph of its own."""
    said = f"Good evening, my dear Alice. {REST}"
    assert joined(SHOWN, said, append_only=False) == (said, How.RESTARTED)
    assert joined(SHOWN, said) == (f"{SHOWN}…\n\n{said}", How.RESTARTED)


def test_one_letter_is_missing():
    shown = "Biscuit is well, Alice. Then he found a stic"
    assert joined(shown, f"Then he found a stick. {REST}")[0] == f"{shown}k. {REST}"


def test_a_new_sentence_leaves_the_unfinished_one_behind():
    assert joined(SHOWN, REST, append_only=False)[0] == f"Biscuit is well, Alice. He ran on the beach. {REST}"
    assert joined(SHOWN, REST)[0] == f"{SHOWN}…\n\n{REST}"


@pytest.mark.parametrize(
    "preface",
    [
        "Sure! ",
        "Certainly, here is the rest of my message:\n\n",
        "Continuing from where I left off:\n",
        "Sorry about that interruption. ",
        "As I was saying: ",
        "Of course! Let me continue where I was cut off. ",
        "Okay, here is what I was going to say: ",
    ],
)
def test_prefaces_are_taken_off(preface: str):
    shown = "Biscuit is well, Alice. "
    assert joined(shown, preface + REST)[0] == shown + REST


@pytest.mark.parametrize(
    "refusal",
    [
        "I'm sorry, but I can't continue that message. Ask me something else.",
        "I’m sorry. I cannot assist with that request.",
        "As an AI language model, I have no earlier message. Please send it again.",
        "I am unable to complete this. Please try again.",
        "I don't see any previous message. What would you like?",
        "Sure, here is the rest: I can't help with that. Sorry.",
    ],
)
def test_refusals_are_declined(refusal: str):
    with pytest.raises(Failed) as failure:
        joined(SHOWN, refusal)
    assert failure.value.fault.kind is FaultKind.DECLINED


@pytest.mark.parametrize(
    "kind",
    [
        "I'm sorry he was ill. The vet was kind to him.",
        "I can't help but smile at that. Bob came by.",
        "Of course he was tired after all that running. Bob came by.",
        "Here is what he did: he slept. Bob came by.",
        "We continued along the shore until dark. Bob came by.",
    ],
)
def test_kind_words_are_neither_preface_nor_refusal(kind: str):
    assert joined("Biscuit is well, Alice. ", kind)[0] == f"Biscuit is well, Alice. {kind}"


def test_a_sentence_that_returns_later_is_dropped_too():
    text, _ = joined("Biscuit is well, Alice. ", "The vet was kind. Biscuit is well, Alice. Bob came by.")
    assert text == "Biscuit is well, Alice. The vet was kind. Bob came by."


def test_other_scripts_have_sentences_too():
    assert sentences("犬は元気です。海で走りました。") == ["犬は元気です。", "海で走りました。"]
    text, how = joined("犬は元気です。", "海で走りました。夜はよく寝ました。")
    assert (text.replace(" ", ""), how) == ("犬は元気です。海で走りました。夜はよく寝ました。", How.WENT_ON)


@pytest.mark.parametrize("text", ['{"name": "Bis', '[{"a": 1}, {"b', "```python\nprint(", '  {\n "x'])
def test_structures_are_not_prose(text: str):
    assert looks_structured(text)


@pytest.mark.parametrize("text", ["[smiles] Hello Alice.", "*waves* {hello}", "Look: ```x``` and more"])
def test_prose_with_brackets_is_prose(text: str):
    assert not looks_structured(text)


WORDS = st.sampled_from(["biscuit", "alice", "beach", "vet", "home", "stick", "found", "walked", "slowly", "again"])
SENTENCE = st.lists(WORDS, min_size=3, max_size=8, unique=True).map(lambda words: f"{' '.join(words).capitalize()}.")
TEXT = st.lists(SENTENCE, min_size=2, max_size=6, unique=True).map(" ".join)


@given(st.text(max_size=200))
def test_sentences_lose_nothing(text: str):
    assert "".join(sentences(text)) == text
    assert text.startswith(whole(text))


@given(TEXT, st.data(), st.integers(1, 40))
def test_the_same_answer_again_is_told_once_wherever_it_was_cut(text: str, data: st.DataObject, step: int):
    """A fallback that says exactly what the primary was saying, from the top, completes it word for word."""
    cut = data.draw(st.integers(1, len(text) - 1))
    assert joined(text[:cut], text, step=step)[0].split() == text.split()


@given(TEXT, TEXT, st.data(), st.booleans(), st.integers(1, 40))
def test_no_sentence_stands_twice_and_nothing_shown_is_lost(
    shown: str, said: str, data: st.DataObject, append_only: bool, step: int
):
    shown = shown[: data.draw(st.integers(1, len(shown)))]
    try:
        text, _ = joined(shown, said, append_only=append_only, step=step)
    except Failed:
        return
    if append_only:
        assert text.startswith(shown)
    plain = [sentence.strip().casefold() for sentence in sentences(text)]
    assert len(plain) == len(set(plain) | {""}) or len(plain) == len(set(plain))


def test_a_judgement_waits_for_a_whole_sentence():
    assert judge(SHOWN, "The vet was", ended=False) is None
    assert judge(SHOWN, "The vet was", ended=True) is not None
