"""What an erasure took away, in numbers; what it was is gone."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """Counts of rows that no longer exist. `later` says that an old key is kept until backups have run out."""

    messages: int
    memories: int
    later: bool = False

    def __add__(self, other: "Erased") -> "Erased":
        return Erased(
            messages=self.messages + other.messages,
            memories=self.memories + other.memories,
            later=self.later or other.later,
        )
