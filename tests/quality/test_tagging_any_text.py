"""Whatever a text holds, the whole tagger finishes, in linear time, with spans that lie in it."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.model import Article, Kind, Mention
from worker.tagging import Tagger, load_tagger

#: Pieces that rules look at, in any order and script.
PIECES = [
    "Ann Lee", "ANN LEE", "Mr", "Mr. ", "President ", "van der ", "O'Brien", "’s", "'s", "Jr.", "II",
    "J.K.", "said", " said ", ", 41,", ", who", "the ", "The ", "Brenko", "Brenko Ltd", "& Co", "Putin",
    "Путина", "Путин", "普京", "بوتين", "プーチン", "Poutine", "\n", "\n\n", " ", ". ", "“", "”", "(", ")", "-", "—",
    "\u200b", "\u200d", "\u00ad", "\u202e", "\u0301", "\ufeff", "\x00", "\u2028", "İ", "ß", "ﬁ", "Ѕtаlin", "1,000", "17 22",
    "Wheat 33 41 ", "By Ann Lee\n", "With reporting by AFP\n", "https://x.example/", "@annlee", "\U0001f600", "\ud800",
]  # fmt: skip
LANGUAGES = ["en", "en", "en", "ru", "uk", "de", "fr", "ar", "zh", "ja", "tr", "", "xx"]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with its models loaded."""
    loaded = load_tagger()
    loaded.preload(("en", "ru"))
    return loaded


def check(article: Article, mentions: tuple[Mention, ...]) -> None:
    """Spans are in order and in range, counts and scores make sense, and no entity comes twice."""
    for found in mentions:
        for text, spans in ((article.text, found.spans), (article.title, found.title_spans)):
            assert list(spans) == sorted(set(spans))
            assert all(0 <= start < end <= len(text) for start, end in spans)
        assert 0 <= found.salience <= 1
        if found.kind in (Kind.PERSON, Kind.ORGANIZATION):
            assert found.count >= 1
            assert found.name.strip()
            assert found.key.startswith(f"{found.kind.value}:")
    keys = [(found.kind, found.key) for found in mentions]
    assert len(keys) == len(set(keys))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.sampled_from(LANGUAGES),
)
def test_any_text_is_tagged(tagger: Tagger, text: str, title: str, language: str) -> None:
    """Any Unicode, any language, from right to left, with letters of other scripts, or nothing."""
    article = Article(title=title, text=text, language=language, captions=(text[:50],))
    mentions = tagger.tag(article)
    check(article, mentions)
    assert tagger.tag(article) == mentions


@pytest.mark.parametrize(
    "piece",
    [
        "Ann Lee met Brenko’s brother, Mr. Duarte, in Lisbon on Monday. Lee said nothing.\n",
        "ANN LEE MEETS PUTIN ",
        "Ann ",
        "«“(—",
        "普京 ",
    ],
)
def test_time_grows_with_the_length_of_the_text(tagger: Tagger, piece: str) -> None:
    """Four times the text takes about four times as long, whatever it is made of."""
    taken = []
    for size in (60_000, 240_000):
        article = Article(title="", text=piece * (size // len(piece)), language="en")
        started = time.process_time()
        check(article, tagger.tag(article))
        taken.append(time.process_time() - started)
    assert taken[1] < 6 * taken[0] + 0.5


def test_many_different_names_take_no_longer_each(tagger: Tagger) -> None:
    """Thousands of people in one text: the work for each name does not grow with their number."""
    syllables = ["ba", "do", "ki", "lu", "me", "no", "ri", "sa", "ti", "vo"]
    names = [
        f"{a}{b}n {c}{d}{e}k".title()
        for a in syllables for b in syllables[:6] for c in syllables for d in syllables[:5] for e in syllables[:2]
    ]  # fmt: skip
    taken = []
    for count in (300, 1_200):
        text = "".join(
            f"Mr. {name} spoke with {name.split()[1]} of Oslo.\n" for name in names[:count]
        )
        article = Article(title="", text=text, language="en")
        tagger.tag(article)
        started = time.process_time()
        check(article, tagger.tag(article))
        taken.append(time.process_time() - started)
    assert taken[1] < 6 * taken[0] + 0.5


@pytest.mark.timeout(240)
def test_megabytes_take_bounded_time(tagger: Tagger) -> None:
    """Two megabytes of names in several scripts are tagged in seconds."""
    piece = "Ann Lee met Putin in Lisbon. Иван Петров встретил Анну Ли. 普京访问了巴黎。\n"
    article = Article(title="", text=piece * (2_000_000 // len(piece)), language="en")
    started = time.process_time()
    check(article, tagger.tag(article))
    assert time.process_time() - started < 30
