"""English names: which of the model's findings are people, by the words round them.

The model's part is played by brackets: "[Ann Lee|PERSON]" is what it found and took for a person.
"""

import re
from collections.abc import Sequence

import pytest

from worker.tagging.english.headlines import soften
from worker.tagging.english.names import person_name
from worker.tagging.english.reading import read_names
from worker.tagging.recognizer import Labelled

_MARK = re.compile(r"\[([^\]|]+)\|([A-Z_]+)\]")
#: So much ordinary text behind a sentence that it is no summary any more.
LONG = "\n" + "Nothing else happened on that day, and it rained. " * 12


def marked(text: str) -> tuple[str, list[Labelled]]:
    """A text without its marks, and what they say."""
    plain, labelled, at = "", [], 0
    for match in _MARK.finditer(text):
        plain += text[at : match.start()]
        labelled.append(Labelled((len(plain), len(plain) + len(match[1])), match[2]))
        plain += match[1]
        at = match.end()
    return plain + text[at:], labelled


def people(text: str) -> list[str]:
    """The names of people that are read in a marked text, in its order."""
    plain, labelled = marked(text)

    def recognize(_text: str) -> Sequence[Labelled]:
        return labelled

    found = read_names(plain, recognize).people
    return [plain[slice(*one.span)] for one in sorted(found, key=lambda one: one.span)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[Mr. Ann Lee|PERSON]", "Ann Lee"),
        ("[former Prime Minister Ann Lee|PERSON]", "Ann Lee"),
        ("[Singer Ann Lee|PERSON]", "Ann Lee"),
        ("[Ann Lee's|PERSON] house", "Ann Lee"),
        ("[Ann Lee’s Law|PERSON]", "Ann Lee"),
        ("[Ann Lee MP|PERSON]", "Ann Lee"),
        ("[Ann Lee - police|PERSON]", "Ann Lee"),
        ("[Ann Lee Tuesday|PERSON]", "Ann Lee"),
        ("[Ann Lee header|PERSON]", "Ann Lee"),
        ("[Ann Lee 6-2|PERSON]", "Ann Lee"),
        ("[Lee Slams|PERSON] rivals", "Lee"),
        ("[Ann Lee\n\nPARIS|PERSON]", "Ann Lee"),
        ("[A. B. Lee|PERSON]", "A. B. Lee"),
        ("[Ann Lee Jr.|PERSON] won", "Ann Lee Jr."),
        ("[Ann Lee, Jr.|PERSON] won", "Ann Lee, Jr."),
        ("[Ann 'Bo' Lee|PERSON]", "Ann 'Bo' Lee"),
        ("[Piet van|PERSON] den Berg", "Piet van den Berg"),
        ("[Jean-Luc d'Or|PERSON]", "Jean-Luc d'Or"),
        ("[Ana López|PERSON]", "Ana López"),
    ],
)
def test_a_span_is_cut_to_the_name(text: str, name: str) -> None:
    """Titles, roles, verbs of headlines, dates and punctuation go; initials and particles stay."""
    plain, [found] = marked(text)
    person = person_name(plain, found.span)
    assert person is not None
    assert plain[slice(*person.span)] == name


@pytest.mark.parametrize("text", ["[@annlee|PERSON]", "[Ann 22 Lee|PERSON]", "[Breaking News|PERSON]", "[Tuesday|PERSON]", "[minister|PERSON]", "[Mr|PERSON]", "[...|PERSON]"])  # fmt: skip
def test_what_is_no_name_is_none(text: str) -> None:
    """Handles, numbers, days, titles alone."""
    plain, [found] = marked(text)
    assert person_name(plain, found.span) is None


@pytest.mark.parametrize(
    "text",
    [
        "Police questioned Mr [Brenko|PERSON] again.",
        "The driver, [Brenko|PERSON], 41, was not hurt.",
        "Later [Brenko|PERSON], who lives in the town, left.",
        "[Brenko|PERSON]'s wife was there too.",
        "“It was dark,” said [Brenko|PERSON].",
        "[Brenko|PERSON] denied the charges.",
        "[Brenko|PERSON], a retired teacher, saw it.",
        "Her brother, [Brenko|PERSON], had gone.",
        "The man was identified only as [Brenko|PERSON].",
        "The [Brenko|PERSON] administration fell.",
    ],
)
def test_a_single_word_with_good_reason_is_a_person(text: str) -> None:
    """Titles, ages, "who", relatives, deeds, what somebody is."""
    assert people(text + LONG) == ["Brenko"]


