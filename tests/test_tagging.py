"""People, organizations, countries and topics of an article: what the gazetteer knows of them."""

import re
import subprocess
import sys

import pytest
import srsly
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.model import Article, Entity, Kind, Mention
from worker.tagging import Gazetteer, Tagger, entity_key, load_tagger
from worker.tagging.document import read_document
from worker.tagging.english.headlines import soften
from worker.tagging.folding import fold, fold_name, fold_names
from worker.tagging.inflection import decline_person, decline_phrase
from worker.tagging.recognizer import chunks
from worker.tagging.vectors import Rows, pairs


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with what Tocsin ships."""
    return load_tagger()


def names(mentions: tuple[Mention, ...], kind: Kind) -> set[str]:
    """Names (codes for countries) of the mentions of one kind."""
    return {m.key if kind is Kind.COUNTRY else m.name for m in mentions if m.kind is kind}


def article(text: str, language: str, title: str = "") -> Article:
    """An article of nothing but text."""
    return Article(title=title, text=text, language=language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Об этом стало известно после встречи с Путиным в пятницу."),
        ("uk", "Про це заявили після розмови з Путіним."),
        ("fr", "Selon Poutine, les discussions reprendront demain."),
        ("de", "Putins Sprecher wollte sich dazu nicht äußern."),
        ("es", "El portavoz de Putin no quiso comentar la noticia."),
        ("ar", "وقال المتحدث إن الاجتماع مع بوتين كان مفيدا"),
        ("zh", "双方代表昨天与普京举行了会谈。"),
        ("ja", "会談でプーチン大統領は合意を求めた。"),
        ("ko", "회담에서 푸틴은 합의를 요구했다."),
    ],
)
def test_a_known_person_is_found_in_every_language(
    tagger: Tagger, language: str, text: str
) -> None:
    """Scripts, case endings, genitives and attached particles do not hide a name."""
    assert names(tagger.tag(article(text, language)), Kind.PERSON) == {"Vladimir Putin"}


def test_spans_count_code_points_of_the_text_as_it_stands(tagger: Tagger) -> None:
    """Characters that change length when lower-cased or dropped do not shift what follows."""
    text = "İİ 😀 ﬁne so\u00adft — Зеленского и Путина"
    found = {m.name: m.spans for m in tagger.tag(article(text, "ru")) if m.kind is Kind.PERSON}
    assert {name: text[slice(*spans[0])] for name, spans in found.items()} == {
        "Volodymyr Zelensky": "Зеленского",
        "Vladimir Putin": "Путина",
    }


def test_a_common_surname_needs_the_full_name_elsewhere(tagger: Tagger) -> None:
    """A bare "Bush" is nobody, until George W. Bush stands in the article."""
    alone = tagger.tag(article("Bush wuchs dort als Pflanze.", "de"))
    named = tagger.tag(article("George W. Bush sprach. Später ging Bush.", "de"))
    assert names(alone, Kind.PERSON) == set()
    [bush] = [m for m in named if m.kind is Kind.PERSON]
    assert bush.count == 2


def test_family_names_come_first_where_they_do(tagger: Tagger) -> None:
    """A bare "Xi" belongs to Xi Jinping if he is named, and to nobody else."""
    [xi] = [
        m
        for m in tagger.tag(article("Xi Jinping est arrivé. Xi repart lundi.", "fr"))
        if m.kind is Kind.PERSON
    ]
    assert (xi.name, xi.count) == ("Xi Jinping", 2)
    assert names(tagger.tag(article("Xi est une lettre.", "fr")), Kind.PERSON) == set()


def test_case_tells_names_from_words(tagger: Tagger) -> None:
    """The dish and the pronoun are neither a president nor a country."""
    found = tagger.tag(article("On mange une poutine. Who told us who is here?", "fr"))
    assert names(found, Kind.PERSON) | names(found, Kind.ORGANIZATION) == set()
    assert names(tagger.tag(article("Tell us of china and turkey.", "en-x")), Kind.COUNTRY) == set()


def test_a_relative_is_not_the_president(tagger: Tagger) -> None:
    """The longest known name wins: Melania Trump is not Donald, Trump Tower nobody."""
    found = tagger.tag(article("Melania Trump était à la Trump Tower.", "fr"))
    assert names(found, Kind.PERSON) == {"Melania Trump"}


def test_in_title_and_title_spans(tagger: Tagger) -> None:
    """A name in the title is in the title; its span counts there, not in the text."""
    found = tagger.tag(article("Er schwieg.", "de", title="Gespräch mit Selenskyj"))
    [person] = [m for m in found if m.kind is Kind.PERSON]
    assert (person.in_title, person.title_spans, person.spans) == (True, ((13, 22),), ())


def test_without_a_title_the_first_line_is_the_headline(tagger: Tagger) -> None:
    """A short first line that is no sentence counts as the title."""
    found = tagger.tag(article("Путин в Минске\n\nТам был и Лавров.", "ru"))
    assert {m.name: m.in_title for m in found if m.kind is Kind.PERSON} == {
        "Vladimir Putin": True,
        "Sergei Lavrov": False,
    }


def test_captions_are_read_but_have_no_spans(tagger: Tagger) -> None:
    """A country named only under the picture is found, with nothing to point at in the text."""
    found = tagger.tag(
        Article(title="", text="Wir waren da.", language="de", captions=("In Vietnam, 2017",))
    )
    [country] = [m for m in found if m.kind is Kind.COUNTRY]
    assert (country.key, country.count, country.spans) == ("VN", 1, ())


def test_credit_lines_and_bylines_are_not_read(tagger: Tagger) -> None:
    """Agencies in the credit line and names after it are no news; a byline neither."""
    text = "By Boris Johnson\n\nRegen fiel.\n\nWith reporting by AFP and Reuters\nLondon office"
    found = tagger.tag(article(text, "de"))
    assert [m for m in found if m.kind is not Kind.TOPIC] == []


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        ("de", "Die ukrainische Regierung und Ungarn verhandeln in Genf.", {"UA", "HU", "CH"}),
        ("fr", "Les soldats français au Tchad et la Côte d’Ivoire.", {"FR", "TD", "CI"}),
        ("es", "Los ministros argentinos viajaron a Estados Unidos.", {"AR", "US"}),
        ("ru", "Поездка по Германии и Саудовской Аравии, затем в Киев.", {"DE", "SA", "UA"}),
        ("uk", "Переговори з Польщею та Румунією тривають.", {"PL", "RO"}),
        ("it", "Il governo della Spagna e della Grecia.", {"ES", "GR"}),
        ("pl", "Stany Zjednoczone i Niemcy", {"US", "DE"}),
        ("tr", "Türkiye ile Yunanistan", {"TR", "GR"}),
        ("ar", "العلاقات بين مصر والسودان", {"EG", "SD"}),
        ("zh", "法国和德国", {"FR", "DE"}),
        ("ja", "韓国とベトナム", {"KR", "VN"}),
        ("en", "The Kremlin and the White House did not comment.", {"RU", "US"}),
    ],
)
def test_countries_by_name_people_city_and_government(
    tagger: Tagger, language: str, text: str, codes: set[str]
) -> None:
    """Countries are found under what each language calls them, declined or not."""
    found = {
        code
        for hit in tagger.gazetteer.scan(text, language)
        if hit.known.entity.kind is Kind.COUNTRY or hit.known.speaks_for
        for code in hit.known.entity.countries
    }
    assert found == codes


def test_a_phrase_is_not_the_country_it_holds(tagger: Tagger) -> None:
    """Latin America is not the United States, nor is a newspaper's city news."""
    found = tagger.gazetteer.scan("Latin American leaders told the Boston Globe", "en")
    kinds = {hit.known.entity.kind for hit in found if not hit.known.silent}
    assert kinds == {Kind.ORGANIZATION}


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        ("ru", "Сборная Швеции обыграла команду США.", {"SE", "US"}),
        ("uk", "Президент США прибув до Києва.", {"UA", "US"}),
        ("es", "China respondió a Francia.", {"CN", "FR"}),
        ("cs", "Francie a Nizozemsko se dohodly.", {"FR", "NL"}),
    ],
)
def test_a_country_is_not_the_islands_it_owns(
    tagger: Tagger, language: str, text: str, codes: set[str]
) -> None:
    """What stands in brackets behind an island's name is no other name of the island."""
    found = tagger.tag(Article(title="", text=text, language=language))
    assert codes == {one.key for one in found if one.kind is Kind.COUNTRY}


