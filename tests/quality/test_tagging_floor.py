"""Floors under the tagger's quality, on short texts written for this purpose."""

from pathlib import Path
from typing import NamedTuple

import pytest

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger


class Case(NamedTuple):
    """A text with the people and countries a careful reader finds in it."""

    language: str
    text: str
    people: set[str]
    countries: set[str]


CASES = [
    Case("en", "Volodymyr Zelensky flew to Warsaw on Tuesday to meet Donald Tusk. Zelensky thanked Poland for its help.", {"Volodymyr Zelensky", "Donald Tusk"}, {"PL"}),
    Case("en", "MERKEL SAYS GOODBYE TO BUNDESTAG\n\nAngela Merkel received applause from German lawmakers.", {"Angela Merkel"}, {"DE"}),
    Case("en", "The mayor of Lisbon, Helena Duarte, said the trams would run again. Duarte blamed the storm.", {"Helena Duarte"}, {"PT"}),
    Case("en", "Georgia's governor spoke in Atlanta after the storm hit Alabama.", set(), {"US"}),
    Case("en", "Protesters in Tbilisi accused Georgian Dream of turning Georgia away from Europe.", set(), {"GE"}),
    Case("en", "Michael Jordan watched the game. Jordan smiled.", {"Michael Jordan"}, set()),
    Case("en", "King Abdullah II of Jordan received the Egyptian foreign minister in Amman.", {"King Abdullah II"}, {"JO", "EG"}),
    Case("en", "The Kremlin rejected the report, and Dmitry Peskov called it nonsense. Peskov spoke in Moscow.", {"Dmitry Peskov"}, {"RU"}),
    Case("en", "Police in Nairobi arrested two men over the theft, said inspector Daniel Mwangi. Mwangi gave no details.", {"Daniel Mwangi"}, {"KE"}),
    Case("en", "Apple and Twitter declined to comment on the report.", set(), set()),
    Case("en", "Benjamin Netanyahu's office denied the report by the New York Times about talks with Hamas in Qatar.", {"Benjamin Netanyahu"}, {"QA"}),
    Case("en", "Latin American farmers fear new tariffs, said Maria Gutierrez, an economist in Buenos Aires.", {"Maria Gutierrez"}, {"AR"}),
    Case("en", "He flew from Paris to Montreal and then on to Havana.", set(), {"FR", "CA", "CU"}),
    Case("ru", "Владимир Путин обсудил с Эмманюэлем Макроном положение в Сирии. Путин назвал разговор полезным.", {"Vladimir Putin", "Emmanuel Macron"}, {"SY"}),
    Case("ru", "Зеленский прибыл в Берлин на переговоры с Фридрихом Мерцем. Германия обещала помощь Украине.", {"Volodymyr Zelensky", "Friedrich Merz"}, {"DE", "UA"}),
    Case("ru", "Китайские компании договорились с казахстанскими партнёрами.", set(), {"CN", "KZ"}),
    Case("uk", "Володимир Зеленський зустрівся з Дональдом Трампом у Вашингтоні. Трамп пообіцяв підтримку Україні.", {"Volodymyr Zelensky", "Donald Trump"}, {"US", "UA"}),
    Case("uk", "Німеччина передасть Києву нові системи, заявив Борис Пісторіус.", {"Boris Pistorius"}, {"DE", "UA"}),
    Case("fr", "Emmanuel Macron a reçu Giorgia Meloni à Paris. Les relations avec l'Italie s'améliorent.", {"Emmanuel Macron", "Giorgia Meloni"}, {"FR", "IT"}),
    Case("fr", "Poutine et Xi Jinping se sont parlé, selon Pékin.", {"Vladimir Putin", "Xi Jinping"}, {"CN"}),
    Case("de", "Friedrich Merz reist nach Israel und trifft dort Netanjahu. Die deutsche Opposition kritisiert das.", {"Friedrich Merz", "Benjamin Netanyahu"}, {"IL", "DE"}),
    Case("de", "Selenskyj warnt vor Putins Plänen in der Ukraine.", {"Volodymyr Zelensky", "Vladimir Putin"}, {"UA"}),
    Case("es", "Pedro Sánchez viajó a Marruecos. Sánchez habló de comercio con el rey.", {"Pedro Sánchez"}, {"MA"}),
    Case("es", "Claudia Sheinbaum respondió a Trump sobre los aranceles a México.", {"Claudia Sheinbaum", "Donald Trump"}, {"MX"}),
    Case("it", "Giorgia Meloni è volata in Albania per incontrare Edi Rama.", {"Giorgia Meloni", "Edi Rama"}, {"AL"}),
    Case("pl", "Donald Tusk rozmawiał z Emmanuel Macron. Polska i Francja chcą umowy.", {"Donald Tusk", "Emmanuel Macron"}, {"PL", "FR"}),
    Case("ar", "التقى فلاديمير بوتين رجب طيب أردوغان في تركيا", {"Vladimir Putin", "Recep Tayyip Erdoğan"}, {"TR"}),
    Case("zh", "习近平会见了普京，双方讨论了乌克兰局势。", {"Xi Jinping", "Vladimir Putin"}, {"UA"}),
]  # fmt: skip

