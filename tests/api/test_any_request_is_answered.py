"""Whatever a program sends that has the form of a request, the server never answers that it broke."""

import asyncio
import sys
from pathlib import Path

import pytest

from support.serving import serving

pytestmark = pytest.mark.slow

FUZZ = [str(Path(sys.executable).with_name("schemathesis")), "run", "--checks", "not_a_server_error"]
SAID = "My dog Biscuit is afraid of thunder."


async def test_no_request_breaks_the_server(kin, tmp_path):
    """Requests made up from our own description of the routes, the same ones each time."""
    bond = await kin.bond(user="0", companion="0")
    await bond.observe([{"role": "user", "content": SAID}])
    async with serving(kin) as address:
        how = ["--seed", "1", "--max-examples", "10", "--phases", "coverage,fuzzing", "--request-timeout", "30"]
        fuzzing = await asyncio.create_subprocess_exec(
            *(*FUZZ, f"{address}/openapi.json", *how),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await fuzzing.communicate()
    assert fuzzing.returncode == 0, told.decode()
