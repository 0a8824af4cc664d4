"""The newsroom's articles: what a story file must be, and what the shipped ones promise."""

import re
from collections import Counter
from itertools import combinations, pairwise

import pytest

from worker.demo.outlets import OUTLETS, Format
from worker.demo.pages import furniture, load_phrases
from worker.demo.piece import Piece, PieceError, assemble, load_pieces
from worker.demo.script import WATCHES

LANGUAGES = {outlet.slug: outlet.language for outlet in OUTLETS}

HEADER = """---
outlet: harbour-post
headline: "One"
author: A. Writer
dateline: OSLO
dated: 2026-01-02
visible: 1.5
caption: c
credit: d
people: []
countries: ["NO"]
topics: [politics and government]
rings: []
---
"""


def words(piece: Piece) -> list[str]:
    """The words of a piece's first version."""
    return re.findall(r"\w+", " ".join(piece.versions[0].paragraphs).lower())


def shingles(piece: Piece) -> set[tuple[str, ...]]:
    """Runs of three words."""
    text = words(piece)
    return {tuple(text[n : n + 3]) for n in range(len(text) - 2)}


def overlap(left: set[tuple[str, ...]], right: set[tuple[str, ...]]) -> float:
    """Jaccard similarity of two sets of shingles."""
    return len(left & right) / len(left | right)


def test_a_file_becomes_a_piece() -> None:
    """Header and paragraphs are read, and line breaks inside a paragraph are of no account."""
    (piece,) = assemble([("one", HEADER + "First\nline.\n\nSecond.\n")])
    assert ("First line.", "Second.") == piece.versions[0].paragraphs
    assert pytest.approx(1.5) == piece.visible
    assert ("/harbour-post/one", "one") == (piece.path(), piece.story)


def test_a_revision_joins_its_piece_whatever_the_order() -> None:
    """The revised version follows the first one, also when its file comes first."""
    later = '---\nrevises: one\nheadline: "Two"\nvisible: 4\n---\nChanged.\n'
    (piece,) = assemble([("one.revised", later), ("one", HEADER + "Text.")])
    assert ["One", "Two"] == [version.headline for version in piece.versions]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("one", "no header", "one: begin with a YAML header"),
        ("one", HEADER, "one: there is no text below the header"),
        ("one", "---\n- a\n---\nText.", "one: the header must be lines of 'key: value'"),
        ("one", "---\na: [\n---\nText.", "one: the header is not YAML"),
        ("one", HEADER.replace("visible: 1.5", "visible: soon") + "T.", "one: visible must be"),
        ("one", HEADER.replace("author: A. Writer\n", "") + "T.", "one: 'author' is missing"),
        ("one", HEADER.replace('"NO"', "NO") + "T.", "one: countries must be a list of texts"),
        ("a.revised", "---\nrevises: b\n---\nT.", "a.revised: 'b' is missing"),
    ],
)
def test_a_bad_file_is_named_with_its_mend(name: str, text: str, message: str) -> None:
    """Every mistake in a story file is one clear line that names the file."""
    with pytest.raises(PieceError, match=re.escape(message)) as caught:
        assemble([(name, text)])
    assert "\n" not in str(caught.value)


def test_there_are_enough_articles_in_every_language() -> None:
    """At least 44 articles: half or so in English, at least four in each other language."""
    counts = Counter(LANGUAGES[piece.outlet] for piece in load_pieces())
    assert counts.total() >= 44
    assert counts["en"] >= 20
    assert set(load_phrases()) == set(counts)
    assert min(counts.values()) >= 4


def test_articles_have_the_length_of_news() -> None:
    """Each version has 110 to 350 words in several paragraphs."""
    for piece in load_pieces():
        for version in piece.versions:
            count = len(" ".join(version.paragraphs).split())
            assert 110 <= count <= 350, (piece.slug, count)
            assert len(version.paragraphs) >= 5, piece.slug


def test_every_outlet_has_articles_before_and_during_play() -> None:
    """Each feed holds one to three older articles and publishes at least one while it runs."""
    older = Counter(piece.outlet for piece in load_pieces() if piece.visible is None)
    newer = Counter(piece.outlet for piece in load_pieces() if piece.visible is not None)
    assert set(LANGUAGES) == set(older) == set(newer)
    assert max(older.values()) <= 3


def test_the_formats_are_mixed() -> None:
    """At least twelve feeds, each format several times, some with full text, one that stumbles."""
    formats = Counter(outlet.format for outlet in OUTLETS)
    assert formats.total() >= 12
    assert set(Format) == set(formats)
    assert min(formats.values()) >= 2
    assert 3 <= sum(outlet.full_text for outlet in OUTLETS) < len(OUTLETS) / 2
    assert 1 == sum(outlet.stumbles > 0 for outlet in OUTLETS)
    assert len({outlet.template for outlet in OUTLETS}) >= 4


