"""The matcher: which watches an article matches, and the evidence for it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.model import Article, Confidence, Entity, Evidence, Kind, Mention, Span, Watch
from worker.watches.context import Context
from worker.watches.explain import explain
from worker.watches.folding import Words, fold_name, fold_words
from worker.watches.matcher import Making, Matcher, Some
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
from worker.watches.resolve import read_query
from worker.watches.vocabulary import Vocabulary

PUTIN = Entity(
    kind=Kind.PERSON, key="person:vladimir-putin", name="Vladimir Putin", aliases=("Putin",)
)
UKRAINE = Entity(kind=Kind.COUNTRY, key="UA", name="Ukraine")


def find(kind: Kind, name: str) -> Entity | None:
    """A gazetteer of one person and one country."""
    known = (PUTIN, UKRAINE)
    return next((e for e in known if e.kind == kind and name in {e.name, *e.aliases}), None)


def mention(kind: Kind, key: str, name: str, *spans: Span, title: Sequence[Span] = ()) -> Mention:
    """A mention with its spans in the text and in the title."""
    return Mention(
        kind=kind,
        key=key,
        name=name,
        count=len(spans) + len(title),
        salience=0.5,
        in_title=bool(title),
        spans=spans,
        title_spans=tuple(title),
    )


def matched(
    query: str, article: Article, *mentions: Mention, feed_name: str = ""
) -> tuple[Evidence, ...] | None:
    """The evidence of one watch, None when it does not match."""
    matcher = Matcher([Watch(id=1, name="w", query=query)], find)
    assert not matcher.problems
    matches = matcher.match(article, mentions, context=Context(feed_name=feed_name))
    return matches[0].evidence if matches else None


def held(query: str, text: str) -> list[str]:
    """What stands in the text where the one clause of a query held."""
    found = matched(query, Article(title="", text=text))
    return [text[slice(*span)] for evidence in found or () for span in evidence.spans]


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("Muller", "Herr Müller und MU\u0308LLER.", ["Müller", "MU\u0308LLER"]),
        ("müller", "MULLER's", ["MULLER"]),
        ("gas", "gasoline, gases", []),
        ("Putin", "İİİ ßß Putin’s, (Putin)", ["Putin", "Putin"]),
        ('"peace talks"', "Peace\n talks; peace—TALKS", ["Peace\n talks", "peace—TALKS"]),
        ('"peace talks"', "peace\n\ntalks", []),
        ('"gas gas"', "gas gas gas", ["gas gas", "gas gas"]),
        ("普京", "俄罗斯总统普京表示", ["普京"]),
        ("Xi", "Xi, xi, taxi", ["Xi", "xi"]),
        ("Strasse", "die Straße", ["Straße"]),
    ],
)
def test_words_are_found_whole_in_any_spelling(query: str, text: str, found: list[str]) -> None:
    """Evidence spans point at what stands in the original text."""
    assert found == held(query, text)


def test_title_and_text_are_apart() -> None:
    """title: and text: look only there, a bare word in both, and no phrase spans the two."""
    article = Article(title="Gas prices", text="fall. Oil too.")
    assert matched("title:gas", article) is not None
    assert matched("text:gas", article) is None
    assert matched("title:oil", article) is None
    assert matched('"prices fall"', article) is None
    assert matched("gas oil", article) == (
        Evidence(clause="gas", value="Gas", title_spans=((0, 3),)),
        Evidence(clause="oil", value="Oil", spans=((6, 9),)),
    )


def test_a_known_person_is_matched_by_key_in_every_spelling() -> None:
    """The query's name leads to the key; the evidence shows what stands in the article."""
    article = Article(title="Новости", text="Сегодня Путин заявил")
    putin = mention(Kind.PERSON, PUTIN.key, "Владимир Путин", (8, 13))
    igor = mention(Kind.PERSON, "person:igor-putin", "Igor Putin", (0, 3))
    assert matched('person:"Vladimir Putin"', article, putin) == (
        Evidence(clause='person:"Vladimir Putin"', value="Путин", spans=((8, 13),)),
    )
    assert matched("person:Putin", article, igor) is None
    assert matched('person:"Igor Putin"', article, igor) is not None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("person:Müller", True),
        ("person:MULLER", True),
        ("person:Mueller", True),
        ('person:"Anna Mueller"', True),
        ('person:"anna muller"', True),
        ("person:anna-muller", True),
        ('person:"person:anna-muller"', True),
        ("person:Anna", False),
        ('person:"Thomas Müller"', False),
        ("org:Müller", False),
        ("org:GmbH", False),
        ('org:"muller gmbh"', True),
    ],
)
def test_an_unknown_name_is_matched_by_key_name_or_surname(query: str, expected: bool) -> None:
    """One word is also a surname, for people alone."""
    mentions = (
        mention(Kind.PERSON, "person:anna-muller", "Anna Müller"),
        mention(Kind.ORGANIZATION, "organization:muller-gmbh", "Müller GmbH"),
    )
    assert expected == (matched(query, Article(title="", text=""), *mentions) is not None)


