"""The query language: what parses to what, and how mistakes are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.mediatopics import NAMES
from worker.model import Entity, Kind
from worker.watches.query import (
    AllOf,
    AnyOf,
    Clause,
    Field,
    Node,
    NoneOf,
    QueryError,
    parse_query,
)
from worker.watches.resolve import resolve_query


def shape(node: Node) -> str:
    """The tree with every group in parentheses."""
    match node:
        case Clause():
            return node.written
        case NoneOf(part):
            return f"!{shape(part)}"
        case AllOf(parts):
            return f"({' & '.join(shape(part) for part in parts)})"
        case AnyOf(parts):
            return f"({' | '.join(shape(part) for part in parts)})"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("gas", "gas"),
        ("gas oil", "(gas & oil)"),
        ("gas AND oil", "(gas & oil)"),
        ("gas OR oil coal", "(gas | (oil & coal))"),
        ("gas oil OR coal", "((gas & oil) | coal)"),
        ("(gas OR oil) coal", "((gas | oil) & coal)"),
        ("gas NOT oil", "(gas & !oil)"),
        ("gas -oil", "(gas & !oil)"),
        ("gas –oil", "(gas & !oil)"),
        ("gas -(oil OR coal)", "(gas & !(oil | coal))"),
        ("gas NOT NOT oil", "(gas & !!oil)"),
        ("gas and oil", "(gas & and & oil)"),
        ("ANDORRA ORACLE NOTES", "(ANDORRA & ORACLE & NOTES)"),
        ('"gas OR oil"', '"gas OR oil"'),
        ('gas"oil"', '(gas & "oil")'),
        ("Covid-19 12:30 o'clock", "(Covid-19 & 12:30 & o'clock)"),
        ("(gas)(oil)", "(gas & oil)"),
        ("gas\n  OR\toil", "(gas | oil)"),
    ],
)
def test_operators_bind_as_documented(query: str, expected: str) -> None:
    """NOT before AND before OR; only capitals are operators; quotes keep their content."""
    assert expected == shape(parse_query(query).root)


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ('person:"Vladimir Putin"', Field.PERSON, "Vladimir Putin"),
        ("PERSON:Putin", Field.PERSON, "Putin"),
        ("person: Putin", Field.PERSON, "Putin"),
        ("org:NATO", Field.ORG, "NATO"),
        ("title:“peace talks”", Field.TITLE, "peace talks"),
        ("text:«мирные переговоры»", Field.TEXT, "мирные переговоры"),
        ("feed:bbc-world", Field.FEED, "bbc-world"),
        ('outlet:"Le Monde"', Field.OUTLET, "Le Monde"),
        ("„guten Tag“", Field.ANY, "guten Tag"),
        ("person:person-x", Field.PERSON, "person-x"),
        ("title:12:30", Field.TITLE, "12:30"),
    ],
)
def test_a_field_takes_a_bare_or_a_quoted_value(query: str, field: Field, value: str) -> None:
    """Values come without their quotes, whatever the keyboard made of them."""
    root = parse_query(query).root
    assert isinstance(root, Clause)
    assert (field, value) == (root.field, root.value)
    assert (query, 0) == (root.written, root.column)


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("country:ua", "UA"),
        ("country:UK", "GB"),
        ("country:XK", "XK"),
        ("lang:EN", "en"),
        ("topic:politics", "medtop:11000000"),
        ('topic:"Politics and Government"', "medtop:11000000"),
        ("topic:11000000", "medtop:11000000"),
        ("topic:medtop:20000065", "medtop:20000065"),
        ("topic:arts", "medtop:01000000"),
        ('topic:"arts, culture"', "medtop:01000000"),
        ("topic:weath", "medtop:17000000"),
        ("topic:Human", "medtop:08000000"),
        ("topic:war", "medtop:16000000"),
        ("topic:soccer", "medtop:20001065"),
        ('topic:"war crime"', "medtop:20000105"),
    ],
)
def test_codes_are_told_from_the_value_alone(query: str, key: str) -> None:
    """Countries, languages and topics come with their code."""
    root = parse_query(query).root
    assert isinstance(root, Clause)
    assert key == root.key


def test_every_topic_is_found_by_its_name() -> None:
    """No name of a topic is hidden by another's."""
    found = {code: parse_query(f'topic:"{name}"').root for code, name in NAMES.items()}
    assert {code: code for code in NAMES} == {
        code: node.key for code, node in found.items() if isinstance(node, Clause)
    }


