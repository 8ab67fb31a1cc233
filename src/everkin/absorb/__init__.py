"""What a message leaves in memory: its passages, terms and vectors, the facts in it and what it adds to feelings; where they are kept is not known here."""

from everkin.absorb.absorber import Absorber, Said
from everkin.absorb.enricher import Enricher, Shelf
from everkin.absorb.feelings import Feelings

__all__ = ["Absorber", "Enricher", "Feelings", "Said", "Shelf"]