def test_facts_of_the_article_are_clauses_too() -> None:
    """Language, outlet, feed, country and topic, each with what stands for it as evidence."""
    article = Article(title="", text="Kyiv", language="en", outlet="BBC News")
    kyiv = mention(Kind.COUNTRY, "UA", "Ukraine", (0, 4))
    politics = mention(Kind.TOPIC, "medtop:11000000", "politics and government")
    query = "lang:en outlet:BBC feed:bbc-world country:Ukraine topic:politics"
    found = matched(query, article, kyiv, politics, feed_name="bbc-world")
    assert found is not None
    assert query.split() == [evidence.clause for evidence in found]
    assert [evidence.value for evidence in found] == [
        "en",
        "BBC News",
        "bbc-world",
        "Kyiv",
        "politics and government",
    ]
    assert matched("feed:bbc", article, feed_name="bbc-world") is None


def test_an_unlikely_topic_is_no_match() -> None:
    """What is only a possible topic rings for nothing, and is nothing a watch excludes."""
    politics = mention(Kind.TOPIC, "medtop:11000000", "politics and government")
    article = Article(title="", text="A vote")
    for score, held in ((0.29, False), (0.3, True)):
        scored = replace(politics, salience=score)
        assert held == (matched("topic:politics", article, scored) is not None)
        assert held != (matched("vote -topic:politics", article, scored) is not None)


def test_evidence_comes_from_the_branches_that_hold() -> None:
    """Nothing from a failed alternative, nothing from under NOT, nothing twice."""
    article = Article(title="", text="gas oil")
    found = matched("(gas coal) OR oil OR oil OR (gas -coal)", article)
    assert [evidence.clause for evidence in found or ()] == ["oil", "gas"]


def test_a_bad_watch_harms_no_other() -> None:
    """Its problem is kept under its id; the rest match on."""
    watches = [
        Watch(id=7, name="bad", query="gas AND"),
        Watch(id=8, name="nowhere", query="country:Ruritania"),
        Watch(id=9, name="good", query="gas"),
    ]
    matcher = Matcher(watches, find)
    assert set(matcher.problems) == {7, 8}
    assert [match.watch_id for match in matcher.match(Article(title="Gas", text=""), ())] == [9]


def test_no_watches_match_nothing() -> None:
    """A newsroom without watches is no error."""
    assert Matcher([], find).match(Article(title="Gas", text="gas"), ()) == ()


def test_explain_shows_which_clause_failed() -> None:
    """Each clause with its evidence or without, and the problem of a query that is wrong."""
    article = Article(title="Gas", text="")
    shown = explain(Watch(id=1, name="w", query="gas oil -coal"), article, (), find)
    assert not shown.matched
    assert [(r.written, r.wanted, r.held, r.reason) for r in shown.clauses] == [
        ("gas", True, True, ""),
        ("oil", True, False, "not in title or text"),
        ("coal", False, False, ""),
    ]
    broken = explain(Watch(id=1, name="w", query="gas AND"), article, (), find)
    assert isinstance(broken.problem, QueryError)


# ------------------------------------------------------------------- against a naive evaluator


def words_at(words: Sequence[str], text: str) -> list[Span]:
    """Every place where the words stand in a row, by trying each."""
    found = Words("", text)
    return [
        (found.spans[i][0], found.spans[i + len(words) - 1][1])
        for i in range(len(found.folded) - len(words) + 1)
        if found.folded[i : i + len(words)] == list(words)
        and found.paragraphs[i] == found.paragraphs[i + len(words) - 1]
    ]


