"""HTML is cleaned as feedparser cleans it."""

from contextlib import suppress

import pytest
from feedparser.html import _cp1252
from feedparser.sanitizer import _sanitize_html
from feedparser.urls import resolve_relative_uris
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.feeds.cleaning import _HIGH, _quick, clean_html, mended
from worker.feeds.links import ABSOLUTE

BASE = "http://stand-in.invalid/feeds/x"
PIECES = (
    "<p>", "</p>", "<br>", "<br/>", "<br />", "<BR>", '<a href="http://a.b/c?d=e&amp;f=g">', '<a href="http://a.b/c?d=e&f=g" target="_blank">',
    "<a href='/rel'>", '<a href="x.html#y" title="it\'s">', '<img src="http://a.b/c.jpg" alt="" />', '<img src="//cdn/x.jpg" width="1" height=\'2\'/>',
    '<img src="x y.png" alt="a &quot;b&quot;">', "text ", " a & b ", "AT&T", "&amp;", "&lt;b&gt;", "&nbsp;", "&#8217;", "&#x2019;", "&#39;", "&#34;",
    "&#x3C;", "&#X27;b", "&#x22;", "&#x91;", "&#x1F600;", "&#128512;", "<!--more-->", "<!--\n-->", "<!-- a-b -->", "<!---->", "<!-->", '<img alt="it&#x27;s &#8217; &#X2F; &#150; &#9" src="z">', '<a href="/a?b=c&#x26;d=e&#38;f">', "<!-- a ", "-->", "<![if x]>", "<!--[if IE]>",
    "<iframe src='x' allowfullscreen>", '<video src="v.mp4" Controls loop>', '<input disabled type="X" />', "<td nowrap class='a'>", "<a href>", "&", "& ", "&;", "&-", "&<b>", "<img src>", '<img alt="" hidden/>',"<p style>","<br clear>",
    "&#150;", "&foo;", "&copy", '<div class="a" style="color: red; x: y">', '<div style="background:url(http://x)">', "</div>", '<iframe src="/x">',
    "</iframe>", "<script>", "</script>", "<o:p>", "<!-- c -->", "<svg>", "</svg>", '<strong data-x="1" id="z">', "</strong >", "<span class=foo>",
    "a < b", "a > b", "'", '"', "\n", "\r\n", " ", "é", "’", "<p/>", '<hr class="x">', '<h2 ID="A" id="b">', '<a href="javascript:x">',
    '<a href="mailto:a@b.c">', '<a href="">', '<a  href="http://a.b/?q=%20;x"  rel="NoFollow">', '<embed src="x">', '<video src="v.mp4" poster="/p.jpg" controls>',
    "<td nowrap>", "</br>", "<1>", "< p>", "<>", "</>", '<a href="http://A.B/../c?">', '<a href="HTTP://a.b/c#">', '<a href="http://a.b">',
    '<blockquote cite="/q">', '<a title="a&b;c&d">', '<img src="a.jpg" src="b.jpg">', "<!DOCTYPE x>", "<![CDATA[x]]>", "<?php x?>",
    '<img alt="x&#39;y" src="z">', "<a href='http://x.y/' title='\"'>", '<a href="http://a.b/c;d?e">', '<a href="http:///a">', '<a href=" http://a.b/c ">',
    '<a href="https://a.b/é">', '<img src="data:image/png;base64,AA==">', '<a href="http://a.b/x?y=1&z=2&amp;w#f">', '<a href="http://a.b:80/x">',
    '<a href="https://any.invalid/">', '<p\n class="x">', "<style>", "<math>", "<applet>", "\u0091", "\u200b",
    "<a href='https://a.b/são?c=d&e=f'>", '<a rel="NoFollow" href="https://a.b/C?d=e&#f">', "<img alt='x' src='http://a.b/C.jpg' width='1'>",
    '<a rel="x src=\'https://a.b/C\'" href="https://a.b/D">', '<a href="https://a.b/C\'>', "<img src='https://any.invalid/x' alt=''>",
    "<a href='https://a.b/путь’' href='/c'>", '<p title=" href=\'https://a.b/C?d&e\'">', '<img src = "http://a.b/c">',
)  # fmt: skip


def by_feedparser(source: str) -> str:
    """Both of feedparser's passes."""
    resolved = resolve_relative_uris(source, BASE, "utf-8", "text/html")
    return str(_sanitize_html(resolved, "utf-8", "text/html"))


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_any_html_is_cleaned_as_by_feedparser(source: str) -> None:
    """Ordinary pieces, odd ones, and odd ones beside ordinary ones."""
    assert by_feedparser(source) == clean_html(source, BASE)


@pytest.mark.parametrize(
    "source",
    [
        '<p>Forty <a href="/ports?a=1&amp;b=2" rel="nofollow">ships</a> wait.<br/>It&#8217;s &nbsp;late &amp; dark</p>',
        "<figure><img loading='lazy' src=\"q.jpg\" alt='Quay' width=\"9\"/><figcaption>x</figcaption></figure>",
        'a title &lt;b&gt; <iframe src="https://video.example/1"></iframe>',
    ],
)
def test_ordinary_html_does_not_need_feedparser(source: str) -> None:
    """What nearly every newsroom sends is cleaned in one look."""
    assert by_feedparser(source) == _quick(source, BASE)


@pytest.mark.parametrize(
    "source",
    [
        "<script>x</script>",
        "a < b",
        "<svg/>",
        "<o:p>",
        "&foo;",
        "<!-- x-y -->",
        "<a b=c>",
        "&#150;",
    ],
)
def test_anything_else_is_left_to_feedparser(source: str) -> None:
    """No guess is made at what has no ordinary shape."""
    assert _quick(source, BASE) is None


@settings(max_examples=300, deadline=None)
@given(st.from_regex(ABSOLUTE, fullmatch=True))
def test_a_plain_address_is_left_as_it_is(address: str) -> None:
    """Making it absolute and judging its scheme change nothing."""
    assert f'<a href="{address.replace("&", "&amp;")}">' == by_feedparser(
        f'<a href="{address.replace("&", "&amp;")}">'
    )


@given(
    st.text(st.sampled_from("ab &\n\u00c3\u00a9\u00e9\u2019\u0091\u0092\u00c2\u0096\u0436\ud800"))
)
def test_a_value_is_mended_wherever_it_is_broken(text: str) -> None:
    """UTF-8 taken for Latin-1, and Windows' characters, with whatever stands round them."""
    meant = text
    with suppress(UnicodeError):
        meant = text.encode("iso-8859-1").decode("utf-8")
    assert (meant.translate(_cp1252) if _HIGH.search(meant) else meant) == mended(text)
