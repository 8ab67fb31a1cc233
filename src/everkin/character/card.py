"""Character cards (V2 and V3; JSON, or in a chunk of a PNG) to persona documents, and back.

| card | document |
|---|---|
| name, V3 nickname | name |
| description | identity |
| personality | style: personality |
| system_prompt, scenario, post_history_instructions | style: instructions, scenario, closing |
| mes_example | exemplars |
| anything else | card, as it was |

Specifications: github.com/malfoyslastname/character-card-spec-v2 and github.com/kwaroran/character-card-spec-v3. In a
PNG the JSON lies in base64 in a tEXt chunk, `chara` for V2 and `ccv3` for V3; both are written, and `ccv3` is read first.
A document that Everkin wrote into a card lies in it whole (extensions: everkin), and comes back to the letter unless
the card was edited elsewhere.
"""

import base64
import binascii
import io
import json
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from everkin.character.document import read as read_document
from everkin.errors import InvalidInput
from everkin.mind.persona import Document, version_of

BYTES_MAX: Final = 32 << 20
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_KEYWORDS: Final = {3: b"ccv3", 2: b"chara"}
_SPECS: Final = {2: ("chara_card_v2", "2.0"), 3: ("chara_card_v3", "3.0")}
_TEXTS: Final = (
    "name", "description", "personality", "scenario", "first_mes", "mes_example", "creator_notes", "system_prompt",
    "post_history_instructions", "creator", "character_version",
)  # fmt: skip
_LISTS: Final = {2: ("alternate_greetings", "tags"), 3: ("alternate_greetings", "tags", "group_only_greetings")}
_STYLED: Final = {
    "personality": "personality", "instructions": "system_prompt", "scenario": "scenario", "closing": "post_history_instructions"
}  # fmt: skip
"""Titles of lines of style, and the field of the card that each stands for."""
_WRITTEN: Final = ("description", "mes_example", *_STYLED.values())
_EXAMPLE: Final = re.compile(r"^\s*(\{\{user\}\}|\{\{char\}\}|<USER>|<BOT>)\s*:\s*", re.IGNORECASE | re.MULTILINE)


def read(content: bytes) -> str:
    """A persona document from a card. Raises InvalidInput for what is no card, or one that is broken."""
    if len(content) > BYTES_MAX:
        raise _no_card(f"It is larger than {BYTES_MAX >> 20} MiB.")
    told = _embedded(content) if content.startswith(_PNG) else _parsed(content)
    data = told.get("data") if isinstance(told.get("data"), dict) else told  # V1 has no `data`
    assert isinstance(data, dict)
    if not isinstance(data.get("name"), str):
        raise _no_card("It names nobody.")
    return _own(data) or _document(data)


def written(name: str, text: str, suffix: str, version: int, *, old: bytes | None = None) -> bytes:
    """A document as a file: the document itself (.yaml), a card (.json), or a card in a picture (.png).

    A PNG is written into `old`, the picture that is there, else into a small grey one.
    """
    if suffix in (".yaml", ".yml", ".txt"):
        return text.encode()
    if suffix == ".json":
        return (json.dumps(card(name, text, version), ensure_ascii=False, indent=2) + "\n").encode()
    if suffix == ".png":
        return _pictured(name, text, old if old and old.startswith(_PNG) else _grey())
    raise InvalidInput("There is no way to write this kind of file.", next="Name a .yaml, .json or .png.")


def card(name: str, text: str, version: int) -> dict[str, Any]:
    """The card of a document (or of plain words), in the form of `version` 2 or 3."""
    document, _ = read_document(name, text)
    spec, number = _SPECS[version]
    kept = _kept(text) if document else {}
    data: dict[str, Any] = {field: str(kept.get(field, "")) for field in _TEXTS}
    data |= {field: kept.get(field, []) for field in _LISTS[version]}
    data |= {key: value for key, value in kept.items() if key not in data}
    data |= _fields(document) if document else {"name": name, "description": text}
    data["character_version"] = version_of(text)
    extensions = kept.get("extensions")
    data["extensions"] = {**(extensions if isinstance(extensions, dict) else {}), "everkin": {"persona": text}}
    return {"spec": spec, "spec_version": number, "data": data}


def _fields(document: Document) -> dict[str, Any]:
    core = document.core
    described = [core.identity, *_block("Values", core.values), *_block("Boundaries", core.boundaries)]
    lines = dict(document.style.lines)
    rest = [f"{title}: {words}" for title, words in document.style.lines if title not in _STYLED]
    rest += [quirk.does for quirk in document.style.quirks]
    fields = {field: lines[title] for title, field in _STYLED.items() if title in lines}
    fields["personality"] = "\n".join(part for part in (fields.get("personality", ""), *rest) if part)
    examples = [
        f"<START>\n{f'{{{{user}}}}: {one.user}{chr(10)}' if one.user else ''}{{{{char}}}}: {one.reply}"
        for one in document.exemplars
    ]
    return {
        "name": core.name,
        "description": "\n\n".join(part for part in described if part),
        "mes_example": "\n".join(examples),
        **fields,
    }