def is_meant(clause: Clause, tag: Mention) -> bool:
    """Whether a mention is what a clause names, by the letter of the documentation."""
    if tag.kind != clause.field.kind:
        return False
    if clause.key:
        return clause.key == tag.key or fold_name(tag.name) in map(fold_name, clause.names)
    wanted = fold_words(clause.value)
    surname = clause.field is Field.PERSON and wanted == fold_words(tag.name)[-1:]
    return surname or wanted == fold_words(tag.name)


def naive(
    node: Node, article: Article, tags: Sequence[Mention], feed: str
) -> list[tuple[str, frozenset[Span], frozenset[Span]]] | None:
    """The evidence of a tree (clause, spans, title spans), evaluated as it reads."""
    if isinstance(node, NoneOf):
        inner = node.part
        if isinstance(inner, NoneOf):
            return naive(inner.part, article, tags, feed)
        if isinstance(inner, AllOf):
            return naive(AnyOf(tuple(map(NoneOf, inner.parts))), article, tags, feed)
        if isinstance(inner, AnyOf):
            return naive(AllOf(tuple(map(NoneOf, inner.parts))), article, tags, feed)
        return [] if naive(inner, article, tags, feed) is None else None
    if isinstance(node, AllOf | AnyOf):
        results = [naive(part, article, tags, feed) for part in node.parts]
        good = [result for result in results if result is not None]
        holds = len(good) == len(results) if isinstance(node, AllOf) else bool(good)
        return [piece for result in good for piece in result] if holds else None
    assert isinstance(node, Clause)
    spans: set[Span] = set()
    titles: set[Span] = set()
    words = fold_words(node.value)
    if node.field.is_words:
        if node.field is not Field.TEXT:
            titles.update(words_at(words, article.title))
        if node.field is not Field.TITLE:
            spans.update(words_at(words, article.text))
        found = bool(spans or titles)
    elif node.field.kind:
        meant = [tag for tag in tags if is_meant(node, tag)]
        spans.update(span for tag in meant for span in tag.spans)
        titles.update(span for tag in meant for span in tag.title_spans)
        found = bool(meant)
    elif node.field is Field.LANG:
        found = node.key == article.language
    elif node.field is Field.OUTLET:
        found = bool(words_at(words, article.outlet))
    else:
        found = words == fold_words(feed)
    return [(node.written, frozenset(spans), frozenset(titles))] if found else None


_CLAUSES = st.sampled_from(
    [
        *("gas", "Öl", '"gas ol"', "title:gas", "text:gas", '"gas gas"', "普京", "ß"),
        *("person:Putin", 'person:"Igor Putin"', "person:Müller", 'org:"Gas AG"', "org:AG"),
        *("country:UA", "country:Ukraine", "topic:politics", "lang:en", "lang:de"),
        *("outlet:BBC", 'outlet:"bbc news"', "feed:bbc-world"),
    ]
)
_QUERIES = st.recursive(
    _CLAUSES,
    lambda inner: st.one_of(
        st.builds("({} {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT {}".format, inner),
        st.builds("-({} {})".format, inner, inner),
    ),
    max_leaves=6,
)
_TEXTS = st.lists(
    st.sampled_from(
        ["gas", "Gas", "öl", "o\u0308l", "普京", "SS", "İß", "gasöl", "\n\n", ".", "x"]
    ),
    max_size=8,
).map(" ".join)
_TAGS = st.lists(
    st.sampled_from(
        [
            mention(Kind.PERSON, PUTIN.key, "Vladimir Putin", (0, 2), title=[(0, 1)]),
            mention(Kind.PERSON, "person:igor-putin", "Igor Putin", (3, 4)),
            mention(Kind.PERSON, "person:putin", "Putin", (5, 6)),
            mention(Kind.PERSON, "person:a-muller", "A Muller"),
            mention(Kind.ORGANIZATION, "organization:gas-ag", "GAS AG", (1, 2)),
            mention(Kind.COUNTRY, "UA", "Ukraine", (2, 3)),
            mention(Kind.TOPIC, "medtop:11000000", "politics and government"),
        ]
    ),
    unique_by=lambda tag: tag.key,
    max_size=4,
)
_ARTICLES = st.builds(
    Article,
    title=_TEXTS,
    text=_TEXTS,
    language=st.sampled_from(["", "en", "de"]),
    outlet=st.sampled_from(["", "BBC News", "The BBC", "News BBC"]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_QUERIES, min_size=1, max_size=6), _ARTICLES, _TAGS, st.sampled_from(["", "BBC World"])
)
def test_the_matcher_equals_a_naive_evaluator(
    queries: list[str], article: Article, tags: list[Mention], feed: str
) -> None:
    """On random watches and articles, all at once and one by one agree in every span."""
    watches = [Watch(id=n, name=query, query=query) for n, query in enumerate(queries)]
    matcher = Matcher(watches, find)
    got = {
        match.watch_id: {
            (e.clause, frozenset(e.spans), frozenset(e.title_spans)) for e in match.evidence
        }
        for match in matcher.match(article, tags, context=Context(feed_name=feed))
    }
    expected = {
        watch.id: set(found)
        for watch in watches
        if watch.id not in matcher.problems
        and (found := naive(read_query(watch.query, find).root, article, tags, feed)) is not None
    }
    assert expected == got
    for watch_id, problem in matcher.problems.items():
        with pytest.raises(QueryError, match="nearly everything"):
            parse_query(problem.query)
        assert queries[watch_id] == problem.query


