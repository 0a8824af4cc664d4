"""People in Russian and Ukrainian texts, through the whole tagger."""

import pytest

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with what Tocsin ships."""
    return load_tagger()


def people(tagger: Tagger, text: str, language: str = "ru") -> dict[str, list[str]]:
    """The people of a text by name, with the words that name them."""
    mentions = tagger.tag(Article(title="", text=text, language=language))
    return {
        one.name: [text[slice(*span)] for span in one.spans]
        for one in mentions
        if one.kind is Kind.PERSON
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Директор завода Степан Горелов уволен. По словам Горелова, решение незаконно.",
            {"Степан Горелов": ["Степан Горелов", "Горелова"]},
        ),
        (
            "Суд допросил Марию Лапшину. Адвокат Лапшиной подал жалобу.",
            {"Мария Лапшина": ["Марию Лапшину", "Лапшиной"]},
        ),
        ("Завод построят в Самаре, сообщила газета «Вечерний город».", {}),
        ("Вчера вечером в городе прошёл сильный дождь.", {}),
    ],
)
def test_people_nobody_has_listed_are_found_in_any_case(
    tagger: Tagger, text: str, expected: dict[str, list[str]]
) -> None:
    """They go by their nominative; a surname alone is theirs."""
    assert expected == people(tagger, text)


def test_a_listed_person_is_the_same_in_every_case(tagger: Tagger) -> None:
    """The gazetteer knows better than the model."""
    text = "Встреча с Владимиром Путиным прошла в Кремле. Путину задали вопросы."
    assert {"Vladimir Putin": ["Владимиром Путиным", "Путину"]} == people(tagger, text)
    assert {"Vladimir Putin": ["Володимиром Путіним"]} == people(
        tagger, "Розмова з Володимиром Путіним тривала годину.", "uk"
    )