@pytest.mark.parametrize(
    ("query", "column", "message", "hint"),
    [
        ("", 0, "is empty", "person:"),
        (" \n ", 0, "is empty", "person:"),
        ('gas "oil', 4, "quote is never closed", '"'),
        ("gas «oil", 4, "quote is never closed", "»"),
        ("gas» oil", 3, "never opened", "«"),
        ("a (b OR (c d)", 2, "parenthesis is never closed", ")"),
        ('a ("(" b', 2, "parenthesis is never closed", ")"),
        ("a OR b) c", 6, "closes nothing", "("),
        ("a ()", 3, "nothing between the parentheses", "remove"),
        ("a AND", 2, "nothing after AND", "remove it"),
        ("(a OR ) b", 3, "nothing after OR", "remove it"),
        ("a NOT", 2, "nothing after NOT", "remove it"),
        ("AND a", 0, "nothing before AND", "between two things"),
        ("a (OR b)", 3, "nothing before OR", "between two things"),
        ("a OR AND b", 5, "OR is followed by AND", '"and"'),
        ("a NOT OR b", 6, "NOT is followed by OR", '"or"'),
        ("persn:Putin", 0, "no field persn:", "mean person:?"),
        ("a headline:gas", 2, "no field headline:", "mean title:?"),
        ("https://example.org/a", 0, "no field https:", "quotes"),
        ("person:", 7, "person: has no value", 'person:"Vladimir Putin"'),
        ("a org: AND b", 6, "org: has no value", "org:"),
        ("person: topic:politics", 8, "person: has no value", "person:"),
        ('title:""', 6, "title: has no value", "title:"),
        ("country:(UA OR RU)", 8, "takes one value", "(country:one OR country:other)"),
        ("country:ZZ", 8, "ZZ is not the code of a country", "ISO"),
        ("lang:english", 5, "english is not the code", "lang:en"),
        ("topic:s", 6, "several things", '"society" (medtop:14000000) or "sport"'),
        ("topic:drug", 6, "several things", '"drug related crimes" (medtop:20000095) or'),
        ("topic:gardening", 6, "no topic gardening", "weather"),
        ('a ""', 2, "nothing between the quotes", "word"),
        ("a &", 2, "nothing to search for in &", "letter"),
        ("a - b", 2, "nothing to search for in -", "directly before"),
        ("a elect*", 7, "wildcard", "OR"),
        ("a NEAR/5 b", 2, "not an operator", 'write "NEAR/5"'),
        ("a || b", 2, "not an operator", "AND, OR, NOT"),
        ("-a", 0, "match nearly everything", "Add something"),
        ("NOT a NOT b", 0, "match nearly everything", "Add something"),
        ("a OR NOT b", 0, "match nearly everything", "Add something"),
        ("-(a OR b)", 0, "match nearly everything", "Add something"),
        ("(" * 60 + "a" + ")" * 60, 0, "nested", "Split"),
        ("NOT " * 60 + "a", 0, "nested", "Split"),
        ("a " * 2001, 4000, "longer than 4000", "Split"),
    ],
)
def test_a_mistake_names_the_place_and_the_mend(
    query: str, column: int, message: str, hint: str
) -> None:
    """Every way to go wrong has a sentence of its own, pointing at the place."""
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert column == caught.value.column
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("query", ["-(-a)", "NOT NOT a", "a OR (b -c)", "-(a -b) c", "-(-a OR b)"])
def test_a_query_that_wants_something_is_accepted(query: str) -> None:
    """What counts is the meaning, not the presence of a NOT."""
    assert query == parse_query(query).text


def test_the_first_mistake_is_reported() -> None:
    """Of two bad values the one further left is told, wherever the tree puts it."""
    with pytest.raises(QueryError, match="no topic frogs"):
        parse_query("(topic:frogs OR country:ZZ) lang:english")


def test_the_caret_stands_under_the_place() -> None:
    """Wide characters take two columns, line breaks are shown as spaces."""
    with pytest.raises(QueryError) as caught:
        parse_query("普京\nAND topic:frogs")
    lines = caught.value.pretty().splitlines()
    assert lines[0] == "普京 AND topic:frogs"
    assert lines[1] == " " * 15 + "^"
    assert lines[2] == "There is no topic frogs."


@given(st.text(alphabet="ab \"()-:*“«»ANDORT\n'é普person", max_size=30))
def test_any_text_parses_or_is_explained(text: str) -> None:
    """No input brings anything but a query or a QueryError with its place in the text."""
    try:
        places = [(clause.column, clause.written) for clause in parse_query(text).clauses()]
    except QueryError as error:
        places = [(error.column, "")]
    assert places
    for column, written in places:
        assert 0 <= column <= len(text)
        assert written == text[column : column + len(written)]


def test_names_are_looked_up_when_the_query_is_resolved() -> None:
    """A known person gets their key, a stranger stays a name, an unknown country is refused."""

    def find(kind: Kind, name: str) -> Entity | None:
        if (kind, name) == (Kind.PERSON, "Putin"):
            return Entity(kind=kind, key="person:vladimir-putin", name="Vladimir Putin")
        if (kind, name) == (Kind.COUNTRY, "Ukraine"):
            return Entity(kind=kind, key="UA", name="Ukraine")
        return None

    query = resolve_query(parse_query("person:Putin person:Nobody -country:Ukraine"), find)
    assert [clause.key for clause in query.clauses()] == ["person:vladimir-putin", "", "UA"]
    with pytest.raises(QueryError, match="no country named Ruritania") as caught:
        resolve_query(parse_query("gas OR country:Ruritania"), find)
    assert caught.value.column == 7