_SURE = st.lists(st.sampled_from(list(Confidence)), min_size=4, max_size=4)
_JOINED = st.lists(
    st.one_of(_CLAUSES, st.builds("-{}".format, _CLAUSES), _QUERIES), min_size=1, max_size=6
).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(_JOINED, min_size=1, max_size=6), _ARTICLES, _TAGS, _SURE)
def test_all_at_once_are_as_sure_as_one_alone(
    queries: list[str], article: Article, tags: list[Mention], sure: list[Confidence]
) -> None:
    """Of many parts the least sure counts, of alternatives the surest, however watches are filed."""
    watches = [Watch(id=n, name=query, query=query) for n, query in enumerate(queries)]
    doubted = [replace(tag, confidence=one) for tag, one in zip(tags, sure, strict=False)]
    matcher = Matcher(watches, find)
    got = {one.watch_id: one.confidence for one in matcher.match(article, doubted)}
    alone = {watch.id: explain(watch, article, doubted, find) for watch in watches}
    assert got == {n: one.confidence for n, one in alone.items() if one.matched}
    assert got == matcher.sure(article, doubted)


@pytest.mark.parametrize("order", [*permutations(["org:AG", "country:UA", "person:Müller"])])
def test_of_parts_the_least_sure_counts_and_of_alternatives_the_surest(
    order: tuple[str, ...],
) -> None:
    """Wherever they stand in the query; where one part is missing, all is."""
    tags = {
        "org:AG": mention(Kind.ORGANIZATION, "organization:ag", "AG"),
        "country:UA": mention(Kind.COUNTRY, "UA", "Ukraine"),
        "person:Müller": mention(Kind.PERSON, "person:a-muller", "A Muller"),
    }
    article = Article(title="", text="gas")
    queries = [" ".join(order), " OR ".join(order), f"{' '.join(order)} gas", f"gas {order[0]}"]
    matcher = Matcher([Watch(id=n, name="w", query=one) for n, one in enumerate(queries)], find)
    for sure in permutations(Confidence):
        doubted = [
            replace(tag, confidence=one) for tag, one in zip(tags.values(), sure, strict=True)
        ]
        first = dict(zip(tags, sure, strict=True))[order[0]]
        assert [(one.watch_id, one.confidence) for one in matcher.match(article, doubted)] == [
            (0, Confidence.POSSIBLE),
            (1, Confidence.CERTAIN),
            (2, Confidence.POSSIBLE),
            (3, first),
        ]
    for missing in tags:
        had = [tag for clause, tag in tags.items() if clause != missing]
        expected = [1] if missing == order[0] else [1, 3]
        assert expected == [one.watch_id for one in matcher.match(article, had)]


def test_a_watch_of_many_alternatives_is_matched_by_each() -> None:
    """However many ways there are to hold, and whatever is asked besides."""
    parts = [" OR ".join(f"{letter}{number}" for number in range(20)) for letter in "abc"]
    query = " ".join(f"({part})" for part in parts)
    for text, held in (("a7 b19 c0", True), ("a7 b19", False), ("a7 a8 c3", False)):
        assert held == (matched(query, Article(title="", text=text)) is not None)
        assert not matched(f"{query} -gas -oil", Article(title="", text=f"{text} oil"))


# ------------------------------------------- words, nearness and comparisons, against a naive one


_STEMS = {"elections": "elect", "election": "elect", "elected": "elect", "elect": "elect"}


