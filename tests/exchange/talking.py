"""A process of its own in which one of Alice's devices is served. Told on standard input, word by word:

talk    four exchanges and four messages besides; then says `done`
look    says what it sees as JSON: the transcript, the memories and how she feels

python talking.py DSN KEYRING DATA REDIS DEVICE
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from everkin import Bond, Everkin
from everkin.config.settings import Settings
from everkin.testing.voice import ScriptedGateway

LATER = datetime(2036, 1, 1, tzinfo=UTC)


async def talk(bond: Bond, device: str) -> str:
    for n in range(4):
        await bond.observe([{"role": "user", "content": f"{device} says {n}, so happy"}], device=device)
        reply = await bond.reply(f"{device} tells of the tomatoes in the garden, {n}")
        assert reply.text
    return "done"


async def look(kin: Everkin, bond: Bond) -> str:
    said = await kin.store.transcripts.recent(bond.user_id, bond.bond_id, before=LATER, limit=1000)
    return json.dumps(
        {
            "said": [[str(message.at), message.ordinal, message.content] for message in said],
            "memories": [str(memory.id) for memory in await bond.memories(limit=1000)],
            "feels": {
                axis: round(v, 9) for axis, v in (await bond.state(at=said[-1].at + timedelta(days=1))).emotion.items()
            },
        }
    )


async def main(dsn: str, keyring: str, data: str, redis: str, device: str) -> None:
    settings = Settings(data=Path(data), zone="UTC", archive="off", redis=redis or None)
    voice = ScriptedGateway(lambda prompt: "I hear you")
    async with Everkin.open(dsn=dsn, keyring=keyring, settings=settings, gateway=voice) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        print("ready", flush=True)
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            print(await (talk(bond, device) if word == "talk" else look(kin, bond)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