def test_a_country_keeps_its_name_from_a_city(tagger: Tagger) -> None:
    """Armenia is the country although Colombia has a city of that name."""
    assert [h.known.entity.key for h in tagger.gazetteer.scan("Armenia", "en")] == ["AM"]


def test_own_entities_win_and_leave_the_tagger_they_were_added_to_alone(tagger: Tagger) -> None:
    """A declared person takes a name over; the tagger they were added to is unchanged."""
    own = Entity(kind=Kind.PERSON, key="person:v-putin", name="V. Putin", aliases=("Putin",))
    text = "Putin kam."
    assert names(tagger.with_entities([own]).tag(article(text, "de")), Kind.PERSON) == {"V. Putin"}
    assert names(tagger.tag(article(text, "de")), Kind.PERSON) == {"Vladimir Putin"}


def test_own_entities_are_found_in_every_case(tagger: Tagger) -> None:
    """A declared Cyrillic name is found declined too, and its surname after it."""
    own = Entity(kind=Kind.PERSON, key="person:testov", name="Иван Тестов")
    found = tagger.with_entities([own]).tag(article("Ивана Тестова ждали. Тестову звонили.", "ru"))
    assert [(m.key, m.count) for m in found if m.kind is Kind.PERSON] == [("person:testov", 2)]


