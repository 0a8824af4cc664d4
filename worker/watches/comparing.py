"""What follows a measure: ``>= 2``, ``> 0.3``, ``> -2d``; and each way to get it wrong."""

import re

from worker.durations import UNITS
from worker.watches.errors import QueryError
from worker.watches.tree import Measure

COMPARISON = re.compile(
    r"\s*(?P<operator>[<>=!~≤≥]*)\s*(?P<number>(?:(?<=[<>=!~≤≥\s])[^\s()\"«»|]+)?)"
)
_OPERATORS = {">": ">", ">=": ">=", "<": "<", "<=": "<=", "=": "=", "≥": ">=", "≤": "<="}
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_AGE = re.compile(r"(-?)(\d+(?:\.\d+)?)([a-zA-Z]*)")
#: Seconds in each unit of an age.
AGES = {**UNITS, "w": 7 * UNITS["d"]}
_LONGEST = 36_500.0 * AGES["d"]
_EXAMPLES = {
    "mentions": 'mentions(person:"Vladimir Putin") >= 2',
    "salience": "salience(country:UA) > 0.3",
    "outlets": "outlets >= 3",
    "published": "published > -2d",
    "spike": "spike(country:UA) > 3",
}


def read_comparison(text: str, measure: str, found: re.Match[str]) -> tuple[str, float]:
    """The operator and the number of a comparison, as ``COMPARISON`` found it in ``text``.

    Raises QueryError.
    """
    written, example = found["operator"], _EXAMPLES[measure]
    named = measure if measure in {"outlets", "published"} else f"{measure}(...)"
    column = found.start("operator")
    if not written:
        message = f"{named} is compared with nothing"
        raise QueryError(message, text, column, f"Write for example {example}")
    operator = _OPERATORS.get(written)
    if operator is None:
        message = f"{written} is not a comparison"
        raise QueryError(message, text, column, f"Use >, >=, <, <= or =: {example}")
    if not found["number"]:
        message = f"There is nothing after {written}"
        raise QueryError(message, text, column, f"Write for example {example}")
    if measure == Measure.PUBLISHED:
        return _read_published(text, operator, found)
    if measure == "spike" and operator not in {">", ">="}:
        message = f"{written} does not serve for a spike"
        raise QueryError(message, text, column, f"A spike is more than normal: {example}")
    return operator, _read_number(text, measure, found)


def _read_number(text: str, measure: str, found: re.Match[str]) -> float:
    written, column = found["number"], found.start("number")
    plain = _NUMBER.fullmatch(written)
    number = float(written) if plain else -1.0
    if measure in {Measure.MENTIONS, Measure.OUTLETS} and (not plain or number % 1):
        wrong = "a whole number"
    elif measure == Measure.SALIENCE and not 0 <= number <= 1:
        wrong = "between 0 and 1"
    elif not plain or (measure == "spike" and not number):
        wrong = "a number above 0"
    else:
        return number
    hint = f"Write for example {_EXAMPLES[measure]}"
    percent = _NUMBER.match(written)
    if measure == Measure.SALIENCE and percent and float(percent[0]) <= 100:
        hint = f"Salience is a share of 1: {float(percent[0]) / 100:g} for {percent[0]} %"
    raise QueryError(f"{written} is not {wrong}", text, column, hint)


def _read_published(text: str, operator: str, found: re.Match[str]) -> tuple[str, float]:
    """Times have no steps: ``>=`` is ``>``, ``<=`` is ``<``."""
    written, column = found["number"], found.start("number")
    age = _AGE.fullmatch(written)
    if operator == "=":
        hint = "Use > for later than, < for earlier than: published > -2d"
        raise QueryError("Nothing is published at one instant", text, found.start("operator"), hint)
    if age is None:
        hint = "Write how long ago, with a minus and a unit: published > -2d"
        raise QueryError(f"{written} is not a time", text, column, hint)
    unit = AGES.get(age[3].lower())
    if unit is None:
        wrong = f"{age[3]} is not a unit of time" if age[3] else f"{written} has no unit"
        hint = "The units are m (minutes), h (hours), d (days) and w (weeks): published > -2d"
        raise QueryError(wrong, text, column + len(written) - len(age[3]), hint)
    if not age[1]:
        hint = f"Put a minus before it: published {operator} -{written}"
        raise QueryError(f"{written} lies in the future", text, column, hint)
    seconds = float(age[2]) * unit
    if seconds > _LONGEST:
        raise QueryError(f"{written} is too long ago", text, column, "At most 100 years: -5200w")
    return operator[0], -seconds
