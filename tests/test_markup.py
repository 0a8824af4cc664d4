"""Visible text, paragraph by paragraph."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.markup import (
    is_markup,
    language_code,
    one_line,
    paragraphs,
    parse_html,
    storable,
    tree_paragraphs,
    visible_text,
)


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p>AT&amp;T rose 5&nbsp;%</p><p>a &lt; b</p>", ("AT&T rose 5 %", "a < b")),
        ("one<br>two<br/><br />three", ("one two", "three")),
        ("<ul><li>a</li><li>b <b>bo</b>ld</li></ul>", ("a", "b bold")),
        ("<p>seen</p><script>x()</script><style>y</style> tail", ("seen", "tail")),
        ("plain A < B\n\nsecond\nline", ("plain A < B", "second line")),
        ("<!-- hidden --><div>shown</div>", ("shown",)),
        ("<div>" * 500 + "deep", ("deep",)),
        ("soft\u00adhy\u200bphen", ("softhyphen",)),
        ("<img src=x>", ()),
        ("", ()),
    ],
)
def test_paragraphs_as_a_reader_sees_them(markup: str, lines: tuple[str, ...]) -> None:
    """Blocks and doubled breaks end paragraphs; what is not seen is not there."""
    assert lines == paragraphs(markup)


@given(st.text())
def test_any_text_gives_clean_lines(markup: str) -> None:
    """No line is empty, holds a line feed, or cannot be stored."""
    for line in paragraphs(markup):
        assert line == one_line(line) == storable(line) != ""


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-GB", "en"), ("RU", "ru"), ("pt_BR", "pt"), ("ua", "uk"), ("deu", "de"),
     ("english", ""), ("x", ""), ("zxx", ""), ("", "")],
)  # fmt: skip
def test_language_code(tag: str, code: str) -> None:
    """The ISO 639-1 part of a tag, common mistakes mended."""
    assert code == language_code(tag)


SIMPLE = [
    "<p>", "</p>", '<p class="x">', "<P>", "<br>", "<br />", "</br>", "<p/>", "<br\n/>",
    '<a href="http://e.org/?a=1&amp;b=2">', '<a title="x>y">', "</a>", "<b>", "</b>", "<i>",
    "<em>", "</em>", "<span style='a'>", "</span>", '<img src="a.jpg" alt="A &gt; b"/>', "</img>",
    "text", "two words", " ", "\n", "\t", "\r\n", "\xa0", "é’", "&amp;", "&lt;p&gt;", "&nbsp;",
    "&#39;", "&#8217;", "&quot;", "&", "<", ">", '"', "'", "/", "\u2028", "\x1c", "\xad",
    "<strong>", "</strong>", "<p\x1c>", "<p \x00>", "<a\thref='x'>", "&#8230;", "&hellip;", "\n\n", "\u200b", "ﬁ", "\ud800",
]  # fmt: skip


@given(st.lists(st.sampled_from(SIMPLE), max_size=12).map("".join))
def test_simple_markup_is_read_as_a_tree_of_it_would_be(markup: str) -> None:
    """The short way gives the paragraphs of the long one, or leaves it to that."""
    root = parse_html(f"<div>{storable(markup)}</div>")
    if is_markup(storable(markup)):
        assert (() if root is None else tree_paragraphs(root)) == paragraphs(markup)


@given(st.lists(st.sampled_from(SIMPLE), max_size=12).map("".join))
def test_visible_text_is_the_paragraphs_on_one_line(markup: str) -> None:
    """What one pass tells of flat mark-up is what its paragraphs say."""
    assert " ".join(paragraphs(markup)) == visible_text(markup)


@given(st.text(st.sampled_from("ab  \n\t\x00\x1c\xa0\xad\u200b\u2028é’\ud800\ufeff")))
def test_one_line_has_single_spaces_and_nothing_invisible(text: str) -> None:
    """Whether it is seen at once or sought: the same comes out."""
    dropped = "\x00\x1c\xad\u200b\ud800\ufeff"
    assert " ".join(text.translate(dict.fromkeys(map(ord, dropped))).split()) == one_line(text)
