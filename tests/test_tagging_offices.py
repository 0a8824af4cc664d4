"""People named by office alone, once they are named by name."""

import pytest

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The shipped tagger."""
    return load_tagger()


def offices(tagger: Tagger, text: str) -> dict[str, str]:
    """What stands for whom by office."""
    article = Article(title="", text=text, language="en")
    return {one.surface: one.name for one in tagger.explain(article) if "the office of" in one.why}


@pytest.mark.parametrize(
    ("text", "surface", "name"),
    [
        (
            "Vladimir Putin spoke. The Russian president left.",
            "Russian president",
            "Vladimir Putin",
        ),
        ("Macron met Merz. France's president smiled.", "France's president", "Emmanuel Macron"),
        ("Macron met Merz. The German chancellor smiled.", "German chancellor", "Friedrich Merz"),
        ("Donald Trump spoke. The U.S. president left.", "U.S. president", "Donald Trump"),
        ("Barack Obama spoke. The former US president left.", "US president", "Barack Obama"),
    ],
)
def test_an_office_stands_for_its_holder(
    tagger: Tagger, text: str, surface: str, name: str
) -> None:
    """Of the country that stands before it."""
    assert {surface: name} == offices(tagger, text)


@pytest.mark.parametrize(
    "text",
    [
        "The Russian president left.",
        "Emmanuel Macron spoke. The Russian president left.",
        "Barack Obama met Donald Trump. The US president smiled.",
    ],
)
def test_nobody_is_guessed(tagger: Tagger, text: str) -> None:
    """Nobody of that office is named, or more than one."""
    assert {} == offices(tagger, text)


def test_an_article_is_more_about_whom_it_names_by_office(tagger: Tagger) -> None:
    """The mention's places stay those of the name."""

    def putin(text: str) -> tuple[int, float]:
        found = tagger.tag(Article(title="", text=text, language="en"))
        return next(
            (one.count, one.salience)
            for one in found
            if one.kind is Kind.PERSON and one.name == "Vladimir Putin"
        )

    once = putin("Vladimir Putin spoke. The audience left.")
    again = putin("Vladimir Putin spoke. The Russian president left.")
    assert once[0] == again[0] == 1
    assert once[1] < again[1]
