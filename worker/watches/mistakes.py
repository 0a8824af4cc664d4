"""Each mistake one can make in a field or a value, as the sentence that explains it."""

import re
from collections.abc import Collection
from difflib import get_close_matches

from worker.watches.errors import QueryError
from worker.watches.tree import Clause, Field

# What a field is called elsewhere, or in the singular or plural.
_OTHER_NAMES = {
    "people": "person",
    "name": "person",
    "organisation": "org",
    "organization": "org",
    "company": "org",
    "place": "country",
    "location": "country",
    "region": "country",
    "nation": "country",
    "subject": "topic",
    "category": "topic",
    "headline": "title",
    "intitle": "title",
    "body": "text",
    "content": "text",
    "intext": "text",
    "language": "lang",
    "source": "outlet",
    "publisher": "outlet",
    "byline": "author",
    "site": "url",
    "domain": "url",
    "link": "url",
    "inurl": "url",
    "label": "tag",
}
_TIMES = {"date", "since", "after", "before", "from", "age", "time", "when"}
_MEASURES = {
    "mentions": 'mentions(person:"Vladimir Putin") >= 2',
    "salience": "salience(country:UA) > 0.3",
    "outlets": "outlets >= 3",
    "published": "published > -2d",
    "spike": "spike(country:UA) > 3",
}


def empty_query(text: str) -> QueryError:
    """Nothing was written."""
    return QueryError(
        "The query is empty", text, 0, 'Write what to look for, for example person:"Vladimir Putin"'
    )


def too_long(text: str, limit: int) -> QueryError:
    """More text than any query needs."""
    return QueryError(
        f"The query is longer than {limit} characters", text, limit, "Split it into several watches"
    )


def too_deep(text: str, limit: int) -> QueryError:
    """Parentheses in parentheses without end."""
    return QueryError(
        f"Parentheses and NOTs are nested more than {limit} deep",
        text,
        0,
        "Split the query into several watches",
    )


def only_negative(text: str) -> QueryError:
    """Nothing but exclusions, or a bare exclusion as an alternative."""
    return QueryError(
        "The query only says what to leave out: it would match nearly everything",
        text,
        0,
        "Add something to look for, for example country:UA -topic:sport",
    )


def unknown_field(text: str, column: int, name: str, fields: Collection[str]) -> QueryError:
    """A word before a colon that is no field; ``name`` has its colon."""
    word = name[:-1]
    measure = "published" if word.lower() in _TIMES else word.lower()
    if measure in _MEASURES:
        message = f"{word} is compared, not searched" if word == measure else _no_field(word)
        return QueryError(message, text, column, f"Write for example {_MEASURES[measure]}")
    close = get_close_matches(word.lower(), [*fields, *_OTHER_NAMES], n=1, cutoff=0.6)
    meant = _OTHER_NAMES.get(close[0], close[0]) if close else ""
    known = ", ".join(f"{field}:" for field in fields)
    hint = f"Did you mean {meant}:? " if meant else ""
    hint += f"The fields are {known}; to search for the text itself, put quotes round it"
    return QueryError(_no_field(word), text, column, hint)


def _no_field(word: str) -> str:
    return f"There is no field {word}:"


# Operators of other languages, and what to write here.
_FOREIGN = (
    (
        r"(?i:o?near|w|adj|pre|within|n)[/~:]\d+|O?NEAR\S*|ADJ\d*|(?i:near)\d+|/\d+|~\d+",
        "Write NEAR/5 for at most 5 words between, in either order",
    ),
    (r"/[sSpP]|~[pP]|(?i:near)/[sSpP]", "Write ~s for the same sentence"),
    (r"&&|\|+|XOR|ANDNOT|BUTNOT|\+", "Use AND, OR, NOT and parentheses"),
    (r"[<>=!~≤≥]+", f"Comparisons are {', '.join(_MEASURES.values())}"),
    (r"!\w.*", "To leave a word out, put a minus directly before it: -sport"),
    (r".+\^\d.*", "Words have no weights here: remove the ^"),
    (r".*\w~\d*|~\w.*", "Accents and inflections are found anyway: remove the ~"),
    (r"[\[{].*|.*[]}]", "Ranges are comparisons here: published > -2d"),
    (r"[<>=]+\w.*", f"Comparisons are {', '.join(_MEASURES.values())}"),
)
_FOREIGN_ONES = tuple((re.compile(pattern), hint) for pattern, hint in _FOREIGN)
_STAR = re.compile(r"[*＊]")


def check_bare_value(
    text: str, column: int, field: Field, word: str, fields: Collection[str]
) -> None:
    """Raise QueryError for an unquoted value that is surely meant as something else."""
    prefix, colon, rest = word.partition(":")
    if field and colon and prefix.lower() in fields:
        if field is not Field.ENTITY:
            raise no_value(text, field, column)
        return
    if colon and not prefix:
        before = re.search(r"(\w+)\s+$", text[max(0, column - 30) : column])
        if before and before[1].lower() in fields:
            hint = f"Write {before[1]}:{rest or 'value'}"
            raise QueryError("There is a blank before the colon", text, column, hint)
    _check_wildcards(text, column, word)
    exact = re.match(r"[=＝]\w", word)
    if re.fullmatch(r"[<>=!≤≥]+\S*", word) and not exact:
        _check_measure(text, column)
    for pattern, hint in () if exact else _FOREIGN_ONES:
        if pattern.fullmatch(word):
            mend = f'{hint}; to search for the text itself, write "{word}"'
            raise QueryError(f"{word} is not an operator of this language", text, column, mend)


