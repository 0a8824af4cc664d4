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
    Compare,
    Field,
    Near,
    Node,
    NoneOf,
    QueryError,
    SameSentence,
    Spike,
    parse_query,
)
from worker.watches.resolve import read_query


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
        case Near((left, right), distance):
            return f"({shape(left)} near{distance} {shape(right)})"
        case SameSentence(parts):
            return f"({' ~ '.join(shape(part) for part in parts)})"
        case Compare():
            inner = f"({shape(node.clause)})" if node.clause else ""
            return f"{node.measure}{inner}{node.operator}{node.number:g}"
        case Spike(part, operator, number):
            return f"spike({shape(part)}){operator}{number:g}"


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
        ("(gas|oil) coal", "((gas | oil) & coal)"),
        ("gas oil|coal", "((gas & oil) | coal)"),
        ("gas NEAR/5 oil coal", "((gas near5 oil) & coal)"),
        ("coal -gas NEAR oil", "(coal & !(gas near10 oil))"),
        ("(gas|(oil OR coal)) NEAR/0 price*", "((gas | oil | coal) near0 price*)"),
        ("gas ~s oil ~S coal", "(gas ~ oil ~ coal)"),
        ("country:(UA|RU) gas", "((country:UA | country:RU) & gas)"),
        ("country:(UA OR RU)", "(country:UA | country:RU)"),
        ("country:(EU -HU)", "(country:EU & !country:HU)"),
        ("title:(gas price*)", "(title:gas & title:price*)"),
        ("（gas｜oil）coal", "((gas | oil) & coal)"),
        ("mentions(person:Putin)>=2 gas", "(mentions(person:Putin)>=2 & gas)"),
        ("salience( country:UA ) > .3", "salience(country:UA)>0.3"),
        ("Outlets ≥ 3 OR gas", "(outlets>=3 | gas)"),
        ("gas published >= -2h", "(gas & published>-7200)"),
        ("gas published < -1.5d", "(gas & published<-129600)"),
        ("spike(gas OR oil) > 3", "spike((gas | oil))>3"),
        ("outlets published spikes", "(outlets & published & spikes)"),
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
        ("country:ukr", "UA"),
        ("country:EU", "EU"),
        ('country:"european union"', "EU"),
        ("country:ЕС", "EU"),
        ("country:OPEC", "OPEC"),
        ("country:OPEC+", "OPEC+"),
        ('country:"Middle East"', "Middle East"),
        ("country:AU", "AU"),
        ('country:"African Union"', "African Union"),
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
        ("a NEAR/5", 2, "nothing after NEAR/5", "remove it"),
        ("~s a", 0, "nothing before ~s", "between two things"),
        ("a NEAR OR b", 7, "NEAR is followed by OR", "or"),
        ("a NEAR -b", 7, "NEAR is followed by -", "NOT (a NEAR b)"),
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
        ("country:(UA OR topic:politics)", 15, "inside the group of country:", "Close"),
        ("country:()", 9, "nothing between the parentheses", "remove"),
        ("country:(UA RU", 8, "parenthesis is never closed", ")"),
        ("person:(Angela Merkel)", 15, "Nothing joins Angela and Merkel", 'person:"Angela Merkel"'),
        ("country:ZZ", 8, "ZZ is not the code of a country", "ISO"),
        ("country:sp", 8, "sp is not the code of a country", "mean ES (Spain)?"),
        ("lang:english", 5, "english is not the code", "lang:en"),
        ("lang:english", 5, "english is not the code", "mean lang:en?"),
        ("lang:pt-BR", 5, "pt-BR is not the code", "mean lang:pt?"),
        ("lang:ua", 5, "ua is not the code", "mean lang:uk?"),
        ("lang:xx", 5, "xx is not the code", "ISO 639-1"),
        ("topic:politcs", 6, "no topic politcs", "Did you mean politics?"),
        ("a outlet >= 3", 2, "outlet cannot be compared", "outlets >= 3?"),
        ("mention(person:Putin) >= 3", 0, "mention cannot be compared", "mentions(person:"),
        ("gas date > -2d", 4, "date cannot be compared", "published > -2d?"),
        ("gas >= 3", 4, ">= is not an operator", "Comparisons are"),
        ("person :Putin", 7, "blank before the colon", "person:Putin"),
        ("topic:s", 6, "several things", '"society" (medtop:14000000) or "sport"'),
        ("topic:drug", 6, "several things", '"drug related crimes" (medtop:20000095) or'),
        ("topic:gardening", 6, "no topic gardening", "weather"),
        ('a ""', 2, "nothing between the quotes", "word"),
        ("a &", 2, "nothing to search for in &", "letter"),
        ("a - b", 2, "nothing to search for in -", "directly before"),
        ("a el*", 2, "begins too many words", "3 letters"),
        ("a *ion", 2, "a star elsewhere", "elect*"),
        ("wom?n", 3, "wildcard", "(woman|women)"),
        ('"a * b"', 3, "a star elsewhere", "NEAR/3"),
        ("person:Putin*", 12, "for words of title and text", "person: finds every"),
        ("outlet:=BBC", 7, "for words of title and text", "Remove it"),
        ("a near/5 b", 2, "not an operator", "NEAR/5"),
        ("a NEAR/500 b", 2, "farther than 100 words", "AND"),
        ("a NEAR/5 b NEAR/5 c", 11, "joins two things only", "(a NEAR/5 b) AND"),
        ("a ~s b NEAR c", 7, "joins two things only", "in parentheses"),
        ("a NEAR lang:en", 7, "lang: has no place", "NEAR and ~s join"),
        ("a NEAR (b c)", 7, "An AND has no place", "alternatives"),
        ("mentions(person:Putin)", 22, "compared with nothing", "mentions("),
        ("mentions(person:Putin) =>", 23, "=> is not a comparison", ">="),
        ("mentions(person:Putin) >", 23, "nothing after >", "mentions("),
        ("mentions(person:Putin) > 1.5", 25, "not a whole number", ">= 2"),
        ("mentions(person:Putin", 8, "parenthesis is never closed", ")"),
        ("mentions(gas) > 2", 9, "does not know gas", "person:"),
        ("mentions(country:UA OR country:RU) > 2", 9, "takes one name", "mentions("),
        ("mentions(topic:war) > 2", 9, "does not know topic:", "salience(topic:war)"),
        ("salience(country:UA) > 30%", 23, "not between 0 and 1", "0.3 for 30 %"),
        ("outlets > many", 10, "not a whole number", "outlets >= 3"),
        ("outlets:3", 0, "outlets is compared, not searched", "outlets >= 3"),
        ("since:2d", 0, "no field since:", "published > -2d"),
        ("published > 2d", 12, "lies in the future", "published > -2d"),
        ("published > -2", 14, "-2 has no unit", "(hours)"),
        ("published > -2y", 14, "y is not a unit", "(hours)"),
        ("published > yesterday", 12, "not a time", "-2d"),
        ("published = -2d", 10, "at one instant", "later than"),
        ("spike(gas) < 3", 11, "does not serve for a spike", "spike(country:UA) > 3"),
        ("a spike(gas) > 3", 2, "stands alone", "inside it"),
        ("spike(gas) > 3 a", 15, "something after spike", "inside it"),
        ("spike(outlets > 2 gas) > 3", 6, "outlets does not stand inside", "before"),
        ("a || b", 2, "not an operator", "AND, OR, NOT"),
        ("-a", 0, "match nearly everything", "Add something"),
        ("NOT a NOT b", 0, "match nearly everything", "Add something"),
        ("a OR NOT b", 0, "match nearly everything", "Add something"),
        ("published > -2d", 0, "match nearly everything", "Add something"),
        ("outlets < 3", 0, "match nearly everything", "Add something"),
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
        places = [
            (clause.column, clause.written.removeprefix(f"{clause.field}:"))
            for clause in parse_query(text).clauses()
        ]
    except QueryError as error:
        places = [(error.column, "")]
    assert places
    for column, written in places:
        assert 0 <= column <= len(text)
        assert written in text[column:]


