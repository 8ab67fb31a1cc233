"""What "last spring" was, for somebody who says so on the afternoon of Wednesday, 19 July 2023, in London."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.language.dates import GRAMMARS, find
from everkin.language.expressions.grammar import Grammar
from everkin.mind.timespan import TimeKind

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2023, 7, 19, 15, 0, tzinfo=LONDON)


def spans(text: str, *, at: datetime = NOW, zone: ZoneInfo = LONDON) -> list[tuple[str, str, str]]:
    """Each expression with its start and end, the hour left out at midnight."""
    return [
        (text[slice(*found.span)], _short(found.start), _short(found.end)) for found in find(text, at=at, zone=zone)
    ]


def _short(at: datetime) -> str:
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute) == (0, 0) else f"{at:%Y-%m-%d %H:%M}"


ENGLISH = [
    ("What did I do yesterday evening?", "yesterday evening", "2023-07-18 17:00", "2023-07-19"),
    ("I slept badly last night", "last night", "2023-07-18 18:00", "2023-07-19 06:00"),
    ("the night before last", "the night before last", "2023-07-17 18:00", "2023-07-18 06:00"),
    ("the day before yesterday", "the day before yesterday", "2023-07-17", "2023-07-18"),
    ("this morning", "this morning", "2023-07-19 05:00", "2023-07-19 12:00"),
    ("see you tonight", "tonight", "2023-07-19 18:00", "2023-07-20 06:00"),
    ("tomorrow morning", "tomorrow morning", "2023-07-20 05:00", "2023-07-20 12:00"),
    ("Bob came last Friday", "last Friday", "2023-07-14", "2023-07-15"),
    ("What happened on Friday?", "Friday", "2023-07-14", "2023-07-15"),
    ("I have an interview on Friday", "Friday", "2023-07-21", "2023-07-22"),
    ("On Sunday we'll see Charlie", "Sunday", "2023-07-23", "2023-07-24"),
    ("I will never forget what happened on Friday", "Friday", "2023-07-14", "2023-07-15"),
    ("this Friday", "this Friday", "2023-07-21", "2023-07-22"),
    ("next Friday", "next Friday", "2023-07-28", "2023-07-29"),
    ("next Monday", "next Monday", "2023-07-24", "2023-07-25"),
    ("Friday night was fun", "Friday night", "2023-07-14 18:00", "2023-07-15 06:00"),
    ("Monday last week", "Monday last week", "2023-07-10", "2023-07-11"),
    ("last week on Tuesday", "last week on Tuesday", "2023-07-11", "2023-07-12"),
    ("from Monday to Friday", "Monday to Friday", "2023-07-10", "2023-07-15"),
    ("earlier this week", "earlier this week", "2023-07-17", "2023-07-19 15:00"),
    ("the week before last", "the week before last", "2023-07-03", "2023-07-10"),
    ("this weekend", "this weekend", "2023-07-22", "2023-07-24"),
    ("last weekend", "last weekend", "2023-07-15", "2023-07-17"),
    ("over the weekend", "the weekend", "2023-07-15", "2023-07-17"),
    ("two weekends ago", "two weekends ago", "2023-07-08", "2023-07-10"),
    ("next month", "next month", "2023-08-01", "2023-09-01"),
    ("the end of last month", "end of last month", "2023-06-21", "2023-07-01"),
    ("last year", "last year", "2022-01-01", "2023-01-01"),
    ("last spring", "last spring", "2023-03-01", "2023-06-01"),
    ("last summer", "last summer", "2022-06-01", "2022-09-01"),
    ("last winter", "last winter", "2022-12-01", "2023-03-01"),
    ("in the fall", "fall", "2022-09-01", "2022-12-01"),
    ("summer of 2021", "summer of 2021", "2021-06-01", "2021-09-01"),
    ("three weeks ago", "three weeks ago", "2023-06-25", "2023-07-02"),
    ("two days ago", "two days ago", "2023-07-17", "2023-07-18"),
    ("an hour ago", "an hour ago", "2023-07-19 13:30", "2023-07-19 14:30"),
    ("a couple of years ago", "a couple of years ago", "2020-01-18", "2022-01-17"),
    ("a few days back", "a few days back", "2023-07-14", "2023-07-18"),
    ("half a year ago", "half a year ago", "2022-10-18", "2023-04-19"),
    ("two and a half years ago", "two and a half years ago", "2020-10-18", "2021-04-18"),
    ("a year and a half ago", "a year and a half ago", "2021-10-18", "2022-04-19"),
    ("in two weeks", "in two weeks", "2023-07-30", "2023-08-06"),
    ("We leave in a few days' time", "in a few days' time", "2023-07-21", "2023-07-25"),
    ("the last few days", "the last few days", "2023-07-14", "2023-07-20"),
    ("over the past two weeks", "the past two weeks", "2023-07-05", "2023-07-20"),
    ("this time last year", "this time last year", "2022-07-04 09:00", "2022-08-03 09:00"),
    ("Two days before, it rained", "Two days before", "2023-07-17", "2023-07-18"),
    ("in May", "May", "2023-05-01", "2023-06-01"),
    ("last January", "last January", "2023-01-01", "2023-02-01"),
    ("I'll see her in March", "March", "2024-03-01", "2024-04-01"),
    ("early May", "early May", "2023-05-01", "2023-05-11"),
    ("Sept 2021", "Sept 2021", "2021-09-01", "2021-10-01"),
    ("on 7 May", "7 May", "2023-05-07", "2023-05-08"),
    ("May 7th, 2022", "May 7th, 2022", "2022-05-07", "2022-05-08"),
    ("on the seventh of May", "the seventh of May", "2023-05-07", "2023-05-08"),
    ("Dec 5th", "Dec 5th", "2022-12-05", "2022-12-06"),
    ("3-5 May", "3-5 May", "2023-05-03", "2023-05-06"),
    ("on the 7th", "on the 7th", "2023-07-07", "2023-07-08"),
    ("29 February", "29 February", "2023-02-28", "2023-03-01"),
    ("on 2022-05-07", "2022-05-07", "2022-05-07", "2022-05-08"),
    ("5/7/2022", "5/7/2022", "2022-07-05", "2022-07-06"),
    ("in 2022", "2022", "2022-01-01", "2023-01-01"),
    ("in late 2021", "late 2021", "2021-09-01", "2022-01-01"),
    ("in the nineties", "the nineties", "1990-01-01", "2000-01-01"),
    ("the 1980s", "the 1980s", "1980-01-01", "1990-01-01"),
    ("between May and July", "May and July", "2023-05-01", "2023-08-01"),
    ("since Monday", "Monday", "2023-07-17", "2023-07-19 15:00"),
    ("before 2020", "2020", "2019-01-01", "2020-01-01"),
    ("after Christmas", "Christmas", "2022-12-27", "2023-07-19 15:00"),
    ("at Easter 2022", "Easter 2022", "2022-04-15", "2022-04-19"),
    ("Thanksgiving", "Thanksgiving", "2022-11-24", "2022-11-25"),
    ("New Year’s Eve", "New Year’s Eve", "2022-12-31", "2023-01-01"),
    ("the other day", "the other day", "2023-07-09 15:00", "2023-07-18 15:00"),
    ("What have I been up to lately?", "lately", "2023-06-19 15:00", "2023-07-19 15:00"),
]

OTHERS = [
    ("gestern Abend", "gestern Abend", "2023-07-18 17:00", "2023-07-19"),
    ("Ich komme morgen", "morgen", "2023-07-20", "2023-07-21"),
    ("letzten Freitag", "letzten Freitag", "2023-07-14", "2023-07-15"),
    ("Ich muss am Freitag arbeiten", "Freitag", "2023-07-21", "2023-07-22"),
    ("vor drei Wochen", "vor drei Wochen", "2023-06-25", "2023-07-02"),
    ("letzten Sommer", "letzten Sommer", "2022-06-01", "2022-09-01"),
    ("am 7. Mai 2022", "7. Mai 2022", "2022-05-07", "2022-05-08"),
    ("Mitte April", "Mitte April", "2023-04-11", "2023-04-21"),
    ("zwischen Mai und Juli", "Mai und Juli", "2023-05-01", "2023-08-01"),
    ("ayer por la tarde", "ayer por la tarde", "2023-07-18 12:00", "2023-07-18 18:00"),
    ("anoche soñé con el mar", "anoche", "2023-07-18 18:00", "2023-07-19 06:00"),
    ("el viernes pasado", "el viernes pasado", "2023-07-14", "2023-07-15"),
    ("el verano pasado", "el verano pasado", "2022-06-01", "2022-09-01"),
    ("hace un par de días", "hace un par de días", "2023-07-16", "2023-07-18"),
    ("el 7 de mayo de 2022", "el 7 de mayo de 2022", "2022-05-07", "2022-05-08"),
    ("la próxima semana", "la próxima semana", "2023-07-24", "2023-07-31"),
    ("昨天晚上我睡不着", "昨天晚上", "2023-07-18 17:00", "2023-07-19"),
    ("上周五我去了海边", "上周五", "2023-07-14", "2023-07-15"),
    ("三个月前", "三个月前", "2023-04-04", "2023-05-04"),
    ("去年夏天", "去年夏天", "2022-06-01", "2022-09-01"),
    ("2022年5月7日", "2022年5月7日", "2022-05-07", "2022-05-08"),
    ("上個月", "上個月", "2023-06-01", "2023-07-01"),
    ("昨日の夜", "昨日の夜", "2023-07-18 18:00", "2023-07-19 06:00"),
    ("先週の金曜日に会った", "先週の金曜日", "2023-07-14", "2023-07-15"),
    ("3か月前", "3か月前", "2023-04-04", "2023-05-04"),
    ("去年の夏", "去年の夏", "2022-06-01", "2022-09-01"),
    ("5月7日に", "5月7日", "2023-05-07", "2023-05-08"),
    ("Qu'ai-je fait hier ?", "hier", "2023-07-18", "2023-07-19"),
    ("le 7 mai 2022", "7 mai 2022", "2022-05-07", "2022-05-08"),
    ("due mesi, anzi 2 anni fa", "2 anni fa", "2021-01-01", "2022-01-01"),
    ("no mês passado", "mês passado", "2023-06-01", "2023-07-01"),
    ("3 dagen geleden", "3 dagen geleden", "2023-07-16", "2023-07-17"),
    ("Что было вчера?", "вчера", "2023-07-18", "2023-07-19"),
]


@pytest.mark.parametrize(("text", "expression", "start", "end"), ENGLISH + OTHERS)
def test_the_interval_of(text, expression, start, end):
    assert spans(text) == [(expression, start, end)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May I ask you something?",
        "I may march on in a second",
        "April told me that August is her son",
        "the second of her sisters",
        "every Friday",
        "on Fridays we dance",
        "Saturday mornings are for yoga",
        "two days before the wedding",
        "the day after I moved",
        "How many weeks ago was that?",
        "She ran it in two hours, I heard",
        "Rome was not built in a day",
        "there are thirty days in a month",
        "I fall asleep at once",
        "to fall on them",
        "a Christmas tree",
        "room 2022, bus 12, 24/7, 3.5.1",
        "$2019 and 2000 steps",
        "31 April",
        "9999 years ago",
        "2022-13-45",
        "the last one, next to him, this and that",
        "Guten Morgen! Am Morgen trinke ich Tee",
        "por la mañana leo",
        "cada lunes",
        "每周五去游泳",
        "毎週金曜日",
        "三个月",
        "esta mesa",
        "half a pair \ud83d",
    ],
)
def test_no_time_is_seen_where_none_is_named(text):
    assert spans(text) == []


def test_several_times_in_one_message_and_one_counted_from_another():
    told = "We met on 7 May. Two days earlier, I was sick, and last week I went back."
    assert spans(told) == [
        ("7 May", "2023-05-07", "2023-05-08"),
        ("Two days earlier", "2023-05-05", "2023-05-06"),
        ("last week", "2023-07-10", "2023-07-17"),
    ]


def test_the_zone_of_the_user_decides_what_last_night_was():
    at = datetime(2023, 7, 19, 2, 0, tzinfo=UTC)
    assert spans("yesterday", at=at, zone=ZoneInfo("Asia/Tokyo"))[0][1] == "2023-07-18"
    assert spans("yesterday", at=at, zone=ZoneInfo("America/New_York"))[0][1] == "2023-07-17"


def test_a_day_when_the_clocks_change_is_a_whole_day():
    (found,) = find("yesterday", at=datetime(2023, 3, 27, 9, tzinfo=LONDON), zone=LONDON)
    assert (found.end.astimezone(UTC) - found.start.astimezone(UTC)).total_seconds() == 23 * 3600


def test_seasons_turn_round_in_the_south_and_dates_in_america():
    assert spans("last summer", zone=ZoneInfo("Australia/Sydney"))[0][1:] == ("2022-12-01", "2023-03-01")
    assert spans("5/7/2022", zone=ZoneInfo("America/Chicago"))[0][1] == "2022-05-07"
    assert spans("25/7/2022", zone=ZoneInfo("America/Chicago"))[0][1] == "2022-07-25"


def test_what_has_no_edges_says_so():
    kinds = [found.kind for found in find("the other day, last spring, an hour ago", at=NOW, zone=LONDON)]
    assert kinds == [TimeKind.VAGUE, TimeKind.SEASON, TimeKind.MOMENT]


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar(year):
    at = datetime(year, 1, 1, 12, tzinfo=UTC) if year == 1 else datetime(year, 12, 31, 12, tzinfo=UTC)
    for text in ("last year", "next year", "last spring", "ten years ago", "in ten years", "since 2020", "before May"):
        find(text, at=at, zone=ZoneInfo("UTC"))


GRAMMAR_WORDS = sorted(
    {
        word
        for grammar in GRAMMARS
        if isinstance(grammar, Grammar)
        for words in grammar.meanings.values()
        for word in words
    }
    | {cue for grammar in GRAMMARS for cue in grammar.cues}
    | {
        "ago",
        "in",
        "on",
        "the",
        "of",
        "since",
        "7",
        "31",
        "2022",
        "2022年",
        "7月",
        "de",
        "vor",
        "hace",
        "前",
        "个",
        "am",
    }
)


@given(st.lists(st.sampled_from(GRAMMAR_WORDS), max_size=6), st.sampled_from([" ", "", "-", " 7 "]))
def test_words_of_the_grammars_in_any_order_give_intervals_or_nothing(words, joint):
    text = joint.join(words)
    last = 0
    for found in find(text, at=NOW, zone=LONDON):
        assert found.start < found.end
        assert last <= found.span[0] < found.span[1] <= len(text)
        assert found.start.tzinfo is LONDON
        last = found.span[1]


@given(st.text())
def test_any_text_can_be_read(text):
    find(text, at=NOW, zone=LONDON)
