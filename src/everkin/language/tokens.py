"""How many tokens a text is, on the safe side, without a tokenizer's files."""

import re

_PIECE = re.compile(
    r"(?P<word>[A-Za-z]+(?:'[a-z]{1,2})?)|(?P<number>\d{1,3})|(?P<space>\s+)|(?P<mark>[!-/:-@\[-`{-~]{1,3})|(?P<other>.)",
    re.DOTALL,
)


def estimate(text: str) -> int:
    """Tokens of `text` for a current LLM: about 1.15 times what o200k counts in chat, rarely less than it does."""
    return sum(_cost(piece) for piece in _PIECE.finditer(text))


def _cost(piece: re.Match[str]) -> int:
    match piece.lastgroup:
        case "word":
            return 1 + (piece.end() - piece.start() - 1) // 8
        case "space":
            return int(piece[0] != " ")
        case "other":
            return 1 if piece[0] < "\u3000" else 2
        case _:
            return 1
