"""Chinese (both scripts) and Japanese time expressions, which share most of their characters."""

import re
from itertools import product
from typing import Final

from everkin.language.expressions import rules
from everkin.language.expressions.grammar import Grammar, one_of

_DIGITS: Final = "一二三四五六七八九"
NUMERALS: Final = (
    {digit: value for value, digit in enumerate(_DIGITS, 1)}
    | {"十": 10}
    | {f"十{digit}": 10 + value for value, digit in enumerate(_DIGITS, 1)}
    | {f"{tens}十{digit}": 10 * (_DIGITS.index(tens) + 1) + value
       for tens, (value, digit) in product("二三", enumerate(["", *_DIGITS]))}
)  # fmt: skip
NUMBERS: Final = {word: (value, value) for word, value in NUMERALS.items()} | {
    "两": (2, 2), "兩": (2, 2), "几": (2, 5), "幾": (2, 5), "数": (2, 6), "數": (2, 6), "半": (0.5, 0.5),
}  # fmt: skip
UNITS: Final = {
    "分钟": "minute", "分鐘": "minute", "分": "minute", "小时": "hour", "小時": "hour", "時間": "hour", "天": "day",
    "日": "day", "周": "week", "週": "week", "週間": "week", "星期": "week", "礼拜": "week", "禮拜": "week",
    "月": "month", "年": "year",
    "か月": "month", "ヶ月": "month", "カ月": "month", "ヵ月": "month", "ケ月": "month", "个月": "month", "個月": "month",
}  # fmt: skip
DAYS: Final = {
    "大前天": -3, "前天": -2, "一昨日": -2, "おととい": -2, "昨天": -1, "昨日": -1, "きのう": -1, "今天": 0, "今日": 0,
    "きょう": 0, "明天": 1, "明日": 1, "あした": 1, "后天": 2, "後天": 2, "明後日": 2, "あさって": 2,
}  # fmt: skip
NIGHTS: Final = {
    "前晚": -2, "昨晚": -1, "昨夜": -1, "昨晩": -1, "ゆうべ": -1, "今晚": 0, "今夜": 0, "今晩": 0,
}  # fmt: skip
PARTS: Final = {
    "早上": "morning", "上午": "morning", "朝": "morning", "午前": "morning", "中午": "noon", "昼": "noon",
    "下午": "afternoon", "午後": "afternoon", "晚上": "evening", "夕方": "evening", "晩": "evening", "夜": "night",
    "夜里": "night", "夜裡": "night", "夜に": "night",
}  # fmt: skip
WEEKDAYS: Final = {
    "一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6,
    "月曜": 0, "火曜": 1, "水曜": 2, "木曜": 3, "金曜": 4, "土曜": 5, "日曜": 6,
}  # fmt: skip
SEASONS: Final = {"春": "spring", "夏": "summer", "秋": "autumn", "冬": "winter"}
COUNTS: Final = {
    "大前": -3, "前": -2, "上上": -2, "先々": -2, "一昨": -2, "おとと": -2, "去": -1, "昨": -1, "上": -1, "先": -1,
    "今": 0, "本": 0, "这": 0, "這": 0, "下": 1, "来": 1, "來": 1, "明": 1, "后": 2, "後": 2, "下下": 2, "再来": 2,
}  # fmt: skip
VAGUE: Final = {
    "最近": (30, 0), "近来": (30, 0), "近頃": (30, 0), "この頃": (30, 0), "この前": (21, 1), "この間": (21, 1),
    "先日": (21, 1), "前几天": (10, 1), "前幾天": (10, 1), "前些天": (10, 1), "不久前": (60, 1), "这几天": (7, 0),
    "這幾天": (7, 0), "ここ数日": (7, 0),
}  # fmt: skip
FEASTS: Final = {
    "圣诞节": "christmas", "聖誕節": "christmas", "クリスマス": "christmas", "平安夜": "christmas eve",
    "大晦日": "new year's eve", "元旦": "new year", "お正月": "new year", "万圣节": "halloween",
    "ハロウィン": "halloween", "情人节": "valentine", "情人節": "valentine", "バレンタイン": "valentine",
}  # fmt: skip

_YEARS: Final = "大前|前|一昨|去|昨|今|来|來|明|后|後"
_BEGINNINGS: Final = {word[0] for table in (NUMBERS, DAYS, NIGHTS, SEASONS, COUNTS, VAGUE, FEASTS) for word in table}

