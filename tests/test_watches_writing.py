"""Queries written from their trees, and any text at all given to the parser."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.model import Entity, Kind
from worker.watches.query import (
    AllOf,
    AnyOf,
    Clause,
    Compare,
    Near,
    Node,
    NoneOf,
    Query,
    QueryError,
    SameSentence,
    Spike,
    parse_query,
)
from worker.watches.resolve import read_query
from worker.watches.writing import write

#: Everything that means something to the parser, and a little that does not.
_PIECES = st.sampled_from(
    [
        *(
            "gas",
            "Öl",
            "普京",
            "AND",
            "OR",
            "NOT",
            "-",
            "|",
            "||",
            "(",
            ")",
            "（",
            "）",
            " ",
            "\u3000",
        ),
        *('"', "“", "”", "«", "»", "「", "'", "person:", "country:", "title:", "topic:", "entity:"),
        *(
            "url:",
            "tag:",
            "lang:",
            "event:",
            "persn:",
            "Putin",
            "UA",
            "EU",
            "en",
            "politics",
            "war",
        ),
        *("NEAR", "NEAR/5", " ~s ", "near/5", "~2", "^2", "*", "=", "=IS", "elect*", "?", "!", "/"),
        *("mentions(", "salience(", "spike(", "outlets", "published", ">", ">=", "=>", "<", "≥"),
        *(
            "2",
            "0.3",
            "30%",
            "-2d",
            "-1.5h",
            "2d",
            ":",
            "：",
            "\ufeff",
            "\u200f",
            "\x00",
            "\\",
            "\n",
        ),
    ]
)
_SOUP = st.lists(st.tuples(_PIECES, st.sampled_from(["", " "])), max_size=14).map(
    lambda pieces: "".join(piece + blank for piece, blank in pieces)
)

_WORDS = st.sampled_from(
    ["gas", '"gas oil"', "=IS", "elect*", '="US Op*"', "title:x1", 'text:«a " b»']
)
_NAMES = st.sampled_from(["person:Putin", 'org:"Gas AG"', "country:(UA|EU)", "entity:NATO"])
_FACTS = st.sampled_from(["lang:en", "topic:war", "tag:a-b", "url:/sport/", "author:Doe", "feed:x"])
_COMPARED = st.sampled_from(
    [
        "mentions(person:Putin) >= 2",
        "salience(country:UA) > 0.35",
        "salience(topic:war) < .00001",
        "outlets >= 3",
        "published > -36h",
        "published < -0.3m",
    ]
)
_NEAR = st.builds(
    "{} {} {}".format,
    st.one_of(_WORDS, _NAMES, st.builds("({}|{})".format, _WORDS, _NAMES)),
    st.sampled_from(["NEAR", "NEAR/0", "NEAR/7", "~s"]),
    st.one_of(_WORDS, _NAMES),
)
_QUERIES = st.recursive(
    st.one_of(_WORDS, _NAMES, _FACTS, _COMPARED, _NEAR),
    lambda inner: st.one_of(
        st.builds("({} {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("({} | {} | {})".format, inner, inner, inner),
        st.builds("gas -({})".format, inner),
        st.builds("title:({} OR NOT (gas oil))".format, _WORDS.filter(lambda one: ":" not in one)),
    ),
    max_leaves=8,
)


def bare(node: Node) -> object:
    """A tree without the places and the writing of its clauses."""
    match node:
        case Clause():
            return (node.field, node.value, node.key, node.exact, node.prefix)
        case NoneOf(part):
            return ("not", bare(part))
        case AllOf(parts) | AnyOf(parts) | SameSentence(parts):
            return (type(node).__name__, [bare(part) for part in parts])
        case Near(parts, distance):
            return ("near", distance, [bare(part) for part in parts])
        case Compare():
            inner = node.clause and bare(node.clause)
            return (node.measure, inner, node.operator, node.number)
        case Spike(part, operator, number):
            return ("spike", bare(part), operator, number)


def find(kind: Kind, name: str) -> Entity | None:
    """Nobody is known, but Ukraine is."""
    return (
        Entity(kind=kind, key="UA", name=name) if (kind, name) == ("country", "Ukraine") else None
    )


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("a b OR c", "(a AND b) OR c"),
        ("a -b -(c d)", "a AND NOT b AND NOT (c AND d)"),
        ("country:(UA|EU) title:“peace talks”", 'country:(UA OR EU) AND title:"peace talks"'),
        ("(missile|drone*) NEAR Kyiv", "(missile OR drone*) NEAR/10 Kyiv"),
        ("=IS ~S org:«Islamic State»", '=IS ~s org:"Islamic State"'),
        ("person:Vladimir Putin", "person:Vladimir AND Putin"),
        ("mentions( person:Putin )>=2", "mentions(person:Putin) >= 2"),
        ("gas published >= -36h", "gas AND published > -36h"),
        ("gas published < -14d", "gas AND published < -2w"),
        ("spike(gas|oil) > 3.50", "spike(gas OR oil) > 3.5"),
        ('«a "b" c»', '«a "b" c»'),
        ('"AND" \'tis', '"AND" AND "\'tis"'),
    ],
)
def test_a_query_is_written_with_all_its_operators(query: str, written: str) -> None:
    """What binds more tightly is seen by parentheses; values are quoted where they must be."""
    assert written == write(parse_query(query).root)


def read(text: str) -> Query | QueryError:
    """The query a text is, or what is wrong with it."""
    try:
        return read_query(text, find)
    except QueryError as error:
        return error


@given(st.one_of(_QUERIES, st.builds("spike({}) > 2.5".format, _QUERIES)))
@settings(deadline=None)
def test_what_is_written_means_the_same(text: str) -> None:
    """Parsing what is written from a tree gives that tree."""
    query = read(text)
    if isinstance(query, QueryError):
        assert query.message.startswith(("The query only says", "outlets does not stand"))
    else:
        assert bare(query.root) == bare(parse_query(write(query.root)).root)


@given(st.one_of(_SOUP, st.text(max_size=60)))
@settings(max_examples=500, deadline=None)
@example("url:*gas")
def test_any_text_is_read_or_explained(text: str) -> None:
    """Nothing but a query or a QueryError: with its place in the text, and the mend."""
    query = read(text)
    if isinstance(query, QueryError):
        assert 0 <= query.column <= len(text)
        assert query.message.strip()
        assert query.hint.strip()
        assert "\n" not in str(query)
    else:
        assert all(clause.terms or clause.field.is_words for clause in query.clauses())
        assert bare(query.root) == bare(parse_query(write(query.root)).root)
