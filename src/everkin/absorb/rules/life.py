"""Which clauses can tell a day that a life is told by; which day it is, `mind.milestone` says."""

import re
from typing import Final

from everkin.absorb.lexicon import words
from everkin.absorb.rules.constituents import phrase
from everkin.mind.milestone import Milestone

LIVED: Final = re.compile(phrase(9, "with for as had have has"), re.IGNORECASE)
"""What is read of it, from the verb on."""
CARRIED: Final = {"be": Milestone.PREGNANCY, "expect": Milestone.PREGNANCY, "engage": Milestone.ENGAGEMENT}
"""What is a turn in a life though it is told as what holds now: "I'm pregnant", "we're engaged"."""
TURNS: Final = words(
    "accept adopt be become begin born break bring buy call complete defend deliver diagnose divorce dump earn elope emigrate end engage "
    "expect file finalize finish fire get give graduate have hire immigrate land launch lay leave let lose make marry miscarry move open "
    "promote propose quit receive relocate rescue resign retire separate split start suffer take tie undergo welcome"
)
"""Verbs that can begin it; of any other nothing is tried."""
SUFFERED: Final = ("hire", "promote", "fire", "lay", "let", "diagnose")
"""Verbs that tell of whom it is done to, not of whoever does it."""
LASTING: Final = ("marry", "divorce", "separate", "engage", "retire")
"""Verbs whose passive tells a state as well: "I was married then"."""
HAS_GOT: Final = re.compile(r"got (?:an?|my|our|the|two|three)\b", re.IGNORECASE)
"""After "have" it says what one has: "we've got a puppy"."""