def test_find_by_name_key_and_code(tagger: Tagger) -> None:
    """Watches may name an entity by any of its names, its key or its code."""
    gazetteer: Gazetteer = tagger.gazetteer
    found = [
        gazetteer.find(Kind.PERSON, "Владимир Путин"),
        gazetteer.find(Kind.PERSON, "person:vladimir-putin"),
        gazetteer.find(Kind.COUNTRY, "UA"),
        gazetteer.find(Kind.ORGANIZATION, "OTAN"),
        gazetteer.find(Kind.PERSON, "Nobody Whatever"),
    ]
    assert [entity and entity.name for entity in found] == [
        "Vladimir Putin",
        "Vladimir Putin",
        "Ukraine",
        "NATO",
        None,
    ]


def test_keys_are_slugs() -> None:
    """Accents and apostrophes go, people's names are in Latin letters, codes pass."""
    assert [
        entity_key(Kind.PERSON, "Recep Tayyip Erdoğan"),
        entity_key(Kind.ORGANIZATION, "Kurdistan Workers’ Party"),
        entity_key(Kind.PERSON, "Іван Франко"),
        entity_key(Kind.COUNTRY, "UA"),
    ] == [
        "person:recep-tayyip-erdogan",
        "organization:kurdistan-workers-party",
        "person:ivan-franko",
        "UA",
    ]


@pytest.mark.parametrize(
    ("name", "female", "forms"),
    [
        ("Дональд Трамп", False, {"Дональда Трампа", "Дональду Трампу", "Дональдом Трампом"}),
        ("Ангела Меркель", True, {"Ангелы Меркель", "Ангелой Меркель"}),
        ("Эммануэль Макрон", False, {"Эммануэля Макрона", "Эммануэлем Макроном"}),
        ("Володимир Зеленський", False, {"Володимира Зеленського", "Володимиру Зеленському"}),
        ("папа римский Лев XIV", False, {"папы римского Льва XIV", "папой римским Львом XIV"}),
        ("королева Камилла", True, {"королевы Камиллы", "королеве Камилле"}),
        ("патріарх Кирило", False, {"патріарха Кирила", "патріархом Кирилом"}),
        ("Джордж Буш-старший", False, {"Джорджа Буша-старшего", "Джорджу Бушу-старшему"}),
        ("Мухаммед бен Салман", False, {"Мухаммеда бен Салмана", "Мухаммеду бен Салману"}),
        ("Урсула фон дер Ляйен", True, {"Урсулы фон дер Ляйен", "Урсуле фон дер Ляйен"}),
    ],
)
def test_cyrillic_names_are_declined(name: str, female: bool, forms: set[str]) -> None:
    """Men's surnames in a consonant decline, women's do not; adjectives follow their own.

    So do callings before a name and what tells a son from his father; particles stay.
    """
    assert forms <= set(decline_person(name, female=female))


