"""A chat client that sends its whole transcript with every request, and what the bond remembers of it."""

from everkin import Bond

Chat = list[dict[str, object]]


def user(text: str) -> dict[str, object]:
    return {"role": "user", "content": text}


def lucy(text: str) -> dict[str, object]:
    return {"role": "assistant", "content": text}


async def remembered(bond: Bond) -> list[str]:
    """Everything that was said, the oldest first."""
    return [memory.text for memory in reversed(await bond.timeline())]
