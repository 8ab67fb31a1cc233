"""What keeps a memory in order while nobody looks: fading, tiers, telling once what was said twice, and a daily sample."""

from everkin.upkeep.archiving import Archiving
from everkin.upkeep.consolidation import Consolidation
from everkin.upkeep.decay import Decay
from everkin.upkeep.digesting import Digesting
from everkin.upkeep.sampling import Desk, Sampler

__all__ = ["Archiving", "Consolidation", "Decay", "Desk", "Digesting", "Sampler"]
