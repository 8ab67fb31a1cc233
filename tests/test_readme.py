"""What README.md tells people to type does what it says."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

import everkin
from everkin.config.providers import read_providers

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVE = [sys.executable, "-c", "from everkin.cli import main; main()", "serve", "--sample", "--port", "0"]


def block(language):
    """The one fenced block in that language."""
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return text


@pytest.fixture
def home(tmp_path):
    """The environment of somebody who has just arrived."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("EVERKIN_", "OPENAI_", "ANTHROPIC_"))
    }
    source = str(Path(everkin.__file__).parents[1])
    (tmp_path / "everkin.toml").write_text("[providers]\nollama = false\n")
    return kept | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "PYTHONPATH": source}


def test_the_python_example_prints_what_it_says(home):
    code = block("python")
    ran = subprocess.run(
        [sys.executable, "-c", code], env=home, cwd=home["HOME"], capture_output=True, text=True, timeout=120
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, re.search(r"print\(.*\)  # (.*)", code)[1])


def test_the_python_example_is_short():
    assert len([line for line in block("python").splitlines() if line.strip()]) <= 10


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_example_is_answered_from_the_sample_life(home):
    serving = subprocess.Popen(
        SERVE, env=home, cwd=home["HOME"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    watchdog = threading.Timer(120, serving.kill)
    watchdog.start()
    try:
        address = next(found[0] for line in serving.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        command = block("sh").replace("http://127.0.0.1:8765", address)
        ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60)
        serving.terminate()
        serving.communicate(timeout=60)
    finally:
        watchdog.cancel()
        serving.kill()
    reply = json.loads(ran.stdout)
    assert "paving slab" in reply["choices"][0]["message"]["content"]
    assert reply["everkin"]["recollections"]


def test_the_provider_example_is_understood():
    (provider,) = read_providers({"VLLM_KEY": "secret"}, tomllib.loads(block("toml"))).providers
    assert (provider.name, provider.model, provider.api_key) == ("vllm", "qwen3-14b", "secret")


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (ROOT / target).exists(), target
