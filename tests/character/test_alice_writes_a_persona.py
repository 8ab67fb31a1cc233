"""Alice writes down who Lucy is; what she wrote is read to the letter, or refused with the line that is wrong."""

import hashlib
import json
import subprocess
import sys
import time
from itertools import pairwise

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from everkin.character.document import lint, persona_of, read, require
from everkin.character.schema import schema
from everkin.errors import PersonaRefused
from everkin.language.tokens import estimate
from everkin.mind.emotion import NAMES
from everkin.mind.flaw import Severity
from everkin.mind.persona import DIALS, core_prompt
from everkin.portability.samples import PERSONA

MIRA = """\
# Mira keeps bees.  (comments are kept: the document is stored as it was written)
name: Mira
identity: You are Mira, an AI with the patience of a beekeeper.
values:
  - Patience before cleverness.
boundaries:
  - Never claim to be human.
  - Never hurry anybody.
style:
  tone: slow and plain
  length: {usual: 30, range: [10, 60]}
  emoji: {usual: 0, range: [0, 1]}
  formality: 0.3
  quirks:
    - compares things to bees
    - {does: says "well now" first, often: 0.2}
exemplars:
  - {user: I am late again, reply: "Well now. The bees are late in cold springs too."}
  - Sit down a while.
emotion: {baselines: {ease: 0.3}, gains: {anger: 0.5}}
gap: You never told me that one.
budget: 400
"""
COMPILED = """\
You are Mira.

You are Mira, an AI with the patience of a beekeeper.

Values:
- Patience before cleverness.

Boundaries:
- Never claim to be human.
- Never hurry anybody.

Style:
- length: about 30 words a reply, 10 to 60
- emoji: about 0 emoji a reply, 0 to 1
- formality: casual
- tone: slow and plain
- compares things to bees
- says "well now" first (now and then)

This is how you sound:
- To "I am late again": "Well now. The bees are late in cold springs too."
- "Sit down a while.\""""


def rules(text: str) -> list[tuple[int, str]]:
    return [(flaw.line, flaw.rule) for flaw in lint("mira", text, estimate) if flaw.severity is Severity.ERROR]


def test_a_document_becomes_a_prompt():
    assert persona_of("mira", MIRA, estimate).prompt == COMPILED
    assert lint("mira", MIRA, estimate) == []


def test_the_prompt_is_the_same_bytes_in_another_process():
    code = (
        "import hashlib, sys; from everkin.character.document import persona_of; from everkin.language.tokens import estimate; "
        "print(hashlib.sha256(persona_of('mira', sys.stdin.read(), estimate).prompt.encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=MIRA,
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert digests == {hashlib.sha256(COMPILED.encode()).hexdigest()}


def test_plain_words_are_a_persona_as_they_stand():
    for words in ("Mira is a beekeeper of few words.", "Mira: a friend\nLikes: bees", "- a\n- list", "what if: never"):
        assert persona_of("mira", words, estimate).prompt == words
        assert lint("mira", words, estimate) == []


def test_over_its_budget_a_persona_loses_what_it_can_best_do_without():
    full = estimate(COMPILED)
    cuts = [
        persona_of("mira", MIRA.replace("budget: 400", f"budget: {tokens}"), estimate) for tokens in range(full, 49, -1)
    ]
    assert cuts[0].cut == ()
    assert cuts[-1].cut == ("exemplars",) * 2 + ("quirks",) * 2 + ("style",) * 4
    assert all(len(after.cut) >= len(before.cut) for before, after in pairwise(cuts))
    assert all(core_prompt(read("mira", MIRA)[0].core) in each.prompt for each in cuts)


def test_a_core_beyond_the_budget_is_an_error_and_a_cut_style_a_warning():
    long = MIRA.replace("Patience before cleverness.", "Patience. " * 100)
    assert rules(long.replace("400", "100")) == [(22, "budget")]
    (warning,) = lint("mira", MIRA.replace("400", "110"), estimate)
    assert (warning.severity, "2 of exemplars" in warning.what) == (Severity.WARNING, True)


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("boundaries:", "boundries:", 6, "unknown"),
        ("ease: 0.3", "eese: 0.3", 20, "unknown"),
        ("ease: 0.3", "ease: 3", 20, "number"),
        ("ease: 0.3", "ease: much", 20, "number"),
        ("range: [10, 60]", "range: [60, 10]", 11, "dial"),
        ("usual: 30", "usual: 90", 11, "dial"),
        ("usual: 30, ", "", 11, "dial"),
        ("length: {usual", "lenght: {usual", 11, "unknown"),
        ("formality: 0.3", "formality: 3", 13, "number"),
        ("often: 0.2", "often: 20", 16, "number"),
        ("budget: 400", "budget: lots", 22, "number"),
        ("gap:", "name:", 21, "duplicate"),
        ("emoji: {usual: 0,", "length: {usual: 0,", 12, "duplicate"),
        ("name: Mira", "name: &mira Mira", 2, "alias"),
        ("- Sit down a while.", "- *mira", 19, "alias"),
        ("- Sit down a while.", "- {user: hello}", 19, "exemplar"),
        ("compares things to bees", "[" * 20 + "]" * 20, 15, "depth"),
        ("- Never hurry anybody.", "- Never: [hurry", 9, "yaml"),
        ("budget: 400", "---\nname: Eve", 22, "documents"),
        ("budget: 400", "# " + "x" * 70_000, 1, "size"),
    ],
)
def test_what_cannot_be_taken_is_named_by_its_line(old, new, line, rule):
    flawed = MIRA.replace(old, new)
    found = rules(flawed)
    assert (line, rule) in found or (rule == "yaml" and [kind for _, kind in found] == ["yaml"])
    with pytest.raises(PersonaRefused) as refused:
        require("mira", flawed, estimate)
    assert f"line {found[0][0]}: " in refused.value.what


