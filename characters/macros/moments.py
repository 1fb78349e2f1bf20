"""Words dates and spans as moment.js does, in Chinese and English. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta

_TOKEN = re.compile(
    r"\[([^\[\]]*)\]|LTS|LT|L{1,4}|l{1,4}|Mo|MMMM|MMM|MM|M|Qo|Q|DDDo|DDDD|DDD|Do|DD|D|dddd|ddd|dd|do|d|E|e"
    r"|wo|ww|w|Wo|WW|W|YYYYYY|YYYYY|YYYY|YY|Y|GGGG|GG|gggg|gg|A|a|HH|H|hh|h|kk|k|mm|m|ss|s|S{1,9}|ZZ|Z|zz|z|X|x"
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ZH_MONTHS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_ZH_DAYS = "一二三四五六日"

_LONG = {
    "en": {
        "LT": "h:mm A",
        "LTS": "h:mm:ss A",
        "L": "MM/DD/YYYY",
        "LL": "MMMM D, YYYY",
        "LLL": "MMMM D, YYYY h:mm A",
        "LLLL": "dddd, MMMM D, YYYY h:mm A",
        "l": "M/D/YYYY",
        "ll": "MMM D, YYYY",
        "lll": "MMM D, YYYY h:mm A",
        "llll": "ddd, MMM D, YYYY h:mm A",
    },
    "zh": {
        "LT": "HH:mm",
        "LTS": "HH:mm:ss",
        "L": "YYYY/MM/DD",
        "LL": "YYYY年M月D日",
        "LLL": "YYYY年M月D日Ah点mm分",
        "LLLL": "YYYY年M月D日ddddAh点mm分",
        "l": "YYYY/M/D",
        "ll": "YYYY年M月D日",
        "lll": "YYYY年M月D日 HH:mm",
        "llll": "YYYY年M月D日dddd HH:mm",
    },
}
_SPANS = {
    "en": {
        "s": "a few seconds",
        "m": "a minute",
        "mm": "{} minutes",
        "h": "an hour",
        "hh": "{} hours",
        "d": "a day",
        "dd": "{} days",
        "M": "a month",
        "MM": "{} months",
        "y": "a year",
        "yy": "{} years",
    },
    "zh": {
        "s": "几秒",
        "m": "1 分钟",
        "mm": "{} 分钟",
        "h": "1 小时",
        "hh": "{} 小时",
        "d": "1 天",
        "dd": "{} 天",
        "M": "1 个月",
        "MM": "{} 个月",
        "y": "1 年",
        "yy": "{} 年",
    },
}
_DAYS_A_MONTH = 146097 / 4800
# What moment calls morning and so on, up to which hour and minute.
_ZH_HOURS = ((600, "凌晨"), (900, "早上"), (1130, "上午"), (1230, "中午"), (1800, "下午"), (2400, "晚上"))


def is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")


def formatted(moment: datetime, pattern: str, language: str) -> str:
    """Return an aware moment in a moment.js pattern; `[…]` stands as it is."""
    zh = is_chinese(language)
    long = _LONG["zh" if zh else "en"]

    def put(match: re.Match[str]) -> str:
        sign = match[0]
        if sign[0] == "[":
            return match[1]
        if sign in long:
            return _TOKEN.sub(put, long[sign])
        return _word(sign, moment, zh=zh)

    return _TOKEN.sub(put, pattern)


def _word(sign: str, moment: datetime, *, zh: bool) -> str:
    if sign in _NUMBERS:
        return _NUMBERS[sign](moment)
    if sign[0] == "S":
        return f"{moment.microsecond:06d}000"[: len(sign)]
    if sign[0] in "zZ":
        return _zone(sign, moment)
    if zh:
        return _zh_word(sign, moment)
    return _en_word(sign, moment)


def _en_word(sign: str, moment: datetime) -> str:
    day = _DAYS[moment.weekday()]
    if sign[0] == "d" and sign != "do":
        return {"dd": day[:2], "ddd": day[:3]}.get(sign, day)
    if sign[0] == "M" and sign != "Mo":
        month = _MONTHS[moment.month - 1]
        return month if sign == "MMMM" else month[:3]
    if sign in {"A", "a"}:
        half = "AM" if moment.hour < 12 else "PM"
        return half if sign == "A" else half.lower()
    return _ordinal(int(_NUMBERS[sign[:-1]](moment)))


def _zh_word(sign: str, moment: datetime) -> str:
    day = _ZH_DAYS[moment.weekday()]
    if sign[0] == "d" and sign != "do":
        return {"dd": day, "ddd": f"周{day}"}.get(sign, f"星期{day}")
    if sign == "MMMM":
        return f"{_ZH_MONTHS[moment.month - 1]}月"
    if sign == "MMM":
        return f"{moment.month}月"
    if sign in {"A", "a"}:
        clock = moment.hour * 100 + moment.minute
        return next(word for until, word in _ZH_HOURS if clock < until)
    number = _NUMBERS[sign[:-1]](moment)
    return number + {"M": "月", "D": "日", "DDD": "日", "w": "周", "W": "周"}.get(sign[:-1], "")


def _zone(sign: str, moment: datetime) -> str:
    if sign[0] == "z":
        return moment.tzname() or ""
    offset = moment.strftime("%z")[:5] or "+0000"
    return offset if sign == "ZZ" else f"{offset[:3]}:{offset[3:]}"


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    ending = "thstndrdthththththth"[number % 10 * 2 :][:2]
    return f"{number}{ending}"


def _week(moment: datetime) -> int:
    """Return the week of the year that begins on Sunday, the first one holding January 1."""
    first = moment.replace(month=1, day=1)
    return (moment.timetuple().tm_yday - 1 + first.isoweekday() % 7) // 7 + 1


_NUMBERS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda t: f"{t.year:04d}",
    "YY": lambda t: f"{t.year % 100:02d}",
    "Y": lambda t: str(t.year),
    "YYYYY": lambda t: f"{t.year:05d}",
    "YYYYYY": lambda t: f"+{t.year:06d}",
    "gggg": lambda t: f"{t.year:04d}",
    "gg": lambda t: f"{t.year % 100:02d}",
    "GGGG": lambda t: f"{t.isocalendar().year:04d}",
    "GG": lambda t: f"{t.isocalendar().year % 100:02d}",
    "Q": lambda t: str((t.month + 2) // 3),
    "M": lambda t: str(t.month),
    "MM": lambda t: f"{t.month:02d}",
    "D": lambda t: str(t.day),
    "DD": lambda t: f"{t.day:02d}",
    "DDD": lambda t: str(t.timetuple().tm_yday),
    "DDDD": lambda t: f"{t.timetuple().tm_yday:03d}",
    "d": lambda t: str(t.isoweekday() % 7),
    "e": lambda t: str(t.isoweekday() % 7),
    "E": lambda t: str(t.isoweekday()),
    "w": lambda t: str(_week(t)),
    "ww": lambda t: f"{_week(t):02d}",
    "W": lambda t: str(t.isocalendar().week),
    "WW": lambda t: f"{t.isocalendar().week:02d}",
    "H": lambda t: str(t.hour),
    "HH": lambda t: f"{t.hour:02d}",
    "h": lambda t: str(t.hour % 12 or 12),
    "hh": lambda t: f"{t.hour % 12 or 12:02d}",
    "k": lambda t: str(t.hour or 24),
    "kk": lambda t: f"{t.hour or 24:02d}",
    "m": lambda t: str(t.minute),
    "mm": lambda t: f"{t.minute:02d}",
    "s": lambda t: str(t.second),
    "ss": lambda t: f"{t.second:02d}",
    "X": lambda t: str(math.floor(t.timestamp())),
    "x": lambda t: str(math.floor(t.timestamp() * 1000)),
}


def span(time: timedelta, language: str) -> str:
    """Return how long that is, roughly: `3 hours`, `2 天`. Thresholds are moment.js's."""
    unit, number = _rough(abs(time))
    return _SPANS["zh" if is_chinese(language) else "en"][unit].format(number)


def ago(time: timedelta, language: str) -> str:
    """Return how far away that is: `in 3 hours`, `2 天前`."""
    words = span(time, language)
    if is_chinese(language):
        return f"{words}后" if time > timedelta() else f"{words}前"
    return f"in {words}" if time > timedelta() else f"{words} ago"


def _rough(time: timedelta) -> tuple[str, int]:
    seconds = time.total_seconds()
    days = seconds / 86400
    months = days / _DAYS_A_MONTH
    # The number from which the next unit is used; one of a unit has a word of its own.
    scale = (("m", seconds / 60, 45), ("h", seconds / 3600, 22), ("d", days, 26), ("M", months, 11))
    if _round(seconds) < 45:
        return "s", 0
    for unit, amount, until in scale:
        number = _round(amount)
        if number <= 1:
            return unit, 1
        if number < until:
            return unit * 2, number
    years = _round(months / 12)
    return ("y", 1) if years <= 1 else ("yy", years)


def _round(number: float) -> int:
    return math.floor(number + 0.5)
