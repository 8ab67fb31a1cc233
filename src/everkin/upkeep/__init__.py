"""What keeps a memory in order while nobody looks: fading, and moving between tiers; no words are ever read here."""

from everkin.upkeep.archiving import Archiving
from everkin.upkeep.decay import Decay

__all__ = ["Archiving", "Decay"]
