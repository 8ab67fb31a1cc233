"""Which clauses can tell a day that a life is told by; which day it is, `mind.milestone` says."""

import re
from typing import Final

from everkin.absorb.rules.constituents import phrase
from everkin.mind.milestone import Milestone

LIVED: Final = re.compile(phrase(9, "with for as had have has"), re.IGNORECASE)
"""What is read of it, from the verb on."""
CARRIED: Final = {"be": Milestone.PREGNANCY, "expect": Milestone.PREGNANCY, "engage": Milestone.ENGAGEMENT}
"""What is a turn in a life though it is told as what holds now: "I'm pregnant", "we're engaged"."""
SUFFERED: Final = ("hire", "promote", "fire", "lay", "let", "diagnose")
"""Verbs that tell of whom it is done to, not of whoever does it."""
LASTING: Final = ("marry", "divorce", "separate", "engage", "retire")
"""Verbs whose passive tells a state as well: "I was married then"."""
HAS_GOT: Final = re.compile(r"got (?:an?|my|our|the|two|three)\b", re.IGNORECASE)
"""After "have" it says what one has: "we've got a puppy"."""
