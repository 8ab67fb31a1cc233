"""What a message leaves in memory: its passages, terms and vectors, and the facts in it; where they are kept is not known here."""

from everkin.absorb.absorber import Absorber, Said
from everkin.absorb.enricher import Enricher, Shelf

__all__ = ["Absorber", "Enricher", "Said", "Shelf"]
