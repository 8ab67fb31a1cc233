"""Alice keeps her companion's persona in a folder and works on it with `everkin persona`."""

import json

import pytest
from ruamel.yaml import YAML

from everkin.character import card
from everkin.mind.persona import version_of

FIRST = "name: Lucy\nidentity: You are Lucy, calm.\n"
SECOND = "name: Lucy\nidentity: You are Lucy, quick.\n"
OLD, NEW = version_of(FIRST), version_of(SECOND)


@pytest.fixture
def lucy(everkin, house):
    """A file of hers with its first version released, and a second one written and not released."""
    file = house / "lucy.yaml"
    file.write_text(FIRST)
    assert everkin("persona", "release", file).out.split() == ["lucy", OLD]
    file.write_text(SECOND)
    return file


def test_a_new_repository_is_without_flaws(everkin, house):
    made = everkin("persona", "init", "Zoë O'Hara", "--to", "zoe")
    assert made.code == 0
    assert sorted(path.name for path in (house / "zoe").rglob("*.yaml")) == ["zo-o-hara.test.yaml", "zo-o-hara.yaml"]
    assert everkin("persona", "lint", "zoe").code == 0
    again = everkin("persona", "init", "Zoë O'Hara", "--to", "zoe")
    assert (again.code, "was not touched" in again.err) == (65, True)


def test_lint_names_file_and_line_and_fails(everkin, house):
    (house / "odd.yaml").write_text("name: Odd\nvalues: [a]\nvalues: [b]\n")
    ran = everkin("persona", "lint", "odd.yaml")
    assert ran.code == 1
    assert ran.out.startswith("odd.yaml:3: error: `values` stands here a second time.")
    (told,) = json.loads(everkin("persona", "lint", "odd.yaml", "--json").out)
    assert (told["line"], told["rule"], told["severity"]) == (3, "duplicate", "error")


def test_the_schema_is_json_and_a_prompt_is_compiled(everkin, house):
    assert json.loads(everkin("persona", "schema").out)["title"] == "An Everkin persona"
    (house / "lucy.yaml").write_text(FIRST)
    ran = everkin("persona", "compile", "lucy.yaml")
    assert ran.out == "You are Lucy.\n\nYou are Lucy, calm.\n"
    assert OLD in ran.err


def test_from_a_second_version_to_everybody_and_back(everkin, lucy):
    diff = everkin("persona", "diff", "lucy", lucy)
    assert (diff.code, "-identity: You are Lucy, calm." in diff.out, "+identity: You are Lucy, quick." in diff.out) == (
        1,
        True,
        True,
    )
    assert everkin("persona", "release", lucy).out.split() == ["lucy", NEW]
    assert f"{NEW} goes to 5% of bonds, then 25%" in everkin("persona", "rollout", "5%", "25%", "--every", "24").out
    assert everkin("persona", "rollout", "lucy", "3%").code == 65
    assert NEW in everkin("persona", "promote", "lucy").out
    assert OLD in everkin("persona", "rollback", "lucy").out
    told = json.loads(everkin("persona", "history", "lucy", "--json").out)
    assert [one["what"] for one in told] == ["put", "release", "rollout", "promote", "rollback"]
    assert everkin("persona", "rollout", "lucy", "many%").code == 65


def test_a_rollback_to_a_version_that_was_never_released_says_so(everkin, lucy):
    ran = everkin("persona", "rollback", "lucy", "feedbeefcafe")
    assert ran.code == 1
    assert "never had such a version" in ran.err
    assert f"{OLD} is still what everybody has." in ran.err


def test_what_changed_for_alice_is_told(everkin, lucy):
    everkin("chat", "lucy", "--user", "alice", typed="Hello.\n")
    told = json.loads(everkin("persona", "history", "lucy", "--user", "alice", "--json").out)
    assert [(one["what"], one["version"]) for one in told] == [("first", OLD)]


def test_apply_makes_companions_what_the_files_say(everkin, lucy):
    assert everkin("persona", "apply", lucy).out.split() == ["lucy", NEW, "applied"]
    assert everkin("persona", "apply", lucy).out.split() == ["lucy", NEW, "unchanged"]
    lucy.write_text(SECOND + "valuse: [a]\n")
    assert everkin("persona", "apply", lucy).code == 65
    assert json.loads(everkin("companions", "list", "--json").out)[0]["version"] == NEW


def test_a_persona_goes_out_and_comes_back_as_a_card(everkin, lucy, house):
    for name in ("lucy.png", "lucy.json"):
        assert everkin("persona", "export", "lucy", "--to", name).code == 0
        assert everkin("persona", "import", name).out == FIRST
    assert everkin("persona", "export", "lucy").out == FIRST
    assert json.loads((house / "lucy.json").read_text())["spec"] == "chara_card_v3"
    stranger = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Sera", "description": "A keeper."}}
    (house / "sera.json").write_text(json.dumps(stranger))
    assert YAML(typ="safe").load(everkin("persona", "import", "sera.json").out) == {
        "name": "Sera",
        "identity": "A keeper.",
    }
    assert card.read((house / "lucy.png").read_bytes()) == FIRST


def test_a_scenario_that_fails_says_what_was_seen(everkin, house):
    (house / "lucy.yaml").write_text(FIRST)
    (house / "lucy.test.yaml").write_text(
        "persona: lucy.yaml\n"
        "scenarios:\n"
        "  - {name: calm, prompt: {contains: [calm], lacks: [quick]}}\n"
        "  - {name: quick, prompt: {contains: [quick], tokens: {max: 2}}}\n"
        "  - {name: later, reply: {to: Hello, words: {max: 5}}}\n"
    )
    ran = everkin("persona", "test", "lucy.test.yaml")
    assert ran.code == 1
    assert 'the prompt lacks "quick"' in ran.out
    assert "tokens of the prompt" in ran.out
    assert "skipped" in ran.out
    assert "3 scenarios, 1 failed." in ran.err


@pytest.mark.parametrize(
    ("scenario", "line"),
    [
        ("{name: a, life: [{at: someday, user: hi}]}", 3),
        ("{name: a, expect: {emotion: {hunger: {min: 0}}}}", 3),
        ("{name: a, exepct: {}}", 3),
        ("{prompt: {}}", 3),
        ("{name: a\n", 3),
    ],
)
def test_a_scenario_that_cannot_be_read_is_refused_with_its_line(everkin, house, scenario, line):
    (house / "lucy.yaml").write_text(FIRST)
    (house / "lucy.test.yaml").write_text(f"persona: lucy.yaml\nscenarios:\n  - {scenario}\n")
    ran = everkin("persona", "test", "lucy.test.yaml")
    assert ran.code == 65
    assert f"line {line}:" in ran.err


def test_a_steady_companion_has_nobody_on_the_list(everkin, lucy):
    assert everkin("persona", "drift", "lucy").code == 0
