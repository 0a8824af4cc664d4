"""What is new in a feed: identities that last, fingerprints that see what a reader sees."""

import hashlib
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.feeds.identity import (
    Comparison,
    Identified,
    LinkedItem,
    Links,
    compare,
    fingerprint,
    identify,
    link_hash,
    mark_entry,
    needs_whole,
    possible_identities,
)
from worker.feeds.links import canonical_url
from worker.markup import visible_text
from worker.model import Entry

ENTRY = Entry(guid="g-1", url="https://p.example/1", title="Ferry sails", summary="<p>At six.</p>")


def remember(*comparisons: Comparison) -> dict[str, str]:
    """What a store would know after these comparisons."""
    return {
        identity: print_
        for comparison in comparisons
        for identity, print_, _ in (*comparison.new, *comparison.revised)
    }


def titles(identified: tuple[Identified, ...]) -> list[str]:
    """The titles of entries, in order."""
    return [entry.title for _, _, entry in identified]


@pytest.mark.parametrize(
    ("entry", "identity"),
    [
        (Entry(guid="tag:p,2026:1", url="https://p.example/1"), "guid:tag:p,2026:1"),
        (Entry(guid="https://p.example/1"), "guid://p.example/1"),
        (Entry(guid="http://p.example/1"), "guid://p.example/1"),
        (
            Entry(guid="https://p.example/1#3", url="https://p.example/1?at_medium=RSS"),
            "guid://p.example/1",
        ),
        (Entry(guid="https://p.example/1#3", url="https://p.example/live"), "guid://p.example/1#3"),
        (
            Entry(url="HTTPS://P.example:443/A/?utm_source=x&id=7&fbclid=z#top"),
            "url://p.example/A?id=7",
        ),
    ],
)
def test_identity_is_the_guid_or_else_the_url(entry: Entry, identity: str) -> None:
    """The prefix names the source; schemes, trackers and counted edits make no difference."""
    assert identity == identify(entry)


def test_identity_without_guid_and_url_is_made_from_the_text() -> None:
    """Two entries with nothing but text differ when the text does."""
    one, two = Entry(title="a", summary="x"), Entry(title="a", summary="y")
    assert identify(one).startswith("hash:")
    assert identify(one) != identify(two)


