"""How words are laid out before they are sealed: JSON in UTF-8 that keeps lone surrogates and NUL bytes as they came."""

import json

Words = dict[str, str | None]


def pack(**words: str | None) -> bytes:
    """The fields that are not None, as bytes."""
    present = {name: text for name, text in words.items() if text is not None}
    return json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def unpack(packed: bytes) -> Words:
    """What `pack` was given; a field that was None is absent."""
    words: Words = json.loads(packed.decode("utf-8", "surrogatepass"))
    return words