TOPICS = [
    ("en", "The striker scored twice as the home team won the cup final and lifted the trophy.", "15000000"),
    ("en", "Shares fell as investors worried about inflation and the central bank raised interest rates.", "04000000"),
    ("en", "Doctors at the hospital said the vaccine protected patients from the virus.", "07000000"),
    ("en", "Troops advanced under artillery fire while rebels shelled the town and the ceasefire collapsed.", "16000000"),
    ("en", "A jury found the man guilty of murder and the judge sentenced him to life in prison.", "02000000"),
    ("en", "Parliament voted on the bill after the prime minister lost the support of her coalition.", "11000000"),
    ("en", "The telescope showed astronomers a distant galaxy, researchers wrote in a study.", "13000000"),
    ("ru", "Сборная выиграла матч чемпионата, тренер похвалил футболистов за два гола.", "15000000"),
    ("uk", "Парламент ухвалив закон, депутати від опозиції голосували проти уряду.", "11000000"),
    ("fr", "Le tribunal a condamné l'accusé à dix ans de prison pour meurtre, a dit le procureur.", "02000000"),
    ("de", "Die Aktien fielen, weil die Inflation stieg und der Konzern weniger Gewinn machte.", "04000000"),
    ("es", "El terremoto dejó decenas de muertos; los bomberos rescatan a los heridos y evacuan casas.", "03000000"),
]  # fmt: skip


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with its models loaded."""
    loaded = load_tagger()
    loaded.preload(("en",))
    return loaded


def keys(tagger: Tagger, case: Case) -> tuple[set[str], set[str]]:
    """Names of people and codes of countries found in a case's text."""
    found = tagger.tag(Article(title="", text=case.text, language=case.language))
    return (
        {m.name for m in found if m.kind is Kind.PERSON},
        {m.key for m in found if m.kind is Kind.COUNTRY},
    )


def f_score(pairs: list[tuple[set[str], set[str]]]) -> float:
    """F over all (expected, found) pairs."""
    right = sum(len(expected & found) for expected, found in pairs)
    return 2 * right / sum(len(expected) + len(found) for expected, found in pairs)


def test_people_are_above_their_floor(tagger: Tagger) -> None:
    """People of all texts, told by canonical name."""
    assert f_score([(case.people, keys(tagger, case)[0]) for case in CASES]) >= 0.95


def test_countries_are_above_their_floor(tagger: Tagger) -> None:
    """Countries of all texts."""
    assert f_score([(case.countries, keys(tagger, case)[1]) for case in CASES]) >= 0.95


def test_first_topics_are_above_their_floor(tagger: Tagger) -> None:
    """The first topic is the right one in nearly all texts."""
    right = 0
    for language, text, code in TOPICS:
        found = tagger.tag(Article(title="", text=text, language=language))
        first = next((m.key for m in found if m.kind is Kind.TOPIC), "")
        right += first == f"medtop:{code}"
    assert right / len(TOPICS) >= 0.9


def test_first_topics_of_briefs_are_above_their_floor(tagger: Tagger) -> None:
    """Single sentences, made up, as tickers have them; most tell their topic by few words."""
    lines = (
        (Path(__file__).parents[1] / "data" / "topic_briefs.tsv").read_text("utf-8").splitlines()
    )
    right = 0
    for language, code, text in (line.split("\t") for line in lines):
        found = tagger.tag(Article(title="", text=text, language=language))
        first = next((m.key for m in found if m.kind is Kind.TOPIC), "")
        right += first.startswith(f"medtop:{code}")
    assert len(lines) == 213
    assert right / len(lines) >= 0.95


def test_a_surname_is_carried_through_the_article(tagger: Tagger) -> None:
    """Every later surname, possessive or not, belongs to the person named in full."""
    text = "Margaret Collins spoke on Monday. Later Collins left; Collins’s party stayed. Mrs. Collins agreed."
    [person] = [
        m for m in tagger.tag(Article(title="", text=text, language="en")) if m.kind is Kind.PERSON
    ]
    assert [text[slice(*span)] for span in person.spans] == [
        "Margaret Collins",
        "Collins",
        "Collins",
        "Collins",
    ]


@pytest.mark.timeout(60)
def test_a_very_long_text_takes_bounded_time(tagger: Tagger) -> None:
    """A megabyte is read to its end by the gazetteer though the model stops early."""
    text = "Nothing happened here today at all. " * 28_000 + "Emmanuel Macron left."
    found = tagger.tag(Article(title="", text=text, language="en"))
    assert "Emmanuel Macron" in {m.name for m in found}