CJK: Final = Grammar(
    cues=frozenset("0123456789年月日周週天晚晩夜朝前昨今明近先曜春夏秋冬节節圣聖后後間末きあゆおクハバ"),
    start=r"(?=[\d周週星礼禮月火水木金土日过過未" + "".join(sorted(_BEGINNINGS)) + "])",
    ahead=re.compile(r"(?P<past>了|过|過|た(?![いく])|だった)|会|會|要|打算|准备|準備|将|將|つもり|予定|ましょう|たい"),
    frame=re.compile(r"(?:(?P<never>每|毎)|(?P<since>自从|自從|从|從))[个個周週年月]?\Z"),
    joint=re.compile("到|至|から|〜|-"),
    names={
        "N": r"(?:\d{1,4}|" + one_of(NUMBERS) + ")",
        "UNIT": one_of([unit for unit in UNITS if unit != "月"]),
        "DAY": one_of(DAYS),
        "PART": one_of(PARTS),
        "WEEK": "(?:周|週|星期|礼拜|禮拜)",
        "YOUBI": "[月火水木金土日]曜",
        "YEARS": f"(?P<count>{_YEARS})年",
        "YEAR": r"(?P<year>19[3-9]\d|20[0-9]\d)年",
        "M": r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月",
        "D": r"(?P<day>3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])[日号號]",
        "SEASON": "(?P<season>[春夏秋冬])",
    },
    meanings={
        "n": NUMBERS,
        "unit": UNITS | {"末": "weekend", "周末": "weekend", "週末": "weekend", "し": "year"},
        "day": DAYS | NUMERALS | {"今": 0},
        "night": NIGHTS,
        "weekday": WEEKDAYS,
        "month": NUMERALS,
        "season": SEASONS,
        "part": PARTS | {"早": "morning"},
        "vague": VAGUE,
        "feast": FEASTS,
        "sign": {"前": -1, "后": 1, "後": 1, "过去": -1, "過去": -1, "最近": -1, "未来": 1},
        "count": COUNTS,
    },
    patterns=(
        (rules.rolling, "(?P<sign>过去|過去|最近|未来)的?(?P<n>{N})[个個]?(?P<unit>{UNIT})"),
        (rules.vague, "(?P<vague>" + one_of(VAGUE) + ")"),
        (rules.day, "(?P<day>{DAY})[的の]?(?P<part>{PART})?"),
        (rules.night, "(?P<night>" + one_of(NIGHTS) + ")"),
        (rules.day, "(?P<day>今)(?P<part>早|朝)"),
        (rules.date, "(?:{YEAR}|{YEARS}[的の]?)?{M}{D}"),
        (rules.of_year, r"(?:{YEAR}|{YEARS})[的の]?(?:{M}|{SEASON}[天季]?)"),
        (rules.away, "(?P<n>{N})[个個]?(?P<unit>{UNIT})(?P<half>半)?[之以]?(?P<sign>[前后後])"),
        (rules.counted_unit, "(?P<count>大前|前|一昨|去|昨|今|来|來|明|后|後)(?P<unit>年)"),
        (rules.counted_unit, "(?P<count>おとと)(?P<unit>し)"),
        (rules.year, "{YEAR}"),
        (rules.weekday_of_week, "(?P<count>上上|上|这|這|本|下下|下)[个個一]?{WEEK}(?P<weekday>[一二三四五六日天])"),
        (rules.weekday_of_week, "(?P<count>先々|先|今|再来|来)週の?(?P<weekday>{YOUBI})日?"),
        (rules.counted_unit, "(?P<count>上上|上|这|這|本|下下|下|先々|先|今|再来|来)[个個一]?[周週](?P<unit>末)"),
        (rules.counted_unit, "(?P<count>上上|上|这|這|本|下下|下)[个個一]?(?P<unit>{WEEK})"),
        (rules.counted_unit, "(?P<count>先々|先|今|再来|来)(?P<unit>[週月])"),
        (rules.counted_unit, "(?P<count>上上|上|这|這|本|下下|下)[个個]?(?P<unit>月)"),
        (rules.weekday, "{WEEK}(?P<weekday>[一二三四五六日天])"),
        (rules.weekday, "(?P<weekday>{YOUBI})日?"),
        (rules.whole_unit, "(?P<unit>[周週]末)"),
        (rules.recurring, r"(?<![\d个個])(?:{M}份?|{SEASON}(?:[天季]|(?=[にはのか])))(?![间間])"),
        (rules.feast, "(?:{YEAR}[的の]?)?(?P<feast>" + one_of(FEASTS) + ")"),
    ),
)