def test_only_the_head_of_a_phrase_declines() -> None:
    """The genitive after the noun stays as it is."""
    assert "Совета Безопасности" in decline_phrase("Совет Безопасности", "ru")


def test_a_headline_in_capitals_is_softened_in_place() -> None:
    """Case changes, positions do not; ordinary lines and known abbreviations stay."""
    text = "PUTIN MEETS O'BRIEN IN US\nAn IBM PC stays."
    assert soften(text) == "Putin Meets O'brien in US\nAn IBM PC stays."


def test_chunks_cover_the_beginning_without_gaps() -> None:
    """Pieces follow one another up to the limit, also without any line end or space."""
    for text in ("word " * 3000, "x" * 9000, "", "a\n" * 4500):
        pieces = chunks(text, size=1000, limit=8000)
        assert "".join(text[slice(*piece)] for piece in pieces) == text[:8000]


def test_topics_of_a_language_come_from_its_lexicon(tagger: Tagger) -> None:
    """A Russian report of shelling is about conflict first, with a score from 0 to 1."""
    text = "Войска обстреляли город ракетами, солдаты отбили атаку, дроны сбиты. Погибли военные."
    topics = [m for m in tagger.tag(article(text, "ru")) if m.kind is Kind.TOPIC]
    assert topics[0].key == "medtop:16000000"
    assert all(0 < m.salience <= 1 for m in topics)


def test_importing_loads_no_model() -> None:
    """The command line starts without waiting for spaCy or the embeddings."""
    code = "import sys, worker.tagging; print({'spacy', 'slovnet', 'wordllama', 'pymorphy3'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@given(st.text(max_size=200))
