"""What several scenarios of a turn have in common."""

from itertools import count

import pytest

from everkin.testing.voice import ScriptedGateway


@pytest.fixture
def numbered() -> ScriptedGateway:
    """Each reply says which one it is."""
    replies = count(1)
    return ScriptedGateway(lambda prompt: f"Reply number {next(replies)}.")
