"""What keeps a memory in order while nobody looks: fading, moving between tiers, and telling once what was said twice."""

from everkin.upkeep.archiving import Archiving
from everkin.upkeep.consolidation import Consolidation
from everkin.upkeep.decay import Decay

__all__ = ["Archiving", "Consolidation", "Decay"]
