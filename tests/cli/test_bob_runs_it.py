"""Bob keeps the machine: he asks the doctor, orders the providers, and starts and stops the server."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

import everkin as everkin_package
from everkin import Everkin
from everkin.config.settings import Settings
from everkin.testing.faults import refused_url

COMMAND = [sys.executable, "-c", "from everkin.cli import main; main()"]


def parts(ran):
    return {finding["part"]: finding for finding in json.loads(ran.out)}


def test_the_doctor_finds_everything_well(everkin):
    ran = everkin("doctor", "--json")
    found = parts(ran)
    assert ran.code == 0
    assert found.keys() == {"settings", "database", "keyring", "embedder", "providers"}
    assert all(finding["well"] for finding in found.values())
    assert "understudy" in found["providers"]["state"]


def test_the_doctor_proves_the_phrase(everkin):
    shown = re.findall(r"\d+ ([a-z]+) {2,}", everkin("companions", "list").err)
    right = everkin("doctor", "--phrase", "--json", typed=" ".join(shown))
    wrong = everkin("doctor", "--phrase", "--json", typed=" ".join(reversed(shown)))
    assert len(shown) == 24
    assert (right.code, parts(right)["keyring"]["well"]) == (0, True)
    assert (wrong.code, parts(wrong)["keyring"]["well"]) == (1, False)


def test_the_doctor_names_a_provider_that_cannot_be_reached(everkin, monkeypatch):
    down = [{"name": "vllm", "kind": "openai", "base_url": f"{refused_url()}/v1", "model": "m"}]
    monkeypatch.setenv("EVERKIN_PROVIDERS", json.dumps(down))
    ran = everkin("doctor")
    assert ran.code == 1
    assert "vllm (m) failed: refused" in ran.out


def test_the_doctor_says_what_keeps_the_house_from_opening(everkin):
    found = parts(everkin("doctor", "--json", "--dsn", "postgresql://nobody@127.0.0.1:1/nowhere"))
    assert not found["opening"]["well"]
    assert found["opening"]["next"]


def test_lost_keys_are_brought_back_with_the_phrase(everkin, house):
    shown = re.findall(r"\d+ ([a-z]+) {2,}", everkin("companions", "list").err)
    (house / "keys" / "master.key").unlink()
    lost = everkin("companions", "list")
    told = re.search(r"everkin (keyring restore \S+)\.", " ".join(lost.err.split()))
    assert lost.code == 1
    assert everkin(*told[1].split(), typed=" ".join(reversed(shown))).code == 65
    assert everkin(*told[1].split(), typed=" ".join(shown)).code == 0
    assert everkin("companions", "list").code == 0


def test_providers_are_listed_tested_and_put_in_order(everkin, house, monkeypatch):
    monkeypatch.delenv("EVERKIN_PROVIDERS")
    table = '[[provider]]\nname = "{}"\nkind = "openai"\nbase_url = "' + refused_url() + '/v1"\nmodel = "m"\n'
    file = house / "everkin.toml"
    file.write_text("[providers]\nollama = false\n\n" + table.format("one") + table.format("two"))
    names = lambda: [each["name"] for each in json.loads(everkin("providers", "list", "--json").out)]  # noqa: E731
    assert names() == ["one", "two"]
    assert everkin("providers", "order", "two", "one").code == 0
    assert names() == ["two", "one"]
    assert everkin("providers", "order", "three").code == 65
    tested = everkin("providers", "test", "one")
    assert (tested.code, "one (m) failed: refused" in tested.out) == (1, True)


@pytest.mark.slow
def test_providers_in_the_folder_of_the_users_settings_are_asked_too(everkin, house, monkeypatch):
    monkeypatch.delenv("EVERKIN_PROVIDERS")
    (house / "everkin.toml").unlink()
    (house / "config" / "everkin").mkdir(parents=True)
    (house / "config" / "everkin" / "everkin.toml").write_text(
        '[providers]\nollama = false\n\n[[provider]]\nname = "attic"\nkind = "openai"\n'
        'base_url = "http://127.0.0.1:9/v1"\nmodel = "m"\n'
    )
    assert [each["name"] for each in json.loads(everkin("providers", "list", "--json").out)] == ["attic"]


def test_the_server_starts_with_the_sample_and_stops_in_good_order(house):
    """As a process of its own: an answer from an old session, a second process beside it, SIGTERM, exit code 0."""
    environment = {name: value for name, value in os.environ.items() if name != "EVERKIN_DSN"}
    environment["PYTHONPATH"] = str(Path(everkin_package.__file__).parents[1])
    data = ["--data", str(house / "data")]
    serving = subprocess.Popen(
        [*COMMAND, "serve", "--sample", "--port", "0", *data],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(120, serving.kill)
    watchdog.start()
    try:
        told = ""
        while "Stop with Ctrl-C" not in told and (line := serving.stdout.readline()):
            told += line
        address = re.search(r"http://127\.0\.0\.1:\d+", told)[0]
        assert "What was wrong with my first parkin?" in told
        assert "Feb 2025" in told
        with urllib.request.urlopen(f"{address}/readyz") as answer:
            assert json.load(answer)["ready"] is True
        beside = subprocess.run(
            [*COMMAND, "recall", "Who is Dawn?", *data], env=environment, capture_output=True, text=True, timeout=60
        )
        assert (beside.returncode, "nurse" in beside.stdout) == (0, True)
        serving.send_signal(signal.SIGTERM)
        rest, log = serving.communicate(timeout=60)
    finally:
        watchdog.cancel()
        serving.kill()
    assert (serving.returncode, "Stopped." in rest) == (0, True)
    assert "Traceback" not in log


def test_the_quality_of_memories_day_by_day(everkin):
    """Nothing yet, then today's sample; numbers alone."""
    assert "No sample yet" in everkin("quality").err
    ran = everkin("quality", "--now", "--json")
    (day,) = json.loads(ran.out)
    assert (ran.code, day["sampled"], day["flagged"]) == (0, 0, 0)
    assert "sampled" in everkin("quality").out


def test_the_doctor_tells_what_jobs_have_done(everkin, house):
    """Once they ran somewhere; and which has been silent for too long."""

    async def ran():
        async with Everkin.open(settings=Settings()) as kin:
            await kin.store.runs.note("decay", datetime(2026, 6, 1, 12, tzinfo=UTC), took_s=1.5, done=7)

    everkin("companions", "list")
    asyncio.run(ran())
    found = parts(everkin("doctor", "--json"))["job decay"]
    assert found["state"] == "2026-06-01 12:00, 1.5 s, did 7; 7 in 1 runs"
    assert (found["well"], "everkin work" in found["next"]) == (True, True)
