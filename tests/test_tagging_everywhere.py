"""Who and what the world speaks of is known in the spelling of each language's newspapers."""

import pytest

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The shipped tagger."""
    return load_tagger()


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("sv", "FN varnar för svält.", "United Nations"),
        ("sr", "Уједињене нације позивају на мир.", "United Nations"),
        ("lt", "Europos Sąjungos lyderiai susitiko.", "European Union"),
        ("lv", "Eiropas Savienībā pieaug cenas.", "European Union"),
        ("bg", "Европейският съюз взе решение.", "European Union"),
        ("hr", "Nova pravila Europske unije.", "European Union"),
        ("el", "Το ΔΝΤ προειδοποιεί.", "International Monetary Fund"),
        ("fa", "سازمان جهانی بهداشت هشدار داد.", "World Health Organization"),
        ("fi", "EKP nosti korkoa.", "European Central Bank"),
        ("nl", "Het Internationaal Strafhof deed uitspraak.", "International Criminal Court"),
    ],
)
def test_bodies_of_the_world(tagger: Tagger, language: str, text: str, name: str) -> None:
    """By their abbreviations where these are theirs in that language, and in full."""
    found = tagger.tag(Article(title="", text=text, language=language))
    assert name in [one.name for one in found if one.kind is Kind.ORGANIZATION]


def test_an_abbreviation_is_another_bodys_in_another_language(tagger: Tagger) -> None:
    """In France FN was a party."""
    found = tagger.tag(Article(title="", text="Le FN gagne des voix.", language="fr"))
    assert "United Nations" not in [one.name for one in found]
