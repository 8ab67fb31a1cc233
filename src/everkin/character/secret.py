"""What must not stand in a document that is shown to models and kept for good: keys, tokens, passwords."""

import math
import re
from collections import Counter
from typing import Final

from everkin.mind.flaw import Flaw

_KNOWN: Final = re.compile(
    r"""
    sk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{16,}            # model providers
    | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_\w{20,}   # GitHub
    | glpat-[\w-]{16,} | hf_[A-Za-z0-9]{20,} | npm_[A-Za-z0-9]{20,} | pypi-[\w-]{30,}
    | xox[abposr]-[\w-]{10,}                            # Slack
    | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,} | whsec_[A-Za-z0-9]{16,}
    | A(?:KI|SI)A[0-9A-Z]{16}                           # AWS
    | AIza[0-9A-Za-z_-]{30,}                            # Google
    | eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}             # JSON Web Tokens
    | -----BEGIN[ A-Z]*PRIVATE[ ]KEY-----
    | \b[a-z][a-z0-9+.-]{2,20}://[^\s:/@]{1,99}:[^\s:/@]{3,99}@    # a password in an address
    """,
    re.VERBOSE,
)
_NAMED: Final = re.compile(
    r"(?i)\b(?:api[_ -]?key|secret|token|password|passwd|passphrase|bearer|authorization)\b[\"']?\s*[:= ]\s*[\"']?"
    r"([\w+/=.~-]{12,})"
)
_RANDOM_BITS: Final = 3.0
"""Entropy of a character above which a long word with digits in it is nobody's word."""


def secrets(text: str) -> list[Flaw]:
    """One flaw a line that seems to hold a secret; the secret itself is in none of them."""
    return [
        Flaw(
            line=number,
            rule="secret",
            what="This line seems to hold a key, a token or a password.",
            next="Take it out, and replace it where it is used: whoever has seen this file has it.",
        )
        for number, line in enumerate(text.splitlines(), 1)
        if _KNOWN.search(line) or any(_is_random(found) for found in _NAMED.findall(line))
    ]


def _is_random(word: str) -> bool:
    counts = Counter(word)
    bits = -sum(count / len(word) * math.log2(count / len(word)) for count in counts.values())
    return bits >= _RANDOM_BITS and any(letter.isdigit() for letter in word)