def test_folded_positions_lead_back_into_the_text(text: str) -> None:
    """Every stretch of folded text lies inside the original."""
    folded = fold(text)
    for at in range(len(folded.text)):
        start, end = folded.original(at, at + 1)
        assert 0 <= start < end <= len(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_is_tagged_and_spans_lie_in_it(tagger: Tagger, text: str, title: str) -> None:
    """No text makes the tagger fail, and no span leaves its text."""
    for found in tagger.tag(Article(title=title, text=text + " Путин", language="ru")):
        assert all(0 <= start < end <= len(text) + 6 for start, end in found.spans)
        assert all(0 <= start < end <= len(title) for start, end in found.title_spans)


def test_tagging_twice_gives_the_same(tagger: Tagger) -> None:
    """The order of mentions and every figure is settled by the text alone."""
    text = "Путин, Зеленский, Макрон и Трамп говорили о НАТО, ООН и Китае."
    assert tagger.tag(article(text, "ru")) == load_tagger().tag(article(text, "ru"))


def test_the_parts_of_an_article_are_told_apart() -> None:
    """Spans of the document lead back to title and text, and to neither for captions."""
    document = read_document(Article(title="Ab", text="Cd", captions=("Ef",)))
    assert document.text == "Ab\n\nCd\n\nEf"
    assert (document.in_title((0, 2)), document.in_body((4, 6))) == ((0, 2), (0, 2))
    assert (document.in_title((8, 10)), document.in_body((8, 10))) == (None, None)


def test_rows_of_vectors_are_those_of_the_dictionary_they_replace() -> None:
    """What a model looks up finds the same row, and nothing for a word without a vector."""
    wanted = {2**64 - 1: 7, 3: 0, 2**40: 19_999}
    rows = Rows(*pairs(srsly.msgpack_dumps(wanted)))
    assert wanted == {key: rows.get(key, -1) for key in wanted}
    assert [-1, -1] == [rows.get(4, -1), rows.get(2**64 - 2, -1)]


def test_a_large_mapping_is_read_as_it_was_written() -> None:
    """Also where keys and values of other lengths stand among the usual ones, at the end too."""
    wanted = {2**63 + 7 * n: n for n in range(70_000)}
    wanted |= {n: 40_000 + n for n in range(0, 70_000, 9_000)} | {2**31 + n: n for n in range(3)}
    keys, values = pairs(srsly.msgpack_dumps(wanted))
    assert wanted == dict(zip(keys.tolist(), values.tolist(), strict=True))


@given(
    st.text(
        alphabet=st.sampled_from("aZ `\n-ßŒéİıﬁ½…“”\u00ad\u200d\u0301Пё普أـ\U0001f600"), max_size=40
    )
)
def test_folding_a_text_is_folding_its_characters(text: str) -> None:
    """However a text is folded, each character becomes what it becomes alone, where it stands."""
    alone = [fold(character).text for character in text]
    folded = fold(text)
    assert "".join(alone) == folded.text
    origins = [at for at, part in enumerate(alone) for _ in part]
    assert [(at, at + 1) for at in origins] == [
        folded.original(at, at + 1) for at in range(len(folded.text))
    ]


@given(st.lists(st.text(alphabet="aZ `\n-ßŒİıПё\x00أΣ", max_size=8), max_size=5))
def test_folding_names_together_is_folding_each(names: list[str]) -> None:
    """Whatever stands in them."""
    assert [fold_name(name) for name in names] == fold_names(names)


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("Ирина Волк", "Irina Volk"),
        ("Дмитрий Орлов", "Dmitry Orlov"),
        ("Сергей Соловьёв", "Sergei Solovyev"),
        ("Юрий Чайковский", "Yury Chaikovsky"),
        ("Евгения Щербакова", "Yevgeniya Shcherbakova"),
        ("Володимир Гончаренко", "Volodymyr Honcharenko"),
        ("Юлія Яцик", "Yuliya Yatsyk"),
        ("Їжакевич Іван", "Yizhakevych Ivan"),
        ("Γιώργος Παπαδάκης", "Giorgos Papadakis"),
        ("Ann Lee", "Ann Lee"),
    ],
)
def test_unknown_people_have_one_key_in_several_scripts(name: str, english: str) -> None:
    """A Cyrillic or Greek name is keyed as English news writes it."""
    assert entity_key(Kind.PERSON, english) == entity_key(Kind.PERSON, name)


@given(st.text(max_size=30))
def test_every_name_has_a_key(name: str) -> None:
    """Whatever is written: no error, no spaces, the same key twice."""
    key = entity_key(Kind.PERSON, name)
    assert re.fullmatch(r"person:\S+", key)
    assert entity_key(Kind.PERSON, name) == key


def test_what_is_read_ahead_is_tagged_as_if_it_was_read_alone(tagger: Tagger) -> None:
    """Several at once, the same twice, long ones in pieces, and of other languages."""
    said = "Ann Lee, who leads Brightwater Holdings, met President Joanna Kessler in Lisbon. "
    texts = [said, f"{said}\n" * 80, "Nothing happened.", said, "", "Prices at Orbis Rail rose."]
    wanted = [article(text, "en", "KESSLER TO MEET LEE") for text in texts]
    wanted += [article("Angela Merkel sprach mit Olaf Brenko.", "de"), article("x", "")]
    alone = [tagger.tag(one) for one in wanted]
    tagger.read_ahead(wanted)
    assert [tagger.tag(one) for one in wanted] == alone
    assert {"Ann Lee", "Joanna Kessler"} <= names(alone[1], Kind.PERSON)
