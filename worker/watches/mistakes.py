"""Each mistake one can make in a query, as the sentence that explains it."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from lark import Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from worker.mediatopics import NAMES, TOPICS
from worker.watches.errors import QueryError

_QUOTES = '"“”„«»'
_OPERATORS = {"_AND": "AND", "_OR": "OR", "_NOT": "NOT", "_MINUS": "-"}
_QUOTED = re.compile(r'["“”„][^"“”„]*["“”„]|«[^»]*»')
_OTHER_NAMES = {
    "people": "person",
    "name": "person",
    "organisation": "org",
    "organization": "org",
    "company": "org",
    "place": "country",
    "nation": "country",
    "subject": "topic",
    "headline": "title",
    "body": "text",
    "language": "lang",
    "source": "outlet",
    "publisher": "outlet",
    "site": "outlet",
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


def depth(text: str) -> int:
    """How deep parentheses and runs of NOT may nest, at most; quoted text does not count."""
    level = deepest = 0
    outside = _QUOTED.sub("", text)
    for character in outside:
        level += (character == "(") - (character == ")")
        deepest = max(deepest, level)
    runs = re.findall(r"(?:(?:NOT\s+|[-−–—])(?:\(\s*)*)+", outside)
    return deepest + max((len(re.findall(r"NOT|[-−–—]", run)) for run in runs), default=0)


def only_negative(text: str) -> QueryError:
    """Nothing but exclusions, or a bare exclusion as an alternative."""
    return QueryError(
        "The query only says what to leave out: it would match nearly everything",
        text,
        0,
        "Add something to look for, for example country:UA -topic:sport",
    )


def unknown_field(text: str, name: Token, fields: Sequence[str]) -> QueryError:
    """A word before a colon that is no field."""
    word = str(name[:-1])
    close = get_close_matches(word.lower(), [*fields, *_OTHER_NAMES], n=1, cutoff=0.6)
    meant = _OTHER_NAMES.get(close[0], close[0]) if close else ""
    known = ", ".join(f"{field}:" for field in fields)
    hint = f"Did you mean {meant}:? " if meant else ""
    hint += f"The fields are {known}; to search for the text itself, put quotes round it"
    return QueryError(f"There is no field {word}:", text, name.start_pos or 0, hint)


def check_bare_value(text: str, field: str, token: Token, fields: Sequence[str]) -> None:
    """Raise QueryError for an unquoted value that is surely meant as something else."""
    word, column = str(token), token.start_pos or 0
    prefix, colon, _ = word.partition(":")
    if field and colon and prefix.lower() in fields:
        raise _no_value(text, field, column)
    if "*" in word or "?" in word[:-1]:
        raise QueryError(
            f"{word} holds a wildcard, and wildcards are not supported",
            text,
            column + min(place for place in (word.find("*"), word.find("?")) if place >= 0),
            "Write the words out with OR between them",
        )
    if re.fullmatch(r"NEAR(/\d+)?|&&|\|\|?|~.*|=.+|XOR|[<>]=?", word):
        raise QueryError(
            f"{word} is not an operator of this language",
            text,
            column,
            f'Use AND, OR, NOT and parentheses; to search for the text itself, write "{word}"',
        )


def nothing_to_find(text: str, field: str, token: Token) -> QueryError:
    """A value of nothing but punctuation, or an empty pair of quotes."""
    column = token.start_pos or 0
    if not token.strip(_QUOTES + " "):
        if field:
            return _no_value(text, field, column)
        return QueryError(
            "There is nothing between the quotes", text, column, "Put a word or a phrase there"
        )
    hint = "A search needs at least one letter or digit"
    if token in {"-", "−", "–", "—"}:
        hint = "To leave a word out, put the minus directly before it: -sport"
    return QueryError(f"There is nothing to search for in {token}", text, column, hint)


def _no_value(text: str, field: str, column: int) -> QueryError:
    return QueryError(
        f"{field}: has no value", text, column, f"Write {_EXAMPLES.get(field, f'{field}:word')}"
    )


_EXAMPLES = {
    "person": 'person:"Vladimir Putin"',
    "org": 'org:"European Union"',
    "country": "country:UA",
    "topic": "topic:politics",
    "title": 'title:"peace talks"',
    "text": "text:ceasefire",
    "lang": "lang:en",
    "feed": "feed:bbc-world",
    "outlet": 'outlet:"Le Monde"',
}


def unclear_topic(text: str, column: int, value: str, codes: Sequence[str]) -> QueryError:
    """A topic that is none Tocsin knows, or may be several."""
    if codes:
        choices = " or ".join(f'"{NAMES[code]}" ({code})' for code in codes)
        return QueryError(f"The topic {value} can mean several things", text, column, choices)
    choices = "; ".join(TOPICS.values())
    return QueryError(
        f"There is no topic {value}",
        text,
        column,
        f"The topics are: {choices}; and your own in feeds.yaml",
    )


def unknown_code(text: str, column: int, value: str) -> QueryError:
    """Two letters that are no country."""
    return QueryError(
        f"{value} is not the code of a country",
        text,
        column,
        'Use an ISO 3166 code such as UA, or the name: country:"Ukraine"',
    )


def unknown_country(text: str, column: int, value: str) -> QueryError:
    """A name that is no country's."""
    hint = "Use its usual name or its ISO 3166 code, for example country:UA"
    if re.search(r"[,|/]", value):
        hint = "For several countries, write (country:UA OR country:RU)"
    return QueryError(f"There is no country named {value}", text, column, hint)


