"""Popes, patriarchs and monarchs: each language has names of its own for them."""

import pytest

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The shipped tagger."""
    return load_tagger()


def people(tagger: Tagger, text: str, language: str) -> list[str]:
    """The people named in a text."""
    found = tagger.tag(Article(title="", text=text, language=language))
    return [one.name for one in found if one.kind is Kind.PERSON]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("it", "Ieri papa Leone ha celebrato la messa in piazza.", "Pope Leo XIV"),
        ("pt", "O papa Leão XIV celebrou missa no domingo.", "Pope Leo XIV"),
        ("pl", "Wizyta papieża Leona XIV potrwa trzy dni.", "Pope Leo XIV"),
        ("cs", "Papež Lev XIV. přijal prezidenta.", "Pope Leo XIV"),
        ("hu", "Fogadta őt XIV. Leó pápa is.", "Pope Leo XIV"),
        ("tr", "Papa 14. Leo bugün İznik'e geldi.", "Pope Leo XIV"),
        ("el", "Ο Πάπας Λέων μίλησε στους πιστούς.", "Pope Leo XIV"),
        ("zh", "教皇利奥十四世周日发表讲话。", "Pope Leo XIV"),
        ("ru", "Обращение папы римского Льва XIV зачитали вслух.", "Pope Leo XIV"),
        ("it", "Re Carlo III ha ricevuto gli ospiti.", "Charles III"),
        ("es", "El rey Carlos III recibió a los invitados.", "Charles III"),
        ("pl", "Gości przyjął król Karol III.", "Charles III"),
        ("ru", "О встрече с патриархом Кириллом сообщили вчера.", "Patriarch Kirill"),
        ("ru", "О визите принца Уильяма сообщили вчера.", "Prince William"),
        ("ru", "О планах Роберта Кеннеди-младшего сообщили вчера.", "Robert F. Kennedy Jr."),
        ("nl", "Koning Filip sprak tot het volk.", "King Philippe"),
        ("da", "Kong Frederik holdt sin tale.", "King Frederik X"),
    ],
)
def test_they_are_known_by_the_names_of_each_language(
    tagger: Tagger, language: str, text: str, name: str
) -> None:
    """In the cases of the languages that have some."""
    assert people(tagger, text, language) == [name]


def test_a_name_of_one_language_is_nobodys_in_another(tagger: Tagger) -> None:
    """In Spanish "papa Leo" is no name, and "el rey Carlos" may be anybody."""
    assert people(tagger, "Comió una papa Leo y se fue.", "es") == []
    assert people(tagger, "Il conte e rey Carlos III sono amici.", "it") == []
