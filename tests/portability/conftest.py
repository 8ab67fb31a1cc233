"""Files other programs might have written, about invented people."""

import json
from datetime import UTC, datetime

import pytest

from everkin.portability import Report, read

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def written(tmp_path):
    """Writes a file from text, bytes, or values that become JSON lines; returns its path."""

    def write(content, name="chat.jsonl"):
        path = tmp_path / name
        if isinstance(content, list):
            content = "".join(json.dumps(value) + "\n" for value in content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def taken():
    """Reads a file whole: the conversations, and the report."""

    def take(path, **how):
        report = Report()
        return list(read(path, now=NOW, report=report, **how)), report

    return take
