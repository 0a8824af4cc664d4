"""What the archive is searched by: it may find too much, and never too little."""

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.model import Article, Entity, Kind, Mention, Watch
from worker.watches.context import Context
from worker.watches.folding import fold_name
from worker.watches.indexing import (
    ANYTHING,
    Asked,
    Both,
    Either,
    FromFeed,
    OneOf,
    asked,
    numbers_of,
)
from worker.watches.matcher import Matcher
from worker.watches.resolve import fact_term, read_query, tag_terms
from worker.watches.tree import Field

PUTIN = Entity(
    kind=Kind.PERSON, key="person:vladimir-putin", name="Vladimir Putin", aliases=("Putin",)
)


def find(kind: Kind, name: str) -> Entity | None:
    """A gazetteer of one person."""
    return PUTIN if kind is Kind.PERSON and name in {"Putin", "Vladimir Putin"} else None


def has(
    article: Article, mentions: list[Mention], wanted: Asked, feed: str, tags: list[str]
) -> bool:
    """Whether an article has what a query asks for."""
    match wanted:
        case OneOf(numbers):
            return not numbers.isdisjoint(numbers_of(article, mentions))
        case Both(parts):
            return all(has(article, mentions, part, feed, tags) for part in parts)
        case Either(parts):
            return any(has(article, mentions, part, feed, tags) for part in parts)
        case FromFeed(terms):
            of_feed = {fact_term(Field.FEED, fold_name(feed))}
            of_feed.update(term for tag in tags for term in tag_terms(tag))
            return not terms.isdisjoint(of_feed)


def mention(kind: Kind, key: str, name: str, count: int) -> Mention:
    """A mention without a place in the text."""
    return Mention(kind=kind, key=key, name=name, count=count, salience=0.5, in_title=False)


_CLAUSES = st.sampled_from(
    [
        *(
            "elections",
            "election",
            "санкция",
            "санкції",
            "Häuser",
            "Mueller",
            "Müller",
            "=Elections",
        ),
        *("elect*", "=Elec*", "ele*", "=Санк*", '"prime minister"', '"prime minist*"', "普京", "ß"),
        *("title:election", "text:sanctions", "person:Putin", "person:Müller", 'org:"Gas AG"'),
        *("country:UA", "country:EU", "topic:politics", "lang:en", 'outlet:"BBC"', "author:Doe"),
        *("feed:gazette", "tag:world", "url:example.org/news", "salience(country:UA) > 0.4"),
        *("mentions(person:Putin) >= 2", "mentions(person:Putin) < 2", "election NEAR/3 Putin"),
        *("(election OR sanctions) ~s minister", "entity:Putin"),
    ]
)
_QUERIES = st.recursive(
    _CLAUSES,
    lambda inner: st.one_of(
        st.builds("({}) ({})".format, inner, inner),
        st.builds("({}) OR ({})".format, inner, inner),
        st.builds("lang:en NOT ({})".format, inner),
    ),
    max_leaves=5,
)
_WORDS = [
    "Election",
    "elections",
    "elected",
    "ELECTION",
    "sanction",
    "санкции",
    "санкціями",
    "Haus",
    "Häuser",
    "muller",
    "Müller",
    "Mueller",
    "Prime",
    "ministers",
    "minister",
    "普京在",
    "SS",
    "ß",
    "Putin's",
    "élection",
    "electric.",
    "is",
]
_TEXTS = st.lists(st.sampled_from(_WORDS), max_size=9).map(" ".join)
_MENTIONS = st.lists(
    st.sampled_from(
        [
            mention(Kind.PERSON, PUTIN.key, "Vladimir Putin", 3),
            mention(Kind.PERSON, "person:putin", "Putin", 1),
            mention(Kind.PERSON, "person:a-muller", "A. Müller", 1),
            mention(Kind.ORGANIZATION, "organization:gas-ag", "GAS AG", 2),
            mention(Kind.COUNTRY, "UA", "Ukraine", 1),
            mention(Kind.COUNTRY, "FR", "France", 1),
            mention(Kind.TOPIC, "medtop:11000000", "politics and government", 1),
        ]
    ),
    max_size=3,
    unique_by=lambda one: one.key,
)
_ARTICLES = st.builds(
    Article,
    title=_TEXTS,
    text=_TEXTS,
    language=st.sampled_from(["", "en", "de", "ru", "uk"]),
    outlet=st.sampled_from(["", "BBC News"]),
    authors=st.sampled_from([(), ("Jane Doe",)]),
    url=st.sampled_from(["", "https://www.example.org/news/1"]),
)


@settings(max_examples=400, deadline=None)
@given(_QUERIES, _ARTICLES, _MENTIONS)
def test_whatever_matches_has_what_its_query_asks_for(
    query: str, article: Article, mentions: list[Mention]
) -> None:
    """So a search by numbers misses nothing."""
    matcher = Matcher([Watch(id=1, name="", query=query)], find)
    context = Context(feed_name="Gazette", tags=("world",))
    if matcher.match(article, mentions, context=context):
        wanted = asked(read_query(query, find).root)
        assert has(article, mentions, wanted, "Gazette", ["world"])


def test_most_of_what_does_not_match_is_not_read() -> None:
    """Each clause has to be there, in some spelling; only NOT, three letters and figures tell nothing."""
    article = Article(title="Sanctions", text="A minister spoke of gas.", language="en")
    for query in (
        "elections",
        "sanctions elections",
        "person:Putin",
        '"prime minister"',
        "gases lang:de",
    ):
        assert not has(article, [], asked(read_query(query, find).root), "", []), query
    assert ANYTHING == asked(read_query("gas*", find).root)
    assert ANYTHING == asked(read_query("elections OR gas*", find).root)
