"""Which days a report speaks of: what happened on Tuesday did not happen on Wednesday."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from worker.stories.terms import fold

BACK, AHEAD = 5, 1
"""A weekday is the one nearest to the report, of so many days before it and after: where it was
written the next day may have begun."""

# Monday to Sunday, then today and yesterday, as folded text has them; "_" is a space.
_WORDS = {
    "ar": "الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد اليوم امس",
    "de": "montag dienstag mittwoch donnerstag freitag samstag|sonnabend sonntag heute gestern",
    "en": """monday tuesday wednesday thursday friday saturday sunday
        today|tonight|this_morning|this_afternoon|this_evening yesterday""",
    "es": "lunes martes miercoles jueves viernes sabado domingo hoy\\b ayer\\b",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche aujourd hier\\b",
    "it": """lunedi martedi mercoledi giovedi venerdi sabato domenica
        oggi|stamattina|stasera|stamani ieri""",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag vandaag gisteren",
    "pl": """poniedzial wtor[ek] srod[aeyo] czwartek|czwartku|czwartkow piatek|piatku|piatkow
        sobot niedziel dzis wczoraj""",
    "pt": """segunda-f|n?est[ae]_segunda terca-f|n?est[ae]_terca quarta-f|n?est[ae]_quarta
        quinta-f|n?est[ae]_quinta sexta-f|n?est[ae]_sexta sabado domingo hoje ontem""",
    "ru": "понедельник вторник сред[ауы]\\b четверг пятниц суббот воскресен сегодня вчера",
    "tr": """pazartesi sali_gun carsamba persembe cuma\\b|cuma_gun cumartesi pazar_gun
        bugun dun\\b""",
    "uk": "понеділ вівтор серед[ауи]\\b четвер п.?ятниц субот неділ[яіюь] сьогодні вчора",
    "zh": """周一|星期一 周二|星期二 周三|星期三 周四|星期四 周五|星期五 周六|星期六 周[日天]|星期[日天]
        今[天日] 昨[天日]""",
}
_TODAY, _YESTERDAY = 8, 9
_DATE = re.compile(r"(\d{1,2})日")
_UNSURE = re.compile(r"\[.*?\]|.\?|\\b|[_.-]")
"""What in an expression stands for one of several letters, or for none."""


class _Day(NamedTuple):
    """How a day is named, and texts of which any name of it holds one: most reports hold none."""

    expression: re.Pattern[str]
    sure: tuple[str, ...]


def _day(words: str, *, spaceless: bool) -> _Day:
    start = "" if spaceless else r"\b"
    return _Day(
        re.compile(f"{start}(?:{words.replace('_', ' ')})"),
        tuple(max(_UNSURE.split(word), key=len) for word in words.split("|")),
    )


_DAYS = {
    language: [_day(one, spaceless=language == "zh") for one in words.split()]
    for language, words in _WORDS.items()
}


def days_named(text: str, language: str, at: datetime) -> frozenset[int]:
    """The days that a report of a moment names, each as the proleptic Gregorian ordinal."""
    return frozenset(_days(fold(text), language, at)) if language in _DAYS else frozenset()


def _days(plain: str, language: str, at: datetime) -> Iterator[int]:
    today = at.toordinal()
    around = range(today + AHEAD, today - BACK - 1, -1)
    for which, (expression, sure) in enumerate(_DAYS[language], start=1):
        if not any(text in plain for text in sure) or not expression.search(plain):
            continue
        if which == _TODAY:
            yield today
        elif which == _YESTERDAY:
            yield today - 1
        else:
            # The first of January of the year 1 was a Monday.
            yield min(
                (day for day in around if (day - 1) % 7 == which - 1),
                key=lambda day: abs(day - today),
            )
    if language == "zh":
        dates = {int(found) for found in _DATE.findall(plain)}
        yield from (day for day in around if datetime.fromordinal(day).day in dates)