def test_an_endless_guid_gives_a_short_identity() -> None:
    """Identities fit an index row of the database."""
    assert len(identify(Entry(guid="x" * 10_000))) < 100


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("http://p.example:80/a/", "//p.example/a"),
        ("https://p.example:8443/a?b=%20c&b=d", "//p.example:8443/a?b=%20c&b=d"),
        ("https://p.example/?gclid=1&mc_cid=2", "//p.example"),
        ("https://p.example/?cmp=x&q=a+b", "//p.example?q=a+b"),
        ("https://www.p.example/a", "//p.example/a"),
        ("https://m.p.example/a", "//p.example/a"),
        ("https://amp.p.example/a?amp=1", "//p.example/a"),
        ("https://www.p.example/a/amp/", "//p.example/a"),
        ("https://p.example/a.amp.html?outputType=amp", "//p.example/a.html"),
        ("https://p.example/a.amp", "//p.example/a"),
        ("https://cdn.ampproject.org/c/s/www.p.example/a/amp", "//p.example/a"),
        ("https://www-p-example.cdn.ampproject.org/v/s/p.example/a", "//p.example/a"),
        ("https://m.example/a", "//m.example/a"),  # a site whose name is m
        ("https://p.example/stamp", "//p.example/stamp"),
        ("https://[bad/", "https://[bad/"),
        ("not a url", "not a url"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    """Links to the same page come out alike, other queries stay byte for byte."""
    assert canonical == canonical_url(url)


@given(st.text())
def test_canonical_url_is_settled_at_once(text: str) -> None:
    """Any text is taken, and a canonical URL is canonical."""
    once = canonical_url("https://p.example/" + text)
    assert once == canonical_url(once)


def test_fingerprint_sees_words_and_not_mark_up_or_dates() -> None:
    """Only what a reader sees counts."""
    same = replace(
        ENTRY,
        summary="<div>At\n<b>six</b>.</div>",
        updated=datetime(2026, 1, 1, tzinfo=UTC),
        url="https://p.example/2",
    )
    assert fingerprint(ENTRY) == fingerprint(same)
    assert fingerprint(ENTRY) != fingerprint(replace(ENTRY, summary="<p>At seven.</p>"))
    assert fingerprint(ENTRY) != fingerprint(replace(ENTRY, title="Ferry sinks"))


@given(st.text(), st.text(), st.text(st.sampled_from("<p>/b &;am\xa0ﬁ①e\u0301\n ")))
def test_a_fingerprint_is_of_the_folded_texts(title: str, summary: str, content: str) -> None:
    """Title, summary and content, as a reader sees them, in compatible characters (NFKC).

    Whoever has seen the content already may say so.
    """
    seen = (title, visible_text(summary), visible_text(content))
    folded = "\n".join(" ".join(unicodedata.normalize("NFKC", text).split()) for text in seen)
    made = Entry(title=title, summary=summary, content=content)
    expected = hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()[:32]
    assert expected == fingerprint(made)
    assert mark_entry(made) == mark_entry(made, content=visible_text(content))


def test_new_revised_and_unchanged_in_document_order() -> None:
    """Each entry is sorted by what is known of it."""
    other = [replace(ENTRY, guid=f"g-{n}", title=f"t{n}") for n in range(2, 5)]
    known = remember(compare([other[0], ENTRY], {}))
    edited = replace(ENTRY, title="Ferry sails late")
    comparison = compare([other[2], edited, other[0], other[1]], known)
    assert titles(comparison.new) == ["t4", "t3"]
    assert titles(comparison.revised) == ["Ferry sails late"]
    assert titles(comparison.unchanged) == ["t2"]


def entries_sharing_a_guid(count: int) -> list[Entry]:
    """Entries that differ in all but their guid."""
    return [Entry(guid="0", url=f"https://p.example/{n}", title=f"t{n}") for n in range(count)]


def test_ten_entries_with_one_guid_are_ten_items() -> None:
    """A constant guid loses nothing."""
    comparison = compare(entries_sharing_a_guid(10), {})
    assert len({identity for identity, _, _ in comparison.new}) == 10


def test_entries_sharing_a_guid_are_known_again_together_and_alone() -> None:
    """Later documents that hold all, some or one of them bring nothing new."""
    entries = entries_sharing_a_guid(3)
    known = remember(compare(entries, {}))
    for later in (entries, entries[::-1], entries[1:], entries[:1]):
        assert titles(compare(later, known).unchanged) == [entry.title for entry in later]


def test_an_entry_known_alone_keeps_its_identity_when_a_second_takes_its_guid() -> None:
    """The first is unchanged and only the second is new, then and in the next document."""
    first, second = entries_sharing_a_guid(2)
    alone = compare([first], {})
    both = compare([second, first], remember(alone))
    assert (titles(both.new), titles(both.unchanged)) == (["t1"], ["t0"])
    again = compare([second, first], remember(alone, both))
    assert titles(again.unchanged) == ["t1", "t0"]


def test_possible_identities_hold_all_that_compare_gives() -> None:
    """Looking up what is known by them is enough."""
    entries = entries_sharing_a_guid(3)
    for document in (entries, entries[:1]):
        given_ = {identity for identity, _, _ in compare(document, {}).new}
        assert given_ <= possible_identities(document)


def test_two_versions_of_one_entry_are_one_item_the_later_one() -> None:
    """The same guid and link twice: the version updated last is taken (RFC 4287, 4.1.1)."""
    old = replace(ENTRY, title="old", updated=datetime(2026, 1, 1, tzinfo=UTC))
    new = replace(ENTRY, title="new", updated=datetime(2026, 1, 2, tzinfo=UTC))
    assert titles(compare([old, new], {}).new) == ["new"]
    assert titles(compare([new, old], {}).new) == ["new"]


def test_posts_of_a_live_page_without_guids_are_told_by_their_anchors() -> None:
    """Links that differ in the fragment alone are different entries of one document."""
    posts = [Entry(url=f"https://p.example/live#post-{n}", title=f"t{n}") for n in range(3)]
    assert len(compare(posts, {}).new) == 3


@given(st.lists(st.builds(Entry, guid=st.sampled_from(["", "a", "b"]),
                          url=st.sampled_from(["", "https://p.example/1", "https://p.example/2"]),
                          title=st.sampled_from(["x", "y"])), max_size=8))  # fmt: skip
def test_a_document_seen_again_holds_nothing_new(entries: list[Entry]) -> None:
    """Whatever guids and links entries share, the same document twice changes nothing."""
    first = compare(entries, {})
    again = compare(entries, remember(first))
    assert (first.new, (), ()) == (again.unchanged, again.new, again.revised)


def linked(comparison: Comparison) -> Links:
    """What a store knows of the items of a comparison by their links."""
    links: dict[int, list[LinkedItem]] = {}
    for identity, print_, entry in comparison.new:
        link = link_hash(entry.url)
        if link is not None:
            item = LinkedItem(identity, print_, entry.title, entry.published)
            links.setdefault(link, []).append(item)
    return links


def test_guids_that_rotate_while_links_stay_bring_nothing_new() -> None:
    """The same text at the same link under another guid is the same item, edited ones too."""
    at = datetime(2026, 3, 20, tzinfo=UTC)
    entries = [
        replace(ENTRY, guid=f"a{n}", url=f"https://p.example/{n}", published=at) for n in range(3)
    ]
    first = compare(entries, {})
    rotated = [replace(entry, guid=f"b{n}") for n, entry in enumerate(entries)]
    again = compare(rotated, remember(first), linked(first))
    assert ((), 3) == (again.new, len(again.unchanged))
    edited = [replace(entry, summary="<p>At seven.</p>") for entry in rotated]
    revised = compare(edited, remember(first), linked(first))
    assert ([], ["guid:a0", "guid:a1", "guid:a2"]) == (
        list(revised.new),
        [identity for identity, _, _ in revised.revised],
    )


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Ferry sinks", "summary": "<p>All saved.</p>"},  # another story at one address
        {"summary": "<p>All saved.</p>", "published": datetime(2026, 3, 21, tzinfo=UTC)},
    ],
)
def test_an_unknown_guid_at_a_known_link_is_new_if_anything_speaks_for_it(
    change: dict[str, object],
) -> None:
    """An alert too many is better than one too few."""
    entry = replace(ENTRY, published=datetime(2026, 3, 20, tzinfo=UTC))
    first = compare([entry], {})
    other = replace(entry, guid="g-2", **change)  # type: ignore[arg-type]
    assert 1 == len(compare([other], remember(first), linked(first)).new)


