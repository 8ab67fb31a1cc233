"""The resource text: whoever asks, wherever they are, with no provider and no network."""

import re
import socket
import tomllib
from importlib.resources import files

import pytest

from everkin.mind.risk import Category, Level
from everkin.safety import country_of, helplines, resource_text, screen

TABLE = tomllib.loads((files("everkin.safety") / "helplines.toml").read_text(encoding="utf-8"))
WORDS = tomllib.loads((files("everkin.safety") / "words.toml").read_text(encoding="utf-8"))


def test_alice_in_berlin_is_answered_in_german():
    text = resource_text(Category.SUICIDE, Level.HIGH, country=country_of(zone="Europe/Berlin"), language="de-DE")
    assert "TelefonSeelsorge: 0800 111 0 111" in text
    assert "ruf 112 an" in text
    assert text.startswith("Gut, dass du es gesagt hast.")


@pytest.mark.parametrize(
    ("country", "category", "contact"),
    [
        ("US", Category.SUICIDE, "988"),
        ("GB", Category.SELF_HARM, "116 123"),
        ("IE", Category.SUICIDE, "116 123"),
        ("FR", Category.SUICIDE, "3114"),
        ("ES", Category.ABUSE, "016"),
        ("JP", Category.ABUSE, "0120-279-889"),
        ("hk", Category.ABUSE, "18111"),
    ],
)
def test_the_number_of_the_country_stands_in_the_text(country, category, contact):
    assert contact in resource_text(category, Level.HIGH, country=country)


@pytest.mark.parametrize("country", [None, "", "XX", "Atlantis"])
def test_where_no_line_is_known_the_international_list_is_named(country):
    text = resource_text(Category.SUICIDE, Level.HIGH, country=country)
    assert "findahelpline.com" in text
    assert "local emergency number" in text


def test_what_cannot_wait_begins_with_the_emergency_number():
    assert "911" in resource_text(Category.SUICIDE, Level.IMMINENT, country="US").splitlines()[0]
    assert "911" not in resource_text(Category.SUICIDE, Level.HIGH, country="US").splitlines()[0]


def test_a_language_that_is_not_written_here_gives_english():
    assert resource_text(Category.ABUSE, Level.HIGH, country="SE", language="sv") == resource_text(
        Category.ABUSE, Level.HIGH, country="SE"
    )


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("category", Category)
def test_every_language_says_everything_shortly(language, category):
    text = resource_text(category, Level.IMMINENT, country="US", language=language)
    assert WORDS[language].keys() == WORDS["en"].keys()
    assert text.startswith(WORDS[language]["danger"].format(emergency="911"))
    assert len(text) < 900
    assert screen(text) is None


@pytest.mark.parametrize("country", TABLE)
def test_every_country_has_an_emergency_number_a_line_and_its_source(country):
    assert re.search(r"\d{3}", TABLE[country]["emergency"])
    for category in Category:
        for line in helplines(country, category):
            assert line.source.startswith("https://")
            assert line.name
            assert re.search(r"\d{3}|\w\.\w", line.contact)
    assert helplines(country, Category.SUICIDE)


@pytest.mark.parametrize(
    ("where", "country"),
    [
        ({"locale": "de-AT"}, "AT"),
        ({"locale": "en_GB.UTF-8"}, "GB"),
        ({"locale": "zh-Hant-TW"}, "TW"),
        ({"locale": "en", "zone": "Australia/Perth"}, "AU"),
        ({"zone": "UTC"}, None),
        ({"locale": "C"}, None),
        ({}, None),
    ],
)
def test_the_country_comes_from_the_locale_or_the_time_zone(where, country):
    assert country_of(**where) == country


def test_no_network_is_needed(monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    assert "988" in resource_text(Category.SUICIDE, Level.HIGH, country="US")