def _own(data: dict[str, Any]) -> str | None:
    """The document that Everkin put into the card, if nobody has changed the card since."""
    extensions = data.get("extensions")
    ours = extensions.get("everkin") if isinstance(extensions, dict) else None
    text = ours.get("persona") if isinstance(ours, dict) else None
    if not isinstance(text, str):
        return None
    fresh = card(str(data["name"]), text, 2)["data"]
    return text if all(data.get(field) == fresh[field] for field in ("name", *_WRITTEN)) else None


def _block(title: str, lines: tuple[str, ...]) -> list[str]:
    return ["\n".join([f"{title}:", *(f"- {line}" for line in lines)])] if lines else []


def _document(data: dict[str, Any]) -> str:
    """YAML of a card that Everkin did not write."""
    called = data.get("nickname") or data["name"]

    def words(field: str) -> str:
        value = data.get(field)
        told = value if isinstance(value, str) else ""
        return re.sub(r"(?i)\{\{char\}\}|<BOT>", called, re.sub(r"(?i)\{\{user\}\}|<USER>", "the user", told)).strip()

    style = {title: _laid_out(words(field)) for title, field in _STYLED.items() if words(field)}
    exemplars = [*_exemplars(str(data.get("mes_example") or ""), called)]
    used = {"name", "nickname", "description", "mes_example", *_STYLED.values()}
    kept = {key: value for key, value in data.items() if key not in used and value not in ("", [], {}, None)}
    told: dict[str, Any] = {"name": called, "identity": _laid_out(words("description"))}
    told |= {"style": style} if style else {}
    told |= {"exemplars": exemplars} if exemplars else {}
    told |= {"card": json.dumps(kept, ensure_ascii=False, sort_keys=True)} if kept else {}
    stream = io.StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.dump(told, stream)
    return f"# From a character card.\n{stream.getvalue()}"


def _kept(text: str) -> dict[str, Any]:
    """What a card held that a persona has no place for."""
    found = re.search(r"^card:", text, re.MULTILINE)
    told = YAML(typ="safe", pure=True).load(text).get("card") if found else None
    try:
        kept = json.loads(told) if isinstance(told, str) else told
    except json.JSONDecodeError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _exemplars(examples: str, called: str) -> Iterator[dict[str, str]]:
    """Each reply of the character, with what the user said before it."""
    for block in re.split(r"(?i)<START>", examples):
        pieces = _EXAMPLE.split(block)
        said = ""
        for speaker, words in zip(pieces[1::2], pieces[2::2], strict=False):
            line = re.sub(r"(?i)\{\{char\}\}", called, re.sub(r"(?i)\{\{user\}\}", "the user", words)).strip()
            if speaker.lower() in ("{{user}}", "<user>"):
                said = line
            elif line:
                yield {"user": said, "reply": line} if said else {"reply": line}
                said = ""


def _laid_out(words: str) -> str:
    return LiteralScalarString(f"{words}\n") if "\n" in words else words


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise _no_card("It is no JSON.") from None
    if not isinstance(told, dict):
        raise _no_card("Its JSON is no card.")
    return told


def _embedded(content: bytes) -> dict[str, Any]:
    texts = {}
    for kind, body in _chunks(content):
        keyword, _, value = body.partition(b"\0")
        if kind == b"tEXt" and keyword.lower() in _KEYWORDS.values():
            texts[keyword.lower()] = value
    for keyword in _KEYWORDS.values():
        if keyword in texts:
            try:
                return _parsed(base64.b64decode(texts[keyword], validate=False))
            except binascii.Error:
                raise _no_card("The card in it is cut short.") from None
    raise _no_card("There is no card in this picture.")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each chunk of a PNG. Raises InvalidInput for a broken one."""
    at = len(_PNG)
    while at < len(content):
        if at + 12 > len(content):
            raise _no_card("The picture is cut short.")
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        end = content[at + 8 + length : at + 12 + length]
        if len(body) != length or len(end) != 4 or struct.unpack(">I", end)[0] != zlib.crc32(kind + body):
            raise _no_card("The picture is broken.")
        yield kind, body
        at += 12 + length


def _pictured(name: str, text: str, picture: bytes) -> bytes:
    """The picture with both forms of the card in it, in place of any that it held."""
    parts = [_PNG]
    for kind, body in _chunks(picture):
        if kind == b"tEXt" and body.partition(b"\0")[0].lower() in _KEYWORDS.values():
            continue
        if kind == b"IEND":
            for version, keyword in sorted(_KEYWORDS.items()):
                told = json.dumps(card(name, text, version), ensure_ascii=False).encode()
                parts.append(_chunk(b"tEXt", keyword + b"\0" + base64.b64encode(told)))
        parts.append(_chunk(kind, body))
    return b"".join(parts)


def _grey() -> bytes:
    """The smallest picture that looks like one: 64 by 64 pixels of grey."""
    head = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x99" * 64) * 64, 9)
    return _PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _no_card(why: str) -> InvalidInput:
    return InvalidInput(
        f"This is no character card. {why}", kept="Nothing was changed.", next="Give a V2 or V3 card: .json or .png."
    )
