"""OPML in and out: folders are tags, nothing is expanded or fetched, mistakes have a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.catalogue.opml import OpmlError, Outline, read_opml, write_opml

WORD = st.text("abcdefä&<>\"' ", min_size=1, max_size=8).map(str.strip).filter(bool)
TAG = st.lists(WORD, min_size=1, max_size=3).map("/".join).map(lambda tag: " ".join(tag.split()))
OUTLINES = st.lists(
    st.builds(
        Outline,
        url=st.integers(0, 50).map("https://p.example/{}?a=1&b=<2>".format),
        title=WORD.map(lambda title: " ".join(title.split())),
        site_url=st.sampled_from(["", "https://p.example/"]),
        tags=st.lists(TAG, max_size=3, unique=True).map(tuple),
    ),
    unique_by=lambda outline: outline.url,
    max_size=8,
)


@given(OUTLINES)
def test_what_is_written_is_read_again(outlines: list[Outline]) -> None:
    """Addresses, titles and nested folders come back as they went."""
    found = {one.url: one for one in read_opml(write_opml(outlines, title="Feeds"))}
    assert {one.url for one in outlines} == set(found)
    for one in outlines:
        back = found[one.url]
        assert (one.title, one.site_url, set(one.tags)) == (
            back.title,
            back.site_url,
            set(back.tags),
        )


def test_folders_and_categories_are_tags() -> None:
    """As other readers write them, a feed in two folders included."""
    text = b"""<opml version="1.0"><body>
      <outline text="News"><outline text="Europe">
        <outline type="rss" text="Gazette" xmlUrl="https://g.example/f" category="/a/b,c"/>
      </outline></outline>
      <outline text="Mine"><outline title="Gazette" xmlUrl="https://g.example/f"/></outline>
      <outline text="a note"/>
    </body></opml>"""
    (found,) = read_opml(text)
    assert ("Gazette", ("News/Europe", "a/b", "c", "Mine")) == (found.title, found.tags)


def test_entities_are_not_expanded() -> None:
    """A file from a stranger reads no other file and does not grow."""
    text = b"""<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "yyyyyyyy">]>
      <opml version="2.0"><body><outline text="&y;" xmlUrl="https://g.example/f"/></body></opml>"""
    (found,) = read_opml(text)
    assert "root:" not in found.title


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "line 1: this is not XML"),
        (b"<opml>\n<body>\n<outline></body></opml>", "line 3: this is not XML"),
        (b"<html/>", "line 1: this is <html> and no OPML"),
    ],
)
def test_what_is_no_opml_is_told_with_its_line(text: bytes, told: str) -> None:
    """One line that names the place and the mend."""
    with pytest.raises(OpmlError) as caught:
        read_opml(text)
    assert str(caught.value).startswith(told)
