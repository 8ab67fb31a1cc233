"""What a message leaves: passages, terms and vectors, its facts, and what it adds to feelings; where it is kept is not known here."""

from everkin.absorb.absorber import Absorber, Said
from everkin.absorb.asking import meant
from everkin.absorb.company import STRANGERS
from everkin.absorb.enricher import Enricher, Shelf
from everkin.absorb.entities import kindred
from everkin.absorb.feelings import Feelings
from everkin.absorb.reembedding import LateReading
from everkin.absorb.themes import themes
from everkin.absorb.tracer import Tracer

__all__ = [
    "STRANGERS",
    "Absorber",
    "Enricher",
    "Feelings",
    "LateReading",
    "Said",
    "Shelf",
    "Tracer",
    "kindred",
    "meant",
    "themes",
]
