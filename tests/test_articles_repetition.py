"""Lines of a host's furniture, learned by counting."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.articles.repetition import (
    HostLines,
    Threshold,
    host_lines,
    learn,
    place_of,
    without_repeated,
)
from worker.model import Article, TextSource

DEFAULT = Threshold(articles=5, share=0.2)
LABEL = "Our weekend paper is out"
SENTENCE = "The war in the north began when troops crossed the river in the spring of last year."
_WORDS = [
    "harbour",
    "council",
    "ferry",
    "vote",
    "winter",
    "quay",
    "pilot",
    "cable",
    "storm",
    "lamp",
    "mayor",
    "budget",
    "engine",
    "island",
]


def article(number: int, *extra: str, url: str = "https://courier.example/1") -> Article:
    """An article with a text of its own and some lines more."""
    rng = random.Random(number)
    own = [" ".join(rng.choices(_WORDS, k=25)).capitalize() + "." for _ in range(4)]
    return Article(title=f"Story {number}", text="\n\n".join((*own, *extra)), url=url)


def after(count: int, *extra: str, every: int = 1) -> HostLines:
    """The memory after so many articles, every n-th of them with these lines."""
    return learn(
        HostLines(), (article(n, *(extra if n % every == 0 else ())) for n in range(count))
    )


@pytest.mark.parametrize(
    ("line", "count", "every", "goes"),
    [
        (LABEL, 5, 1, True),
        (LABEL, 4, 1, False),  # not often enough
        (LABEL, 30, 4, True),
        (LABEL, 60, 6, False),  # on too few of the host's
        (SENTENCE, 14, 1, False),  # a story's background: for sentences more is asked
        (SENTENCE, 15, 1, True),
        (SENTENCE, 60, 2, False),
        ("x" * 301, 50, 1, False),  # too long for furniture
        ("4 min read", 9, 1, True),
    ],
)
def test_a_line_goes_once_it_stood_on_many_articles_of_the_host(
    line: str, count: int, every: int, goes: bool
) -> None:
    """On enough of them, and on a sizeable share of those since it came up."""
    given = article(99, line.replace("4", "7"))
    cleaned = without_repeated(given, after(count, line, every=every), DEFAULT)
    assert goes == (cleaned.text != given.text)
    assert goes == any(one.line in given.text for one in cleaned.removed)


def test_what_went_says_on_how_many_articles_it_stood() -> None:
    """So that a user can see why."""
    cleaned = without_repeated(article(99, LABEL), after(7, LABEL), DEFAULT)
    assert [(one.line, one.reason) for one in cleaned.removed] == [
        (LABEL, "on many articles of the host (7 of 7)")
    ]


def test_what_makes_up_the_article_stays() -> None:
    """A quote of the day is the text, however often its line has been seen."""
    memory = after(40, LABEL, "Quote of the day")
    alone = Article(title="", text=f"{LABEL}\n\nQuote of the day\n\nBe kind.")
    assert without_repeated(alone, memory, DEFAULT) == alone


def test_lines_are_counted_on_while_they_are_removed() -> None:
    """Taking a line out does not make it forgotten."""
    memory = after(10, LABEL)
    for number in range(300):
        cleaned = without_repeated(article(number, LABEL), memory, DEFAULT)
        assert LABEL not in cleaned.text
        memory = learn(memory, [cleaned])


def test_a_line_that_has_gone_out_of_use_is_forgotten() -> None:
    """After some hundred articles without it."""
    memory = learn(after(50, LABEL), (article(n) for n in range(1000, 1250)))
    assert LABEL in without_repeated(article(1, LABEL), memory, DEFAULT).text


def test_a_new_line_is_judged_by_what_came_since() -> None:
    """A host of many years learns a new footer as fast as a new host does."""
    memory = learn(after(400), (article(n, LABEL) for n in range(500, 506)))
    assert LABEL not in without_repeated(article(1, LABEL), memory, DEFAULT).text


def test_nothing_is_removed_when_it_is_turned_off() -> None:
    """TOCSIN_FURNITURE_ARTICLES=0."""
    given = article(99, LABEL)
    assert without_repeated(given, after(50, LABEL), Threshold(articles=0)) == given


def test_a_memory_is_bounded_and_keeps_what_repeats() -> None:
    """However many articles come."""
    memory = after(1000, LABEL, every=3)
    assert len(memory.packed()) < 12_500
    assert LABEL not in without_repeated(article(1, LABEL), memory, DEFAULT).text


@given(st.lists(st.text(max_size=30), max_size=20))
def test_a_memory_comes_back_from_the_store_as_it_was(texts: list[str]) -> None:
    """Packed and unpacked."""
    memory = learn(HostLines(), (Article(title="", text=text) for text in texts))
    assert memory == host_lines(memory.articles, memory.packed())


def test_pages_and_feeds_of_a_host_are_remembered_apart() -> None:
    """What stands round a page stands not in its feed; without a host nothing is learned."""
    page = article(1, url="https://www.courier.example/a")
    assert place_of(page) == ("courier.example", "page")
    feed = Article(title="", text="", url=page.url, source=TextSource.FEED_CONTENT)
    assert place_of(feed) == ("courier.example", "feed")
    assert place_of(Article(title="", text="", url="http://[bad"))[0] == ""