def is_word(wanted: str, word: str, *, exact: bool, prefix: bool, language: str) -> bool:
    """Whether a word of an article is one of a query, by the letter of the documentation."""
    if exact:
        return word.startswith(wanted) if prefix else word == wanted
    spelt = {"müller": {"muller", "mueller"}, "mueller": {"mueller", "muller"}}
    mine, its = (spelt.get(one.lower(), {one.lower()}) for one in (wanted, word))
    if prefix:
        return any(one.startswith(wanted.lower()) for one in {word.lower().replace("ü", "u")})
    stems = [_STEMS.get(one.lower()) for one in (wanted, word)]
    return bool(mine & its) or (language == "en" and stems[0] == stems[1] is not None)


def naive_places(clause: str, words: Sequence[str], language: str) -> list[tuple[int, int]]:
    """Where the words of a clause stand in a row, by trying each place."""
    exact, prefix = clause.startswith("="), clause.strip('"').endswith("*")
    wanted = clause.strip('=*"').split()
    return [
        (place, place + len(wanted) - 1)
        for place in range(len(words) - len(wanted) + 1)
        if all(
            is_word(
                one,
                words[place + step],
                exact=exact,
                prefix=prefix and step == len(wanted) - 1,
                language=language,
            )
            for step, one in enumerate(wanted)
        )
    ]


def naive_holds(query: tuple[str, ...], article: Article, counted: Mention) -> bool:
    """Whether a query of one operator holds."""
    words = article.text.replace("!", "").split()
    sentences = [text.split() for text in article.text.split("!")]
    match query:
        case (left, "NEAR", right):
            return any(
                (a[1] < b[0] and b[0] - a[1] <= 3) or (b[1] < a[0] and a[0] - b[1] <= 3)
                for a in naive_places(left, words, article.language)
                for b in naive_places(right, words, article.language)
            )
        case (left, "~s", right):
            return any(
                naive_places(left, one, article.language)
                and naive_places(right, one, article.language)
                for one in sentences
            )
        case ("mentions", operator, number):
            return bool(eval(f"{counted.count} {operator} {number}"))
        case ("salience", operator, number):
            return bool(eval(f"{counted.salience} {operator} 0.{number}"))
    return bool(naive_places(query[0], words, article.language))


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("The gas came. Then oil.", False),
        ("The gas came? then oil", False),
        ("The gas of Mr. Vance and V. Putin, about 3.5 tons of approx. all oil.", True),
        ("Gas came.\n\nOil", False),
        ("石油来了。天然气", False),
        ("Gas «came!» Oil", False),
    ],
)
def test_sentences_end_where_they_do(text: str, together: bool) -> None:
    """Not after initials, titles, numbers, nor before a small letter."""
    query = "石油 ~s 天然气" if "石" in text else "gas ~s oil"
    assert together == (matched(query, Article(title="", text=text)) is not None)


_WORDS = ["election", "elected", "Elections", "IS", "is", "Müller", "Mueller", "muller", "gas", "x"]
_SOUGHT = st.sampled_from(
    [
        *("election", "elect", "=elected", "=IS", "is", "Müller", "Mueller", "muller", "=Muller"),
        *("elect*", "mul*", "=Ele*", '"is gas"', '"election is"', '"gas elect*"', "gas"),
    ]
)
_OPERATORS = st.sampled_from([">", ">=", "<", "<="])
_ONE_OPERATOR = st.one_of(
    st.tuples(_SOUGHT),
    st.tuples(_SOUGHT, st.sampled_from(["NEAR", "~s"]), _SOUGHT),
    st.tuples(st.sampled_from(["mentions", "salience"]), _OPERATORS, st.sampled_from("12345")),
)


