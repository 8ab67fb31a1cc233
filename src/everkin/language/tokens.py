"""How many tokens a text is, on the safe side, without a tokenizer's files."""

import re

_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_ONE_EACH = (
    "\u0e01-\u0edf\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\uffef\U00020000-\U0003ffff"
)

# One match, one token. Letters go together up to a length that was fitted to o200k, shorter in texts with accents.
_REST = r"|\d{1,3}|[^\S ]+| {2,}|_+"
_ASCII = re.compile(r"[A-Z]?[a-z]{1,6}|[A-Z]{1,3}|[!-/:-@\[-^`{-~\x00-\x08\x0e-\x1b\x7f]{1,2}" + _REST)
_OTHER = re.compile(
    rf"[A-Z]?[a-z]{{1,5}}(?![À-ɏ])|[a-zÀ-ɏ]{{1,3}}|[A-Z]{{1,3}}|[{_ONE_EACH}{_EMOJI}]|[^\W\d_]{{1,3}}|[^\w\s]{{1,2}}"
    + _REST
)
_SECOND_TOKEN = re.compile(f"[{_EMOJI}]")


def estimate(text: str) -> int:
    """Tokens of `text` for a current LLM: on average 1.2 times what o200k counts of English chat, 1.0 to 1.4 times of
    other languages, and for one English message in a hundred less than it counts. About 60 µs per 1,000 characters."""
    if text.isascii():
        return len(_ASCII.findall(text))
    return len(_OTHER.findall(text)) + len(_SECOND_TOKEN.findall(text))
