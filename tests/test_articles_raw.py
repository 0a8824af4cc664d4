"""The article in a page's raw text: what is kept, what goes and why, and the way back to the input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.articles.raw import read_raw
from worker.model import Article, Kind, Mention

PAGE = """Skip to content
Home
Harbour

Ferry Stays In Service For The Winter

By Ann Other
2 March 2026 09:14

Mayor Olga Brand (left) greets Captain Tom Reed at the old quay in Portville on Monday.

The harbour council met on Monday to decide whether the old ferry is to be kept in service.
Read more: Ferry company adds a crossing

• "We have waited long enough," the mayor, Olga Brand, said after the vote.

With reporting by AFP
  • 16x9 Image
Our reporters work in 23 countries.
"""
BODY = (
    "The harbour council met on Monday to decide whether the old ferry is to be kept in service.\n\n"
    '"We have waited long enough," the mayor, Olga Brand, said after the vote.'
)


@pytest.mark.parametrize("title", ["", "Ferry Stays In Service For The Winter"])
def test_the_article_is_parted_from_what_stands_round_it(title: str) -> None:
    """Menus, bylines, captions, teasers and footers are no part of the text; the title is found."""
    article = read_raw(Article(title=title, text=PAGE)).article
    assert (article.title, article.text) == ("Ferry Stays In Service For The Winter", BODY)
    assert article.captions == (
        "Mayor Olga Brand (left) greets Captain Tom Reed at the old quay in Portville on Monday.",
    )
    assert article.credits == ("With reporting by AFP",)


def test_what_was_removed_is_told_with_the_reason() -> None:
    """Nothing goes without a word."""
    removed = {
        one.line: one.reason for one in read_raw(Article(title="", text=PAGE)).article.removed
    }
    assert removed["Home"] == "before or after the story"
    assert removed["By Ann Other"] == "who wrote it, or when"
    assert removed["2 March 2026 09:14"] == "who wrote it, or when"
    assert removed["Read more: Ferry company adds a crossing"] == "a notice, teaser or footer"
    assert removed["16x9 Image"] == "after the last credit"
    assert {line.strip("• ") for line in PAGE.split("\n")} >= set(removed)


def test_spans_count_in_the_input() -> None:
    """Of body, captions and title alike."""
    read = read_raw(Article(title="", text=PAGE))
    article = read.article
    body, caption = article.text.index("Olga Brand"), article.captions[0].index("Olga Brand")
    mention = Mention(
        kind=Kind.PERSON, key="x", name="Olga Brand", count=3, salience=1.0, in_title=True,
        spans=((body, body + 10),), caption_spans=((caption, caption + 10),), title_spans=((0, 5),),
    )  # fmt: skip
    spans = read.in_input(mention).spans
    assert [PAGE[start:end] for start, end in spans] == ["Ferry", "Olga Brand", "Olga Brand"]


@pytest.mark.parametrize(
    "text",
    [
        "Just a headline without a story",
        "Read more: Ferry sails",
        "By Ann Other",
        "",
        "The ferry left the quay at six.",
    ],
)
def test_nothing_is_stripped_as_a_whole(text: str) -> None:
    """What would leave nothing is left as it is."""
    assert read_raw(Article(title="", text=text)).article.text == text


def test_a_list_in_a_story_is_no_menu() -> None:
    """Short lines between sentences are the story's."""
    text = (
        "The council named four new members of the board on Monday.\n"
        "Ann Other\nTom Reed\nOlga Brand\nDan Mast\nThey begin their work in the spring of next year."
    )
    assert read_raw(Article(title="", text=text)).article.text == text


@given(st.text(alphabet=st.sampled_from("aбЯ中. \n\r\t•©By:(left)\u2028\u00ad"), max_size=400))
def test_every_character_keeps_its_place(text: str) -> None:
    """Whatever comes in, each span of the body is the same text in the input."""
    read = read_raw(Article(title="", text=text))
    body = read.article.text
    mentions = [
        Mention(kind=Kind.PERSON, key="", name="", count=1, salience=0, in_title=False, spans=((at, at + 1),))
        for at in range(len(body))
        if body[at] != "\n"
    ]  # fmt: skip
    for mention in mentions:
        (start, end), (at, _) = read.in_input(mention).spans[0], mention.spans[0]
        assert text[start:end] == body[at]
