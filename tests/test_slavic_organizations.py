"""Organizations of Russian texts: with their places, in the nominative, acronyms joined. No model needed."""

import pytest

from worker.model import Span
from worker.tagging.recognizer import Labelled
from worker.tagging.slavic.organizations import nominative, read_organizations


def labelled(text: str, **names: tuple[str, ...]) -> list[Labelled]:
    """What a model makes of a text: the first places of some names, by label."""
    return [
        Labelled((text.index(name), text.index(name) + len(name)), label)
        for label, found in names.items()
        for name in found
    ]


def read(
    text: str, *organizations: str, places: tuple[str, ...] = (), known: tuple[Span, ...] = ()
) -> dict[str, list[str]]:
    """Names of the organizations -> what stands where they were found."""
    found: dict[str, list[str]] = {}
    for one in read_organizations(text, labelled(text, ORG=organizations, LOC=places), known):
        found.setdefault(one.name, []).append(text[slice(*one.span)])
    return found


@pytest.mark.parametrize(
    ("text", "organization", "place", "name"),
    [
        (
            "Решил Верховный суд Бангладеша.",
            "Верховный суд",
            "Бангладеша",
            "Верховный суд Бангладеша",
        ),
        (
            "Письмо Министерства сельского хозяйства Германии пришло.",
            "Министерства сельского хозяйства",
            "Германии",
            "Министерство сельского хозяйства Германии",
        ),
        ("Об этом сообщили в МИДе Грузии.", "МИДе", "Грузии", "МИД Грузии"),
        ("Это решила Генпрокуратура ОАЭ.", "Генпрокуратура", "ОАЭ", "Генпрокуратура ОАЭ"),
    ],
)
def test_an_institution_is_its_places(text: str, organization: str, place: str, name: str) -> None:
    """A place in the genitive right behind belongs to the name."""
    assert list(read(text, organization, places=(place,))) == [name]


@pytest.mark.parametrize(
    ("text", "organization", "place"),
    [
        ("Газпром Москве не указ.", "Газпром", "Москве"),
        ("Вышел Рубин, Москва ждёт.", "Рубин", "Москва"),
        ("Сотрудники «Вымпела» Москвы.", "«Вымпела»", "Москвы"),
    ],
)
def test_a_place_that_is_no_genitive_or_stands_apart_is_another_name(
    text: str, organization: str, place: str
) -> None:
    """Nor does a name in quotes go on behind them."""
    [spans] = read(text, organization, places=(place,)).values()
    assert spans == [organization]


def test_a_body_in_lower_case_needs_its_place() -> None:
    """A government is an organization where it is said whose."""
    text = "Он писал правительству Японии и в мэрию Рязани, но не правительству."
    assert read(text, places=("Японии", "Рязани")) == {
        "Правительство Японии": ["правительству Японии"],
        "Мэрия Рязани": ["мэрию Рязани"],
    }
    text = "Письмо администрации Кремля."
    at = text.index("Кремля")
    assert read(text, places=("Кремля",), known=((at, at + 6),)) == {}


def test_a_country_before_a_ministry_belongs_to_it() -> None:
    """The ministry of another country is not one's own."""
    text = "Глава японского МИДа прилетел."
    assert read(text, "МИДа") == {"японский МИД": ["японского МИДа"]}


def test_an_acronym_in_brackets_is_the_name() -> None:
    """The bracket is no part of it; the acronym is found later on."""
    text = "Союз рыбаков Ладоги (СРЛ) против. В СРЛ недовольны, СРЛА ни при чём."
    expected = {"Союз рыбаков Ладоги": ["Союз рыбаков Ладоги", "СРЛ", "СРЛ"]}
    assert read(text, "Союз рыбаков Ладоги (СРЛ)") == expected
    assert read(text, "Союз рыбаков Ладоги (СРЛ)", "СРЛ") == expected


@pytest.mark.parametrize("word", ["СМИ", "МКС", "Интернете", "ОАО"])
def test_what_is_written_like_an_organization_may_be_none(word: str) -> None:
    """The press, the space station, the internet, a legal form."""
    text = f"Об этом сказано про {word} вчера."
    assert read(text, word) == {}


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("МИДа", "МИД"),
        ("ВАЗом", "ВАЗ"),
        ("японского МИДа", "японский МИД"),
        ("российского МВД", "российское МВД"),
        ("США", "США"),
        ("Союза писателей", "Союз писателей"),
    ],
)
def test_abbreviations_lose_their_endings(form: str, name: str) -> None:
    """What stands behind the capitals is an ending."""
    assert nominative(form) == name