def _check_measure(text: str, column: int) -> None:
    """Raise QueryError where a comparison follows something like a measure: ``outlet >= 3``."""
    before = re.search(r"(\w+)\s*(\([^()]*\))?\s*$", text[max(0, column - 200) : column])
    if before:
        names = {**{one: one for one in _MEASURES}, **dict.fromkeys(_TIMES, "published")}
        names |= {"count": "mentions", "sources": "outlets", "weight": "salience"}
        close = get_close_matches(before[1].lower(), names, n=1, cutoff=0.7)
        if close:
            hint = f"Did you mean {_MEASURES[names[close[0]]]}?"
            place = max(0, column - 200) + before.start()
            raise QueryError(f"{before[1]} cannot be compared", text, place, hint)


def _check_wildcards(text: str, column: int, word: str) -> None:
    star = _STAR.search(word)
    if (star and star.start() < len(word) - 1) or (len(word) == 1 and star):
        hint = "Write the beginning of the word and one star: elect*"
        message = f"{word} has a star elsewhere than at the end of a word"
        raise QueryError(message, text, column + (star.start() if star else 0), hint)
    if "?" in word[:-1]:
        hint = "Write the words out as alternatives: (woman|women)"
        message = f"{word} holds a wildcard, and ? is none here"
        raise QueryError(message, text, column + word.index("?"), hint)


def check_quoted_value(text: str, column: int, phrase: str) -> None:
    """Raise QueryError for a star that stands for a whole word of a phrase."""
    star = re.search(r"(?<![^\s\"“”„«])\*|\*(?=\s)", phrase)
    if star:
        hint = (
            'A star ends the last word of a phrase: "nuclear weap*"; for words between, use NEAR/3'
        )
        message = "A phrase has a star elsewhere than at its end"
        raise QueryError(message, text, column + star.start(), hint)


def only_for_words(text: str, column: int, field: Field, raw: str, *, exact: bool) -> QueryError:
    """``=`` or ``*`` at the value of a field that is not words of title or text."""
    sign = raw[0] if exact else raw.rstrip('"“”„»')[-1]
    hint = f"Remove it: {field}: finds whole names in any case"
    if field.kind:
        hint = f"Remove it: {field}: finds every known name and form already"
    place = column if exact else column + raw.rindex(sign)
    return QueryError(f"{sign} is for words of title and text", text, place, hint)


def short_prefix(text: str, column: int, raw: str, fewest: int) -> QueryError:
    """So few letters before the star that they begin nearly every text's words."""
    return QueryError(
        f"{raw} begins too many words",
        text,
        column,
        f"Write at least {fewest} letters before the *",
    )


def nothing_to_find(text: str, column: int, field: Field, raw: str, inner: str) -> QueryError:
    """A value of nothing but punctuation, or an empty pair of quotes around ``inner``."""
    if not inner:
        if field:
            return no_value(text, field, column)
        return QueryError(
            "There is nothing between the quotes", text, column, "Put a word or a phrase there"
        )
    hint = "A search needs at least one letter or digit"
    if raw in {"-", "−", "–", "—", "－"}:
        hint = "To leave a word out, put the minus directly before it: -sport"
    return QueryError(f"There is nothing to search for in {raw}", text, column, hint)


def no_value(text: str, field: str, column: int) -> QueryError:
    """A field with nothing after it."""
    return QueryError(
        f"{field}: has no value", text, column, f"Write {_EXAMPLES.get(field, f'{field}:word')}"
    )


_EXAMPLES = {
    "person": 'person:"Vladimir Putin"',
    "org": 'org:"European Union"',
    "country": "country:UA",
    "topic": "topic:politics",
    "entity": "entity:NATO",
    "title": 'title:"peace talks"',
    "text": "text:ceasefire",
    "lang": "lang:en",
    "feed": "feed:bbc-world",
    "tag": "tag:europe",
    "outlet": 'outlet:"Le Monde"',
    "author": 'author:"Jane Doe"',
    "url": "url:bbc.co.uk/sport",
}


def unjoined(text: str, column: int, field: Field, left: str, right: str) -> QueryError:
    """Two values side by side in the group of a field: one name of two words or two names."""
    return QueryError(
        f"Nothing joins {left} and {right}",
        text,
        column,
        f'Write {field}:"{left} {right}" for one name, {field}:({left}|{right}) for either, '
        f"{field}:({left} AND {right}) for both",
    )


def several_measured(text: str, column: int, measure: str) -> QueryError:
    """A group where one name should be counted or weighed."""
    return QueryError(
        f"{measure}(...) takes one name", text, column, f"Write for example {_MEASURES[measure]}"
    )


def unmeasured(text: str, column: int, measure: str, clause: Clause) -> QueryError:
    """A clause that has no count or no weight."""
    said = f"{clause.field}:" if clause.field else clause.written
    hint = f"It takes person:, org:, country: or entity:, as in {_MEASURES[measure]}"
    if clause.field is Field.TOPIC:
        hint = f"A topic has a score: salience(topic:{clause.value}) > 0.5"
    return QueryError(f"{measure}(...) does not know {said}", text, column, hint)


def outlets_in_spike(text: str, column: int) -> QueryError:
    """A number of outlets inside a spike."""
    return QueryError(
        "outlets does not stand inside spike(...)",
        text,
        column,
        "Stories are counted for a spike when they come in, before other outlets have them",
    )
