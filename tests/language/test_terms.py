"""A word said once is found again, however it is asked for."""

import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.language.terms import Terms, _forms, _language
from everkin.mind.ports.lexicon import Lexicon

terms: Lexicon = Terms()


def guessed(text: str) -> str:
    return _language(re.findall(r"\w+", text.lower()), text.lower())


def shared(said: str, asked: str) -> set[str]:
    return set(terms.stems(said)) & set(terms.stems(asked))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Alice's sisters were running.", ["alic", "sister", "run"]),
        ("the 7th of May at 10:30, 1,000 km", ["7", "may", "10:30", "1000", "km"]),
        ("I DON’T like Zoë’s ﬁsh", ["like", "zoe", "fish"]),
        ("the of and is", []),
        ("", []),
        ("?! ...", []),
        ("well done 👍🏽 ❤️ 🇵🇹", ["well", "done", "👍", "❤", "🇵🇹"]),
        ("\ud83d Bob \udc00", ["bob"]),
        ("\x00\x01Bob\x7f", ["bob"]),
        ("x" * 1000, ["x" * 64]),
        ("شكرا", ["شكرا", "شكر"]),
    ],
)
def test_the_terms_of(text, expected):
    assert terms.stems(text) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How is my dog today?", "en"),
        ("Rex", "en"),
        ("", "en"),
        ("👍", "en"),
        ("I went to La Paz with Carla", "en"),
        ("¿Dónde vive mi hermana?", "es"),
        ("Ayer fui al mercado con mi madre y compramos naranjas", "es"),
        ("mi perro se llama Canela", "es"),
        ("Wo wohnt meine Schwester?", "de"),
        ("Gestern war ich mit meiner Mutter auf dem Markt", "de"),
        ("Der Hund heißt Bello", "de"),
        ("Où habite ma sœur maintenant ?", "fr"),
        ("Dove abita mia sorella adesso?", "it"),
        ("Onde mora a minha irmã agora?", "pt"),
        ("Waar woont mijn zus tegenwoordig?", "nl"),
        ("昨天我和妹妹去看了海。", "en"),
    ],
)
def test_the_language_of(text, language):
    assert guessed(text) == language


@pytest.mark.parametrize(
    ("said", "asked", "by"),
    [
        ("Mi hermana compró dos perros en Madrid", "¿Qué perro tiene mi hermana?", {"hermana", "perr"}),
        ("Comimos canciones", "la canción que me gusta", {"cancion"}),
        ("Wir haben gestern über die Umzüge gesprochen", "Wann war der Umzug?", {"umzug"}),
        ("Die Häuser in der Straße", "Welches Haus ist das?", {"haus"}),
        ("昨天我和妹妹去看了海。", "妹妹去了哪里?", {"妹妹", "妹"}),
        ("昨日、妹と海に行きました。", "海には誰と行った?", {"海", "行"}),
        ("コーヒーが好きです", "好きなコーヒーは?", {"コー", "好", "好き"}),
        ("안녕하세요 친구", "친구가 누구야?", {"친구"}),
        ("Моя сестра живёт в Москве", "Где живет сестра?", {"сестр"}),
        ("My sister visited the museums", "which museum did she visit", {"museum", "visit"}),
    ],
)
def test_another_form_of_the_word_finds_it(said, asked, by):
    assert by <= shared(said, asked)


@pytest.mark.parametrize(
    ("said", "asked", "by"),
    [
        ("Ayer conocí a Magdalena en Valparaíso con mi hermano", "Magdalena Valparaiso?", {"magdalena", "valparaiso"}),
        ("Ich habe mit Herrn Müller über die Wohnung gesprochen", "Mueller or Müller?", {"muller"}),
        ("Mis perros están en la casa", "perros", {"perro"}),
        ("She lives in Buenos Aires with Andrés", "¿Con quién vive Andrés en Buenos Aires?", {"andr", "air", "bueno"}),
        ("L'amie d'Adèle est très malade", "Adele", {"adel"}),
    ],
)
def test_a_name_is_found_although_the_languages_were_guessed_apart(said, asked, by):
    assert guessed(said) != guessed(asked)
    assert by <= shared(said, asked)


def test_english_has_one_term_a_word():
    assert len(terms.stems("Bob painted seven wooden houses")) == 5


@given(st.text())
def test_any_text_has_terms_that_can_be_stored(text):
    found = terms.stems(text)
    assert found == terms.stems(text)
    assert all(term and len(term) <= 64 and term.encode() and term == term.strip() for term in found)


@given(st.lists(st.sampled_from(["Alice", "running", "hermanas", "für", "日本", "👍", "2022", "d'Anna"]), min_size=1))
def test_case_and_spacing_do_not_matter(words):
    assert terms.stems(" ".join(words)) == terms.stems("  ".join(words).upper())


def test_threads_do_not_disturb_one_another():
    texts = [
        f"the {letter}walking {letter}houses und die {letter}schwestern" for letter in "abcdefghijklmnopqrstuvwxyz"
    ]
    results: dict[int, list[list[str]]] = {}

    def read(place: int) -> None:
        results[place] = [Terms().stems(text) for text in texts]

    threads = [threading.Thread(target=read, args=(place,)) for place in range(4)]
    _forms.cache_clear()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _forms.cache_clear()
    alone = [terms.stems(text) for text in texts]
    assert all(results[place] == alone for place in range(4))
