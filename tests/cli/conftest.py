"""The `everkin` command, run as a person would type it."""

import io
import logging
import sys
import threading
from dataclasses import dataclass, field

import pytest
import structlog

from everkin.cli import main, terminal


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command left: its exit code, and what it wrote where."""

    code: int
    out: str = field(repr=False)
    err: str


@pytest.fixture
def house(database, tmp_path, monkeypatch):
    """A database and a keyring of their own, and nothing of this machine's settings."""
    for name, value in {
        "HOME": tmp_path,
        "XDG_CONFIG_HOME": tmp_path / "config",
        "EVERKIN_DSN": database,
        "EVERKIN_KEYRING": tmp_path / "keys",
        "EVERKIN_ZONE": "UTC",
        "EVERKIN_PROVIDERS": "[]",
        "COLUMNS": "200",
    }.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "everkin.toml").write_text("[providers]\nollama = false\n")
    return tmp_path


@pytest.fixture
def everkin(house, monkeypatch, capfd):
    """Run the command in this process; what it set up for logs is taken back."""
    kept = structlog.get_config(), logging.root.handlers[:], sys.excepthook, threading.excepthook, sys.unraisablehook

    def run(*words, typed=""):
        monkeypatch.setattr(sys, "argv", ["everkin", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        monkeypatch.setattr(terminal.out, "width", 200)  # it measured the terminal when it was first imported
        capfd.readouterr()
        try:
            main()
            code = 0
        except SystemExit as exit:
            code = exit.code or 0
        written = capfd.readouterr()
        return Ran(code=code, out=written.out, err=written.err)

    yield run
    structlog.configure(**kept[0])
    logging.captureWarnings(False)
    logging.root.handlers[:], sys.excepthook, threading.excepthook, sys.unraisablehook = kept[1:]
