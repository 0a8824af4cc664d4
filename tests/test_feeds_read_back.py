"""Watches as feeds, read back by a feed reader as its user would: nothing doubled, nothing lost."""

import sys
from contextlib import closing
from datetime import timedelta

import feedparser_sgmllib
import pytest
from reader import make_reader

from bench.followed import AT, LATER, OTHERS, STORY, TITLES, published

# The reader's last release for Python 3.11 has a feedparser of its own that wants it by this name.
sys.modules.setdefault("sgmllib", feedparser_sgmllib)


@pytest.mark.parametrize("form", ["atom", "json"])
def test_a_reader_shows_each_story_once(form: str) -> None:
    """Every entry with its title, link, author and times; one that changes stays the same entry."""
    # Leaving a reader's own `with` lets a database in memory stand open until it is collected.
    with published() as server, closing(make_reader(":memory:")) as reader:
        url = server.url(form)
        reader.add_feed(url)
        reader.update_feed(url)
        assert reader.get_feed(url).title == "Tocsin: Putin"
        first = {one.id: one for one in reader.get_entries()}
        assert {one.title for one in first.values()} == TITLES
        (story,) = (one for one in first.values() if one.title == "Putin & Xi meet")
        assert (story.link, story.authors_str) == ("https://news.example/1?a=1&b=2", "Example News")
        assert story.published == AT - timedelta(minutes=5)
        assert "They met." in story.content[0].value
        reader.mark_entry_as_read(story)
        server.alerts = (LATER, *OTHERS)
        reader.update_feed(url)
        second = {one.id: one for one in reader.get_entries()}
        assert second.keys() == first.keys()
        changed = second[story.id]
        assert changed.title == "Putin & Xi agree"
        assert changed.read
        for entry, told in ((story, STORY), (changed, LATER)):
            assert entry.updated is not None
            assert entry.updated.replace(microsecond=0) == told.changed.replace(microsecond=0)
        assert "update: 5 outlets" in changed.content[0].value