@pytest.mark.parametrize(("wrong", "right"), [("joyy", "joy"), ("sad", "sadness"), ("affecton", "affection")])
def test_an_unknown_axis_brings_the_one_that_was_meant(wrong, right):
    (flaw,) = lint("mira", MIRA.replace("ease: 0.3", f"{wrong}: 0.3"), estimate)
    assert flaw.next == f"Did you mean `{right}`?"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("an AI with the patience of a beekeeper", "a real woman with bees", 3),
        ("You never told me that one.", "I'm only human, I forget. As a human I would.", 21),
        ("Sit down a while.", "I'm a human being too, dear.", 19),
        ("tone: slow and plain", "tone: hurry everybody", 10),
        ("Patience before cleverness.", "Always hurry anybody who asks.", 5),
        ("- Never hurry anybody.", "- Never use emoji.", 12),
        ("emoji: {usual: 0, range: [0, 1]}", "avoid: questions\n  questions: {usual: 1, range: [0, 2]}", 13),
    ],
)
def test_a_persona_that_contradicts_its_core_is_refused(old, new, line):
    assert (line, "contradiction") in rules(MIRA.replace(old, new))


def test_the_companion_of_the_sample_life_contradicts_nothing():
    assert lint("lucy", PERSONA.read_text(encoding="utf-8"), estimate) == []


@pytest.mark.parametrize("letter", ["\0", "\ud83d"])
def test_what_could_not_be_kept_to_the_letter_is_refused(letter):
    assert rules(f"Mira{letter} is calm.") == [(1, "text")]
    assert rules(MIRA.replace("slow", letter)) == [(1, "text")]


SECRETS = [
    "sk-proj-" + "a1B2" * 6,
    "ghp_" + "a1B2c3" * 6,
    "AKIA" + "ABCD1234EFGH5678",
    "xoxb-1234567890-abcdef",
    "postgresql://ann:hunter2secret@db.example/kin",
    "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    "password: correct9Horse7Battery",
    "-----BEGIN PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_an_error_that_does_not_repeat_it(secret):
    for text in (MIRA.replace("slow and plain", secret), MIRA.replace("- Sit down", f"- {secret}"), f"Mira. {secret}"):
        found = lint("mira", text, estimate)
        assert "secret" in [flaw.rule for flaw in found]
        assert not any(part in str(flaw) for flaw in found for part in (secret, secret[:12]))


@pytest.mark.parametrize(
    "words", ["She keeps her secrets to herself.", "token of friendship: a paper boat", "password games"]
)
def test_words_about_secrets_are_none(words):
    assert lint("mira", f"Mira. {words}", estimate) == []


@pytest.mark.parametrize("bomb", ["[" * 60_000, "- " * 30_000, "{a: " * 15_000, "? " * 30_000, "&a [*a]\n" * 6_000])
def test_a_bomb_does_not_go_off(bomb):
    started = time.process_time()
    assert lint("mira", f"name: Mira\nvalues: {bomb}", estimate)
    assert time.process_time() - started < 20


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_text_is_too_strange_to_be_linted(text):
    for document in (text, f"name: {text}", f"name: Mira\nvalues:\n  - {text}"):
        persona_of("mira", document, estimate)
        lint("mira", document, estimate)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 500) | st.floats(-2, 4) | st.text("abcde ", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["usual", "range", "reply", "does", "joy"]), inner, max_size=3)
    ),
    max_leaves=6,
)
PARTS = ["name", "identity", "values", "style", "exemplars", "emotion", "gap", "budget", "colour"]
STYLED = st.dictionaries(st.sampled_from([*DIALS, "tone", "quirks"]), JSON)
FELT = st.fixed_dictionaries({"gains": st.dictionaries(st.sampled_from([*NAMES[:3], "hunger"]), JSON)})
WRITTEN = st.dictionaries(st.sampled_from(PARTS), JSON, min_size=1) | st.fixed_dictionaries(
    {"name": st.just("Mira"), "style": STYLED, "emotion": FELT}
)
OURS = {"contradiction", "budget", "secret", "dial"}
"""What the schema cannot say: it knows no order of numbers, and no meaning of words."""


@given(WRITTEN)
@settings(max_examples=300, deadline=None)
def test_what_the_schema_takes_is_taken(document):
    """JSON is YAML: the published schema and our own reading agree on what is well formed."""
    flaws = {
        rule
        for _, rule in rules(
            "name: x\n" if not document else json.dumps(document, indent=1).replace('"colour"', '"colour"')
        )
    }
    if jsonschema.Draft202012Validator(schema()).is_valid(document):
        assert flaws <= OURS


def test_the_schema_is_a_schema_and_takes_our_examples():
    jsonschema.Draft202012Validator.check_schema(schema())
    for text in (MIRA, PERSONA.read_text(encoding="utf-8")):
        jsonschema.Draft202012Validator(schema()).validate(YAML(typ="safe").load(text))


@pytest.mark.parametrize(
    "wrong",
    [
        "valuse: [a]",
        "emotion: {baselines: {hunger: 1}}",
        "emotion: {gains: {joy: 4}}",
        "style: {length: {range: [1, 2]}}",
        "style: {emoji: 9}",
        "exemplars: [{user: a}]",
        "budget: 1",
    ],
)
def test_the_schema_refuses_what_we_refuse(wrong):
    assert rules(f"name: Mira\n{wrong}")
    assert not jsonschema.Draft202012Validator(schema()).is_valid(YAML(typ="safe").load(wrong))