def unknown_language(text: str, column: int, value: str) -> QueryError:
    """A language that is not written as its two-letter code."""
    return QueryError(
        f"{value} is not the code of a language",
        text,
        column,
        "Use two letters (ISO 639-1), for example lang:en, lang:uk, lang:fr",
    )


def unknown_event(text: str, column: int, value: str, events: Sequence[str]) -> QueryError:
    """A word after ``event:`` that names nothing that happens to feeds."""
    return QueryError(
        f"{value} is not an event", text, column, f"The events are {', '.join(events)}"
    )


def from_lark(error: UnexpectedInput, text: str) -> QueryError:
    """The sentence for a place where the grammar cannot go on."""
    if isinstance(error, UnexpectedCharacters):
        return _unexpected_character(text, error.pos_in_stream or 0)
    if not isinstance(error, UnexpectedToken):
        return _unclosed(text)
    token, before = error.token, _token_before(error)
    column = token.start_pos if token.type != "$END" and token.start_pos is not None else len(text)
    if before is not None and before.type == "FIELD":
        return _after_field(text, before, token, column)
    if token.type in {"_AND", "_OR"}:
        return _operator_without_left(text, token, before, column)
    if before is not None and before.type in _OPERATORS:
        return _operator_without_right(text, before)
    if token.type == "_RPAR":
        return _closing(text, before, column)
    return _unclosed(text)


def _token_before(error: UnexpectedToken) -> Token | None:
    """The operator, field or parenthesis right before the place; None after a finished part."""
    history: list[Token] = error.token_history or []
    # At the end of the text lark keeps no history, but the unfinished part lies on its stack.
    stack = history or getattr(error.interactive_parser.parser_state, "value_stack", [])
    return stack[-1] if stack and isinstance(stack[-1], Token) else None


def _unexpected_character(text: str, column: int) -> QueryError:
    quote = text[column : column + 1]
    if quote == "»":
        return QueryError("A quote is closed that was never opened", text, column, "Put « before")
    closing = "»" if quote == "«" else '"'
    return QueryError(
        "This quote is never closed", text, column, f"Put {closing} after the last word of it"
    )


def _after_field(text: str, field: Token, token: Token, column: int) -> QueryError:
    if token.type == "_LPAR":
        name = str(field)
        return QueryError(
            f"{name} takes one value, not a group",
            text,
            column,
            f"Repeat the field: ({name}one OR {name}other)",
        )
    problem = _no_value(text, str(field[:-1]).lower(), field.start_pos or 0)
    return QueryError(problem.message, text, field.end_pos or column, problem.hint)


def _operator_without_left(
    text: str, token: Token, before: Token | None, column: int
) -> QueryError:
    if before is not None and before.type in _OPERATORS:
        return QueryError(
            f"{_OPERATORS[before.type]} is followed by {token}",
            text,
            column,
            f'Keep one of the two; to search for the word itself, write "{token.lower()}"',
        )
    return QueryError(
        f"There is nothing before {token}",
        text,
        column,
        f"{token} stands between two things to look for: minister {token} president",
    )


def _operator_without_right(text: str, before: Token) -> QueryError:
    word = _OPERATORS[before.type]
    return QueryError(
        f"There is nothing after {word}",
        text,
        before.start_pos or 0,
        f"Write what {word} applies to, or remove it",
    )


def _closing(text: str, before: Token | None, column: int) -> QueryError:
    if before is not None and before.type == "_LPAR":
        return QueryError(
            "There is nothing between the parentheses", text, column, "Fill or remove them"
        )
    return QueryError(
        "This parenthesis closes nothing",
        text,
        column,
        "Remove it, or put ( where the group begins",
    )


def _unclosed(text: str) -> QueryError:
    blank = _QUOTED.sub(lambda quoted: " " * len(quoted.group()), text)
    opened: list[int] = []
    for column, character in enumerate(blank):
        if character == "(":
            opened.append(column)
        elif character == ")" and opened:
            opened.pop()
    column = opened[-1] if opened else len(text)
    return QueryError(
        "This parenthesis is never closed", text, column, "Put ) where the group ends"
    )
