"""What keeps a memory in order while nobody looks: fading, moving between tiers, and a daily sample of how good it is."""

from everkin.upkeep.archiving import Archiving
from everkin.upkeep.decay import Decay
from everkin.upkeep.sampling import Desk, Sampler

__all__ = ["Archiving", "Decay", "Desk", "Sampler"]