@pytest.mark.parametrize(
    "text",
    [
        "Nobody knew about [Brenko|PERSON] then.",
        "Shares of [Brenko|PERSON] rose.",
        "[Brenko|PERSON] shares rose.",
        "The brewer [Brenko|PERSON] said on Friday it would close.",
        "[Brenko|PERSON] said it had lost money.",
        "[Brenko|PERSON], the steelmaker's trading arm, is an old company. [Brenko|PERSON] quit.",
        "A fire broke out on the tanker [Brenko|PERSON].",
        "Cyclone [Brenko|PERSON] killed forty people.",
        "The village of [Brenko|PERSON] was flooded.",
        "They met in [Brenko|PERSON].",
        "The [Brenko|PERSON] number was too low.",
        "[Brenko|PERSON] Holdings rose. [Brenko|PERSON] denied it.",
        "[Brenko|PERSON]'s quarterly profit fell. [Brenko|PERSON] admits it.",
        "[BRK|PERSON] denied it.",
        "[Brenko|PERSON] analyst Ann said so.",
        "Wheat 33 41 [Brenko|PERSON] 17",
        "[Brenko|ORG] closed. [Brenko|ORG] is small. [Brenko|PERSON] denied it.",
        "Their rivals [Brenko|PERSON] are ahead.",
    ],
)
def test_a_single_word_without_good_reason_is_none(text: str) -> None:
    """Companies, ships, storms, places, rows of figures, and words of which nothing is known."""
    assert people(text + LONG) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[Ann Lee|PERSON] left. Then [Lee|PERSON] came back.", ["Ann Lee", "Lee"]),
        ("The [Ann Lee|PERSON] Foundation gave money.", []),
        ("The [Goran Brenko|PERSON] Hospital was hit.", []),
        ("[Goran Brenko Airport|PERSON] was closed.", []),
        ("[Goran Brenko|PERSON] and Co Inc said it lost money.", []),
        ("PT [Goran Brenko|PERSON] rose.", []),
        ("The [Goran Brenko|PERSON] newspaper said so.", []),
        ("Hurricane [Goran Brenko|PERSON] passed.", []),
        ("[Goran Brenko|PERSON] and [Che Brenko|PERSON] are out.", ["Goran Brenko", "Che Brenko"]),
        ("[Goran Brenko|PERSON], the company's spokesman, left.", ["Goran Brenko"]),
        ("Chairman of the Party Council [Goran Brenko|PERSON] left.", ["Goran Brenko"]),
        ("[Brenko United|PERSON] won.", []),
        ("[New Brenko|PERSON] won.", []),
        ("[Brenko MPs|PERSON] voted.", []),
        ("The judge [Goran Brenko|ORG] agreed.", ["Goran Brenko"]),
        ("[Surgeon Goran Brenko|ORG] agreed.", ["Goran Brenko"]),
        ("His eldest son, [Goran Brenko|GPE], agreed.", ["Goran Brenko"]),
        ("[Goran Brenko|ORG] agreed.", []),
        ("The rival [Goran Brenko|ORG] agreed.", []),
        ("Goalkeeper [Brenko Rovers|ORG] agreed.", []),
        ("[Goran Brenko|PERSON] left. [Goran Brenko|ORG] came back.", ["Goran Brenko"] * 2),
    ],
)
def test_names_of_several_words(text: str, names: list[str]) -> None:
    """The model is believed, unless the words round the name say that it is a thing's."""
    assert people(text + LONG) == names


def test_a_summary_may_name_people_by_surname() -> None:
    """In a text of two lines nobody is introduced; in a long one they are."""
    assert people("Talks with [Brenko|PERSON] failed.") == ["Brenko"]


def test_companies_the_model_took_for_people_are_organizations() -> None:
    """What the words round a name show to be a company is one."""
    plain, labelled = marked("[Brenko|PERSON] shares fell. Later [Brenko|PERSON] Ltd denied it.")
    found = read_names(plain, lambda _: labelled)
    assert (found.people, {one.name for one in found.organizations}) == ([], {"Brenko"})


@pytest.mark.parametrize(
    ("text", "softened"),
    [
        ("BRENKO PRAISES OLD FRIEND\nThe old man came.", "Brenko Praises old Friend\nThe old man came."),
        ("Brenko Wins Long Battle Against Rust\nThe rust and the battle.", "Brenko wins Long battle Against rust\nThe rust and the battle."),
        ("Theresa May Hopes For More\nWe may see. May left.", "Theresa May Hopes for More\nWe may see. May left."),
        ("An ordinary line about Brenko stays.", "An ordinary line about Brenko stays."),
        ("ŞİŞLİ ÇAĞRI\n", "Şişli Çağri\n"),
    ],
)  # fmt: skip
def test_headlines_are_written_as_other_lines_are(text: str, softened: str) -> None:
    """In place: what is lower-case elsewhere, and nowhere else a name, is so in headlines."""
    assert len(soften(text)) == len(text)
    assert soften(text) == softened