def as_query(query: tuple[str, ...]) -> str:
    """A query of one operator as one writes it, beside a clause that holds always."""
    match query:
        case ("mentions", operator, number):
            return f"lang:en mentions(country:UA) {operator} {number}"
        case ("salience", operator, number):
            return f"lang:en salience(country:UA) {operator} 0.{number}"
        case (left, "NEAR", right):
            return f"{left} NEAR/2 {right}"
    return " ".join(query)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(_ONE_OPERATOR, min_size=1, max_size=8),
    st.lists(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=5), max_size=4),
    st.sampled_from(["en", "xx"]),
    st.integers(1, 4),
)
def test_words_nearness_and_comparisons_equal_a_naive_evaluator(
    queries: list[tuple[str, ...]], sentences: list[list[str]], language: str, count: int
) -> None:
    """Beginnings, exact words, stems, spellings, NEAR, ~s and numbers."""
    text = " ".join(f"{' '.join(words)}!" for words in sentences)
    ukraine = replace(mention(Kind.COUNTRY, "UA", "Ukraine"), count=count, salience=count / 10)
    article = Article(title="", text=text, language=language)
    watches = [Watch(id=n, name="w", query=as_query(query)) for n, query in enumerate(queries)]
    matcher = Matcher(watches, find)
    assert not matcher.problems
    got = {match.watch_id for match in matcher.match(article, [ukraine])}
    expected = {
        n
        for n, query in enumerate(queries)
        if naive_holds(query, article, ukraine)
        and (language == "en" or query[0] not in {"mentions", "salience"})
    }
    assert expected == got


# ------------------------------------------------------------------------ watches that change


_EDITS = st.lists(
    st.tuples(st.integers(0, 7), st.one_of(st.none(), _QUERIES)), min_size=1, max_size=10
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_QUERIES, max_size=6), st.lists(_EDITS, min_size=1, max_size=3), _ARTICLES, _TAGS)
def test_changes_laid_over_equal_all_compiled_anew(
    queries: list[str],
    rounds: list[list[tuple[int, str | None]]],
    article: Article,
    tags: list[Mention],
) -> None:
    """Added, edited and removed watches, in any number of rounds."""
    living = {n: Watch(id=n, name="w", query=query) for n, query in enumerate(queries)}
    matcher = Matcher(living.values(), find)
    for edits in rounds:
        last = {n: query and Watch(id=n, name="w", query=query) for n, query in edits}
        kept = [watch for watch in last.values() if watch]
        gone = [n for n, watch in last.items() if not watch]
        matcher = matcher.changed(kept, gone, find)
        living |= {watch.id: watch for watch in kept}
        living = {n: watch for n, watch in living.items() if n not in gone}
    anew = Matcher(living.values(), find)
    assert anew.match(article, tags) == matcher.match(article, tags)
    assert anew.sure(article, tags) == matcher.sure(article, tags)
    assert set(anew.problems) == set(matcher.problems)
    assert 0 < matcher.changes <= 8


def test_a_matcher_is_made_bit_by_bit() -> None:
    """Whoever compiles may stop at any time and go on later."""
    watches = [Watch(id=n, name="w", query=f"gas {n}") for n in range(1500)]
    making, stops = Making(watches, find), 0
    while (made := making.go_on(lambda: True)) is None:
        stops += 1
    assert stops >= 3
    article = Article(title="Gas", text="7 and 1499")
    assert [7, 1499] == [match.watch_id for match in made.match(article, ())]


def test_words_that_were_read_ahead_are_not_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What articles before had is known in the layers of all watches, edited ones too."""
    matcher = Matcher([Watch(id=1, name="w", query="election")], find)
    matcher = matcher.changed([Watch(id=2, name="w", query="gas")], (), find)
    matcher.read_ahead([Article(title="Elections", text="Gas, oil!", language="en")])
    monkeypatch.setattr(Vocabulary, "look_up", None)
    article = Article(title="Gas,", text="oil! Elections oil!", language="en")
    assert [1, 2] == [match.watch_id for match in matcher.match(article, ())]
    with pytest.raises(TypeError):
        matcher.match(replace(article, text="Elections,"), ())


def test_watches_that_need_more_than_the_article_stand_apart() -> None:
    """Outlets are asked about once they are known; what is counted for spikes rings for nobody."""
    matcher = Matcher(
        [
            Watch(id=1, name="w", query="gas outlets >= 3"),
            Watch(id=2, name="w", query="spike(gas) > 3"),
            Watch(id=3, name="w", query="gas"),
        ],
        find,
    )
    article = Article(title="Gas", text="")

    def ids(some: Some, outlets: int | None = None) -> list[int]:
        return [one.watch_id for one in some.match(article, (), context=Context(outlets=outlets))]

    assert [3] == ids(matcher)
    assert [1, 3] == ids(matcher, 3)
    assert [3] == ids(matcher, 2)
    assert [] == ids(matcher.counting)
    assert [1] == ids(matcher.counting, 4)
    assert [2] == ids(matcher.spiking)
    assert not Matcher([], find).counting
