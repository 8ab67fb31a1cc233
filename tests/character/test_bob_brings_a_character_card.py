"""Bob's characters come from other programs as cards, and go back to them."""

import base64
import json
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everkin.character import card
from everkin.character.document import lint, persona_of
from everkin.errors import EverkinError, InvalidInput
from everkin.language.tokens import estimate
from everkin.portability.samples import PERSONA

LUCY = PERSONA.read_text(encoding="utf-8")
DATA = {
    "name": "Seraphine",
    "description": "{{char}} keeps a lighthouse.\nShe is an AI, and {{user}} knows it.",
    "personality": "calm, exact",
    "scenario": "It is winter.",
    "first_mes": "The lamp is lit.",
    "mes_example": "<START>\n{{user}}: Is it stormy?\n{{char}}: It is. Come in, {{user}}.\n<START>\n{{char}}: Mind the stairs.",
    "creator_notes": "Mine.",
    "system_prompt": "Stay in character.",
    "post_history_instructions": "",
    "alternate_greetings": ["Hello."],
    "tags": ["sea"],
    "creator": "bob",
    "character_version": "3",
    "extensions": {"other": {"colour": "blue"}},
}
V2 = {"spec": "chara_card_v2", "spec_version": "2.0", "data": DATA}
V3 = {"spec": "chara_card_v3", "spec_version": "3.0", "data": {**DATA, "nickname": "Sera", "group_only_greetings": []}}


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def picture(**cards) -> bytes:
    texts = [
        chunk(b"tEXt", key.encode() + b"\0" + base64.b64encode(json.dumps(told).encode()))
        for key, told in cards.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0" * 13) + b"".join(texts) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content", [json.dumps(V2).encode(), picture(chara=V2), json.dumps(DATA).encode()], ids=["json", "png", "V1"]
)
def test_a_card_becomes_a_persona(content):
    text = card.read(content)
    assert lint("seraphine", text, estimate) == []
    persona = persona_of("seraphine", text, estimate)
    assert persona.name == "Seraphine"
    assert "Seraphine keeps a lighthouse." in persona.prompt
    assert "the user knows it" in persona.prompt
    assert "- personality: calm, exact" in persona.prompt
    assert [(one.user, one.reply) for one in persona.exemplars] == [
        ("Is it stormy?", "It is. Come in, the user."),
        ("", "Mind the stairs."),
    ]


def test_of_two_cards_in_a_picture_the_newer_form_counts():
    assert persona_of("x", card.read(picture(chara=V2, ccv3=V3)), estimate).name == "Sera"


@pytest.mark.parametrize("version", [2, 3])
def test_what_a_persona_has_no_place_for_goes_back_as_it_came(version):
    back = card.card("seraphine", card.read(json.dumps(V2).encode()), version)
    assert back["spec"] == f"chara_card_v{version}"
    kept = {key: back["data"][key] for key in ("first_mes", "creator_notes", "alternate_greetings", "tags", "creator")}
    assert kept == {key: DATA[key] for key in kept}
    assert back["data"]["extensions"]["other"] == {"colour": "blue"}
    assert back["data"]["system_prompt"] == "Stay in character."


@pytest.mark.parametrize(("suffix", "version"), [(".json", 2), (".json", 3), (".png", 3), (".yaml", 3)])
def test_a_persona_comes_back_from_a_card_to_the_letter(suffix, version):
    written = card.written("lucy", LUCY, suffix, version)
    assert (written.decode() if suffix == ".yaml" else card.read(written)) == LUCY


def test_a_card_that_was_edited_elsewhere_counts_as_it_reads():
    told = card.card("lucy", LUCY, 3)
    told["data"]["description"] = "You are Lucy, and you were edited."
    assert "you were edited" in card.read(json.dumps(told).encode())


def test_a_picture_keeps_its_pixels_and_holds_one_card():
    first = card.written("lucy", LUCY, ".png", 3)
    again = card.written("lucy", LUCY + "# changed\n", ".png", 3, old=first)
    assert card.read(again) == LUCY + "# changed\n"
    assert again.count(b"ccv3\0") == again.count(b"chara\0") == 1
    assert again.count(b"IDAT") == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"data": {"name": 3}}',
        b"\x89PNG\r\n\x1a\n",
        picture(),
        picture(chara=V2)[:-20],
        picture(chara=V2).replace(b"chara", b"charb"),
        b"[" * 200_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_card_is_refused(content):
    with pytest.raises(InvalidInput):
        card.read(content)


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(), lambda x: st.dictionaries(st.sampled_from([*DATA, "data"]), x)).map(
        lambda x: json.dumps(x).encode()
    )
)
@settings(max_examples=200, deadline=None)
def test_no_file_is_too_strange(content):
    try:
        text = card.read(content)
    except EverkinError:
        return
    persona_of("x", text, estimate)