def test_one_text_is_carried_by_four_outlets() -> None:
    """The syndicated story overlaps well above one half between any two of its carriers."""
    carriers = [piece for piece in load_pieces() if piece.story == "cable-patrols"]
    assert 4 == len({piece.outlet for piece in carriers})
    assert 4 == len({piece.versions[0].headline for piece in carriers})
    assert min(overlap(*pair) for pair in combinations(map(shingles, carriers), 2)) > 0.6


def test_other_stories_are_told_apart() -> None:
    """No two articles of different stories share more than a few shingles."""
    told = [(piece.story, shingles(piece)) for piece in load_pieces()]
    for (one, left), (other, right) in combinations(told, 2):
        if one != other:
            assert overlap(left, right) < 0.05, (one, other)


def test_one_article_is_edited_while_the_newsroom_runs() -> None:
    """The edit changes headline and text a few seconds after the first version."""
    (edited,) = [piece for piece in load_pieces() if len(piece.versions) > 1]
    first, later = edited.versions
    assert first.headline != later.headline
    assert first.paragraphs != later.paragraphs
    assert first.visible is not None
    assert later.visible is not None
    assert 3 <= later.visible - first.visible <= 8


def test_changes_of_one_feed_are_more_than_a_second_apart() -> None:
    """Last-Modified counts whole seconds; no change may hide in the second of another."""
    for outlet in OUTLETS:
        times = sorted(
            version.visible
            for piece in load_pieces()
            for version in piece.versions
            if piece.outlet == outlet.slug and version.visible is not None
        )
        assert all(later - former > 1 for former, later in pairwise(times))


def test_older_articles_ring_nothing() -> None:
    """What was there before the first poll is silent, whomever it names."""
    assert [] == [piece.slug for piece in load_pieces() if piece.visible is None and piece.rings]


def test_the_watched_president_is_in_the_news_of_every_language() -> None:
    """Stories on Vladimir Putin ring from at least four languages, also in case endings."""
    ringing = [piece for piece in load_pieces() if "Putin in the news" in piece.rings]
    assert {"en", "ru", "uk", "fr", "es", "de"} == {LANGUAGES[piece.outlet] for piece in ringing}
    inflected = " ".join(p for piece in ringing for p in piece.versions[0].paragraphs)
    for form in ("Путина", "Путину", "Путиным", "Путіна", "Путіну", "Poutine"):
        assert form in inflected


def test_many_articles_mention_nobody_watched() -> None:
    """Silence is proven by at least ten articles published while the newsroom runs."""
    silent = [p for p in load_pieces() if p.visible is not None and not p.rings]
    assert len(silent) >= 10


def test_near_misses_share_words_with_watches() -> None:
    """A namesake, a town in Idaho, a roast and an exercise hold watched words and ring nothing."""
    texts = {p.slug: " ".join(p.versions[0].paragraphs) for p in load_pieces() if not p.rings}
    assert "Vladimir Horowitz" in texts["horowitz-tapes"]
    assert "Jonas Oskeland" in texts["cellist-oskeland"]
    assert "Moscow, Idaho" in texts["moscow-idaho"]
    assert "turkey" in texts["roast-turkey"]
    assert "earthquake drill" in texts["school-drill"]
    assert "eclipse" in texts["old-telescope"]
    assert "floods" in texts["bangladesh-floods"]
    assert "Владимире" in texts["muzej-vo-vladimire"]


def test_every_topic_is_one_of_the_seventeen() -> None:
    """Topics are named as IPTC Media Topics names its top level."""
    known = {
        "arts, culture, entertainment and media",
        "crime, law and justice",
        "disaster, accident and emergency incident",
        "economy, business and finance",
        "education",
        "environment",
        "health",
        "human interest",
        "labour",
        "lifestyle and leisure",
        "politics and government",
        "religion",
        "science and technology",
        "society",
        "sport",
        "conflict, war and peace",
        "weather",
    }
    assert set() == {topic for piece in load_pieces() for topic in piece.topics} - known


def test_watch_names_stand_in_no_article_and_in_no_furniture() -> None:
    """A mail can be told by the watch's name, since no text holds one."""
    texts = [
        p for piece in load_pieces() for v in piece.versions for p in (v.headline, *v.paragraphs)
    ]
    texts += [phrase for language in load_phrases() for phrase in furniture(language)]
    everything = "\n".join(texts).lower()
    assert [] == [watch.name for watch in WATCHES if watch.name.lower() in everything]
