"""Endings behind names and particles before them, and scripts without spaces."""

import pytest

from worker.model import Article, Entity, Kind
from worker.tagging import Tagger, load_tagger
from worker.tagging.attached import bare, ends


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with what Tocsin ships."""
    return load_tagger()


def found(tagger: Tagger, text: str, language: str, kind: Kind = Kind.PERSON) -> set[str]:
    """Names (codes of countries) of one kind."""
    mentions = tagger.tag(Article(title="", text=text, language=language))
    return {m.key if kind is Kind.COUNTRY else m.name for m in mentions if m.kind is kind}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "Putinin mukaan sopu on kaukana."),
        ("fi", "Lahja annettiin Putinille, ja Putiniltakin kysyttiin."),
        ("fi", "He luottivat Putiniin."),
        ("et", "Putiniga räägiti eile, Putinile vastati täna."),
        ("hu", "Putyinnak azt mondták, hogy nem."),
        ("hu", "Putyinnal tárgyalt, Putyint kérdezte."),
        ("az", "Putinin sözçüsü danışdı, Putinə sual verdilər."),
        ("tr", "Putin'in sözcüsü konuştu. Putin’e soruldu."),
        ("pl", "Rozmowa z Putinem trwała godzinę, Putina pytano o wojnę."),
        ("cs", "Jednání s Putinem skončilo, Putinovi volali."),
        ("hr", "Razgovor s Putinom je završen."),
        ("de", "Putins Sprecher schwieg."),
        ("sv", "Putins talesman teg."),
        ("fr", "L'entourage d'Emmanuel Macron et l'avis de Poutine."),
        ("ar", "وقالوا لبوتين إن الوقت ضيق"),
        ("ar", "فبوتين لم يرد على السؤال"),
        ("ar", "التقى الوفد وبوتين في القصر"),
        ("he", "הם אמרו לפוטין שאין זמן"),
        ("he", "נמסר שפוטין לא השיב"),
        ("he", "ומפוטין לא נמסרה תגובה"),
        ("zh", "代表团昨天与普京会面并讨论了合作。"),
        ("ja", "代表団は昨日プーチン氏と会談した。"),
        ("ko", "대표단은 어제 푸틴과 만났다."),
    ],
)
def test_what_is_written_onto_a_name_does_not_hide_it(
    tagger: Tagger, language: str, text: str
) -> None:
    """Case endings, genitives, apostrophes, elision, particles, and no spaces at all."""
    assert "Vladimir Putin" in found(tagger, text, language)


def test_a_name_of_ones_own_is_found_where_no_spaces_are_written() -> None:
    """In Thai, Chinese and Japanese a name may stand anywhere."""
    people = [
        Entity(kind=Kind.PERSON, key=f"person:{name}", name=name)
        for name in ("สมศรี ทองดี", "周岚珊", "桜庭ハナ")
    ]
    tagger = load_tagger(people)
    assert {"สมศรี ทองดี"} == found(tagger, "เมื่อวานนี้สมศรี ทองดีเดินทางถึง", "th")
    assert {"周岚珊"} == found(tagger, "昨天周岚珊抵达上海。", "zh")
    assert {"桜庭ハナ"} == found(tagger, "昨日は桜庭ハナさんが来た。", "ja")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "Trumpismi ja putinismi ovat aatteita, Trumpismista puhutaan."),
        ("hu", "A trumpizmus és a Trumpizmus."),
        ("pl", "Trumpizm i Putinizm to idee."),
        ("tr", "Trumpçılık ve Putinizm tartışıldı."),
        ("de", "Der Trumpismus und die Putinversteher."),
        ("en", "Trumpism and Putinism were discussed."),
        ("ar", "البوتينية فكرة"),
        ("he", "הפוטיניזם הוא רעיון"),
    ],
)
def test_words_made_of_a_name_are_not_the_name(tagger: Tagger, language: str, text: str) -> None:
    """An ending that makes another word of it is no case ending."""
    assert set() == found(tagger, text, language)


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        ("tr", "Rusya'nın Ukrayna'ya saldırısı sürüyor.", {"RU", "UA"}),
        ("fi", "Venäjän hyökkäys Ukrainaan jatkuu.", {"RU", "UA"}),
        ("ar", "وصل الوفد من روسيا وأوكرانيا إلى تركيا", {"RU", "UA", "TR"}),
        ("ar", "بألمانيا ولفرنسا", {"DE", "FR"}),
        ("he", "הוא נסע מרוסיה לאוקראינה ובצרפת נשאר", {"RU", "UA", "FR"}),
        ("zh", "俄罗斯和乌克兰在土耳其会谈。", {"RU", "UA", "TR"}),
        ("ja", "ロシアとウクライナがトルコで会談した。", {"RU", "UA", "TR"}),
    ],
)
def test_countries_are_found_with_what_is_written_onto_them(
    tagger: Tagger, language: str, text: str, codes: set[str]
) -> None:
    """The same for countries."""
    assert codes == found(tagger, text, language, Kind.COUNTRY)


@pytest.mark.parametrize(
    ("language", "word", "parts"),
    [
        ("fr", "d'Attal", ["d'Attal", "Attal"]),
        ("it", "dell'Orto", ["dell'Orto", "Orto"]),
        ("tr", "Özel'in", ["Özel'in", "Özel"]),
        ("en", "Obama's", ["Obama's", "Obama"]),
        ("en", "O'Neill", ["O'Neill"]),
        ("de", "Habecks", ["Habecks", "Habeck"]),
        ("en", "Habecks", ["Habecks"]),
    ],
)
def test_a_surname_is_looked_for_in_parts_of_a_word(
    language: str, word: str, parts: list[str]
) -> None:
    """The whole word first."""
    assert parts == [word[start:end] for start, end in bare(word, language)]


def test_short_names_take_no_endings() -> None:
    """Behind three letters anything may be an ending."""
    assert ends("putinin", 0, 5, "fi")
    assert not ends("orpon", 0, 3, "fi")
    assert not ends("putinin", 0, 5, "en")