def test_a_link_that_several_entries_or_items_share_says_nothing() -> None:
    """Every entry of some feeds leads to the home page."""
    entries = [replace(ENTRY, guid=f"a{n}", title=f"Note {n}") for n in range(2)]
    first = compare(entries, {})
    other = replace(entries[0], guid="b")
    assert 1 == len(compare([other], remember(first), linked(first)).new)
    alone = compare(entries[:1], {})
    pair = [replace(entries[0], guid="b"), replace(entries[0], guid="c")]
    assert 2 == len(compare(pair, remember(alone), linked(alone)).new)


@given(st.data())
def test_unseen_entries_alone_tell_the_same_as_the_whole_document(data: st.DataObject) -> None:
    """Unless it says that it needs the whole, what is unseen has the same new and edited entries.

    Of several entries of one guid, one that is compared alone may have the plain identity.
    """
    entry = st.builds(
        Entry,
        guid=st.sampled_from(["", "a", "b", "https://p.example/1"]),
        url=st.sampled_from(["", "https://p.example/1", "https://p.example/2"]),
        title=st.sampled_from(["One", "Two"]),
        summary=st.sampled_from(["", "x"]),
    )
    documents = st.lists(entry, min_size=1, max_size=4)
    before = [mark_entry(one) for one in data.draw(documents)]
    after = [mark_entry(one) for one in data.draw(documents)]
    first = compare(before, {})
    known, links = remember(first), linked(first)
    # Of two versions of one entry the other is seen when the first is gone; it is old all the same.
    if len({(one.plain, one.mark) for one in before}) < len(before):
        return
    unseen = [one for one in after if one not in before]
    if not needs_whole(unseen, known, links):
        whole, part = compare(after, known, links), compare(unseen, known, links)
        assert (titles(whole.new), whole.revised) == (titles(part.new), part.revised)
