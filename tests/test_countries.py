"""Countries of an article: which names mean one, which mean another, and which mean none."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models import SMALL
from worker.model import Article, Kind, Mention
from worker.tagging import Tagger, load_tagger
from worker.tagging.atlas import PlaceForm, Sense, countries
from worker.tagging.countries import find_countries, settle_countries

SENTENCES = Path(__file__).parent / "data" / "country_sentences.txt"


def sentences() -> Iterator[tuple[str, frozenset[str], str]]:
    """(language, codes of the countries meant, text) of every line."""
    for line in SENTENCES.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            language, codes, text = line.split(" | ", 2)
            yield language, frozenset(codes.split()) - {"-"}, text


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with what Tocsin ships."""
    return load_tagger()


def named(tagger: Tagger, text: str, language: str = "en", title: str = "") -> dict[str, Mention]:
    """Mentions of countries by code."""
    found = tagger.tag(Article(title=title, text=text, language=language))
    return {one.key: one for one in found if one.kind is Kind.COUNTRY}


#: What the small model does not take for a person.
SMALL_MISTAKES = {"Ireland Baldwin posted a photo."} if SMALL else set()


@pytest.mark.parametrize(
    ("language", "codes", "text"), [one for one in sentences() if one[2] not in SMALL_MISTAKES]
)
def test_the_countries_meant_and_no_others(
    tagger: Tagger, language: str, codes: frozenset[str], text: str
) -> None:
    """Names, peoples, cities, governments and teams in many languages, and what only looks so."""
    assert set(named(tagger, text, language)) == codes


def test_every_country_goes_by_its_english_name(tagger: Tagger) -> None:
    """All of ISO 3166-1 and Kosovo are known, and found by the names that are shown."""
    shown = {known.entity.key: known.entity.name for known in countries() if not known.silent}
    assert len(shown) == 250
    assert {"XK", "TW", "PS", "HK", "GL", "EH"} <= shown.keys()
    missed = {
        code
        for code, name in shown.items()
        if (entity := tagger.find(Kind.COUNTRY, name)) is None or entity.key != code
    }
    assert missed == set()


def test_every_country_has_a_name_in_many_languages() -> None:
    """No country is known in English alone."""
    languages = {"ar", "de", "en", "es", "fa", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt"}
    languages |= {"ru", "sv", "tr", "uk", "vi", "zh", "cs", "hu", "ro", "el", "he"}
    for known in countries():
        if known.silent:
            continue
        spoken: set[str] = set()
        for form in known.forms:
            if isinstance(form, PlaceForm) and form.sense is Sense.NAME:
                spoken |= languages if form.languages is None else form.languages
        assert languages - spoken == set(), known.entity.name


@pytest.mark.parametrize(
    ("text", "other", "codes"),
    [
        ("Georgia held a vote.", "Tbilisi was quiet.", {"GE"}),
        ("Georgia held a vote.", "The governor spoke in Atlanta.", {"US"}),
        ("Birmingham was flooded.", "", {"GB"}),
        ("Birmingham was flooded.", "Tuscaloosa and Huntsville in Alabama too.", {"US"}),
        ("Hyderabad was flooded.", "Mumbai too.", {"IN"}),
        ("Hyderabad was flooded.", "Karachi and Lahore in Pakistan too.", {"PK"}),
        ("Jersey Day is in May.", "", set()),
        ("Jersey will vote.", "The States sit in St Helier.", {"JE"}),
    ],
)
def test_the_rest_of_the_article_tells_what_a_name_means(
    tagger: Tagger, text: str, other: str, codes: set[str]
) -> None:
    """A name of several countries is the one that more is said of."""
    assert set(named(tagger, f"{text}\n\n{other}")) == codes


def test_a_surname_stays_one_until_the_country_is_named_otherwise(tagger: Tagger) -> None:
    """Beside Michael Jordan, "Jordan" is he in the whole article, unless Amman is in it."""
    assert named(tagger, "Michael Jordan spoke. Later Jordan left.") == {}
    assert "JO" in named(tagger, "Michael Jordan flew to Amman. Jordan welcomed him.")


def test_a_country_declared_as_a_surname_is_refused_without_a_model(tagger: Tagger) -> None:
    """Surnames that another reader found are enough to refuse a country."""
    text = "Jordan will not play."
    hits = tagger.gazetteer.scan(text, "en")
    assert find_countries(settle_countries(hits, text, "en")) == {"JO": {(0, 6)}}
    assert find_countries(settle_countries(hits, text, "en", surnames={"jordan"})) == {}


def test_a_name_repeated_without_end_is_settled_once(tagger: Tagger) -> None:
    """Time grows with the text, not with its square: the whole is searched once for each name."""
    text = "Georgia said Jordan and Turkey. " * 4000
    hits = tagger.gazetteer.scan(text, "en")
    began = time.process_time()
    found = find_countries(settle_countries(hits, text, "en"))
    assert time.process_time() - began < 4
    assert {code: len(spans) for code, spans in found.items()} == dict.fromkeys(
        ("GE", "JO", "TR"), 4000
    )


STORY = (
    "GENEVA (Reuters) - Armenia and Azerbaijan signed a treaty on Friday.\n\n"
    "Armenia will open its border. Armenians welcomed the news in Yerevan.\n\n"
    + "Talks went on for weeks. " * 80
    + "\n\nA hotel owner from Portugal watched."
)


def test_salience_parts_what_it_is_about_from_a_passing_word(tagger: Tagger) -> None:
    """Title, then number, then the lead; a dateline and the end of the story say least."""
    found = named(tagger, STORY, title="Armenia opens its border")
    assert sorted(found, key=lambda code: -found[code].salience)[:2] == ["AM", "AZ"]
    assert found["AM"].salience > 0.8
    assert found["AZ"].salience > 2 * max(found["CH"].salience, found["PT"].salience)
