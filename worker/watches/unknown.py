"""Each value that a field does not know, as the sentence that explains it and guesses what was meant."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from worker.mediatopics import NAMES, TOPICS
from worker.watches.countries import country_names
from worker.watches.errors import QueryError
from worker.watches.folding import fold_name
from worker.watches.groups import GROUPS
from worker.watches.languages import meant_language


def topic(text: str, column: int, value: str, codes: Sequence[str]) -> QueryError:
    """A topic that is none Tocsin knows, or may be several."""
    if codes:
        choices = " or ".join(f'"{NAMES[code]}" ({code})' for code in codes)
        return QueryError(f"The topic {value} can mean several things", text, column, choices)
    names = [fold_name(name) for name in NAMES.values()]
    known = dict.fromkeys([*names, *(word for name in names for word in name.split())])
    close = get_close_matches(fold_name(value), known, n=1, cutoff=0.75)
    hint = f"Did you mean {close[0]}? " if close else ""
    hint += f"The topics are: {'; '.join(TOPICS.values())}; and your own in feeds.yaml"
    return QueryError(f"There is no topic {value}", text, column, hint)


def code(text: str, column: int, value: str) -> QueryError:
    """Two letters that are no country."""
    meant = [
        f"{code} ({name})"
        for code, name in country_names().items()
        if fold_name(name).startswith(fold_name(value))
    ]
    hint = 'Use an ISO 3166 code such as UA, or the name: country:"Ukraine"'
    if meant:
        hint = f"Did you mean {' or '.join(meant[:4])}?"
    return QueryError(f"{value} is not the code of a country", text, column, hint)


def country(text: str, column: int, value: str) -> QueryError:
    """A name that is no country's; it stands in ``text`` at ``column``, perhaps after its field."""
    message = f"There is no country named {value}"
    if re.search(r"[,|/;&]", value):
        return QueryError(message, text, column, "For several countries, write country:(UA|RU)")
    if value.startswith("-"):
        hint = f"Put the minus before the field: -country:{value[1:]}"
        return QueryError(message, text, column, hint)
    names = {fold_name(name): f"{name} ({code})" for code, name in country_names().items()}
    names |= {fold_name(group): group for group in GROUPS}
    following = re.match(r"[^\s:]*:?\s*\S+((?:\s+\w+)*)", text[column:])
    for count in (1, 2, 3):
        words = f"{value} {' '.join(following[1].split()[:count])}" if following else value
        if fold_name(words) in names and words != value:
            return QueryError(message, text, column, f'Put it in quotes: country:"{words}"')
    close = get_close_matches(fold_name(value), names, n=1, cutoff=0.75)
    hint = "Use its usual name or its ISO 3166 code, for example country:UA"
    if close:
        hint = f"Did you mean {names[close[0]]}?"
    return QueryError(message, text, column, hint)


def language(text: str, column: int, value: str) -> QueryError:
    """A language that is not written as its two-letter code."""
    meant = meant_language(value)
    hint = (
        f"Did you mean lang:{meant}?" if meant else "Use two letters (ISO 639-1): lang:en, lang:uk"
    )
    return QueryError(f"{value} is not the code of a language", text, column, hint)


def short_address(text: str, column: int, value: str) -> QueryError:
    """A part of an address that every address has."""
    hint = "Write a host, a part of the path or a word: url:bbc.co.uk, url:/sport/, url:live"
    return QueryError(f"{value} is too little of an address", text, column, hint)


def long_address(text: str, column: int, value: str, most: int) -> QueryError:
    """More words of an address than are looked for in a row."""
    hint = f"Write at most {most}, or a host and a path: url:bbc.co.uk/sport"
    return QueryError(f"{value} is more than {most} words of an address", text, column, hint)


def event(text: str, column: int, value: str, events: Sequence[str]) -> QueryError:
    """A word after ``event:`` that names nothing that happens to feeds."""
    return QueryError(
        f"{value} is not an event", text, column, f"The events are {', '.join(events)}"
    )
