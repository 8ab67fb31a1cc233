"""What docs/personas.md tells people to write and to type works, and so does the repository in examples/."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import everkin
from everkin.app.personas import lint
from everkin.character import scenario

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "personas.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def home(tmp_path):
    """The environment of somebody who has `everkin` and no language model, with the data in a folder of its own."""
    told = {name: value for name, value in os.environ.items() if not name.startswith(("EVERKIN_", "OPENAI_"))}
    command = tmp_path / "bin" / "everkin"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from everkin.cli import main; main()' \"$@\"\n")
    command.chmod(0o755)
    (tmp_path / "everkin.toml").write_text("[providers]\nollama = false\n")
    return told | {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHONPATH": str(Path(everkin.__file__).parents[1]),
        "PATH": f"{command.parent}:{os.environ['PATH']}",
    }


def test_the_commands_do_what_they_say(home):
    (commands,) = blocks("sh")
    ran = subprocess.run(
        ["/bin/sh", "-ec", commands], env=home, cwd=home["HOME"], capture_output=True, text=True, timeout=280
    )
    assert ran.returncode == 0, ran.stderr
    assert "2 scenarios" in ran.stderr or "3 scenarios, 0 failed" in ran.stderr
    assert "-  tone: warm and plain" in ran.stdout
    assert "goes to 5% of bonds, then 25%, then 50%" in ran.stdout
    assert (Path(home["HOME"]) / "back.yaml").read_text() == (
        Path(home["HOME"]) / "mira" / "mira.yaml"
    ).read_text().replace("dry and plain", "warm and plain")


def test_the_python_example_prints_what_it_says(home):
    (code,) = blocks("python")
    ran = subprocess.run(
        [sys.executable, "-c", code], env=home, cwd=home["HOME"], capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split("\n")[:-1] == re.findall(r"print\(.*\)  # (.*)", code)


def test_the_document_and_the_scenarios_are_whole(tmp_path):
    document, scenarios = blocks("yaml")
    assert lint("mira", document) == []
    (tmp_path / "mira.yaml").write_text(document, encoding="utf-8")
    (tmp_path / "mira.test.yaml").write_text(scenarios, encoding="utf-8")
    assert len(scenario.read(tmp_path / "mira.test.yaml").scenarios) == 4


def test_the_example_repository_passes_its_own_tests(home):
    for verb in ("lint", "test"):
        ran = subprocess.run(
            ["everkin", "persona", verb, str(ROOT / "examples" / "personas")],
            env=home,
            cwd=home["HOME"],
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "8 scenarios, 0 failed" in ran.stderr


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