def test_names_are_looked_up_when_the_query_is_resolved() -> None:
    """A known person gets their key, a stranger stays a name, an unknown country is refused."""

    def find(kind: Kind, name: str) -> Entity | None:
        if (kind, name) == (Kind.PERSON, "Putin"):
            return Entity(kind=kind, key="person:vladimir-putin", name="Vladimir Putin")
        if (kind, name) == (Kind.COUNTRY, "Ukraine"):
            return Entity(kind=kind, key="UA", name="Ukraine")
        return None

    query = read_query("person:Putin person:Nobody -country:Ukraine", find)
    assert [clause.key for clause in query.clauses()] == ["person:vladimir-putin", "", "UA"]
    with pytest.raises(QueryError, match="no country named Ruritania") as caught:
        read_query("gas OR country:Ruritania", find)
    assert caught.value.column == 7


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("country:Ruritania gas", "Mauritania"),
        ("country:Atlantis", "usual name"),
        ("country:Ukrane gas", "Did you mean Ukraine (UA)?"),
        ('country:"midle east"', "Did you mean Middle East?"),
        ("country:South Africa", 'Put it in quotes: country:"South Africa"'),
        ("gas country:Central African Republic", 'country:"Central African Republic"'),
        ("country:(UA|South Korea)", 'country:"South Korea"'),
        ("country:UA,RU", "country:(UA|RU)"),
        ("country:-Hungary", "-country:Hungary"),
    ],
)
def test_an_unknown_country_is_guessed(query: str, hint: str) -> None:
    """Typing mistakes, forgotten quotes and lists are recognized."""
    with pytest.raises(QueryError) as caught:
        read_query(query, lambda *_: None)
    assert hint in caught.value.hint
