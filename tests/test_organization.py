"""The lists of organizations: how strictly they are read, what is found by them and what is not."""

from collections import Counter, defaultdict
from functools import cache
from itertools import combinations

import pytest

from tests.models import SMALL
from worker.model import Article, Entity, Kind
from worker.tagging import Gazetteer, Tagger, load_tagger
from worker.tagging.entries import EntryError
from worker.tagging.gazetteer import Form, Standing, slug, written
from worker.tagging.inflection import decline_phrase
from worker.tagging.organization import (
    Organization,
    compiled,
    parse_organizations,
    read_organizations,
)
from worker.tagging.shipped import shipped

ENTRY = "- {name: Acme, countries: [FR]"


@cache
def everything() -> tuple[Organization, ...]:
    """The organizations of the lists, and the phrases that are none."""
    return read_organizations()


@cache
def gazetteer() -> Gazetteer:
    """What Tocsin ships."""
    return Gazetteer(shipped())


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with what Tocsin ships."""
    return load_tagger()


def found(tagger: Tagger, language: str, text: str, title: str = "") -> set[str]:
    """Names of the organizations of a text."""
    article = Article(title=title, text=text, language=language)
    return {m.name for m in tagger.tag(article) if m.kind is Kind.ORGANIZATION}


def test_an_entry_says_what_an_organization_is() -> None:
    """Every key of an entry arrives; comments are no entries."""
    text = (
        "# a comment\n"
        "- {name: Acme, countries: ['NO', SE], speaks_for: true, names: [Акме, maker ~Acme],"
        " named: [Acme], placed: [The House@en], wikidata: Q1}\n"
        "- {name: Acme Street, silent: true}\n"
    )
    assert list(parse_organizations(text, "x.yaml")) == [
        Organization(
            name="Acme",
            countries=("NO", "SE"),
            speaks_for=True,
            names=("Акме", "maker ~Acme"),
            named=("Acme",),
            placed=("The House@en",),
            wikidata="Q1",
        ),
        Organization(name="Acme Street", silent=True),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ENTRY + ", kind: firm}", "x.yaml, line 1 (Acme): unknown key: kind"),
        (ENTRY + ", countries: [DE]}", "x.yaml, line 1: repeated key: countries"),
        ("- {name: Acme}", "x.yaml, line 1 (Acme): countries are missing ([] for none)"),
        ("- {name: Acme, countries: [fr]}", "x.yaml, line 1 (Acme): no code: fr"),
        ("- {name: Acme, countries: FR}", "x.yaml, line 1 (Acme): countries is no list of texts"),
        ("\n- {countries: [FR]}", "x.yaml, line 2 (None): name is missing or no text"),
        (ENTRY + ", names: [A, A]}", "x.yaml, line 1 (Acme): twice in names: A"),
        (ENTRY + ", names: [1]}", "x.yaml, line 1 (Acme): names is no list of texts"),
        (ENTRY + ", speaks_for: 1}", "x.yaml, line 1 (Acme): speaks_for is neither true nor false"),
        (
            "- {name: Acme, countries: [], speaks_for: true}",
            "x.yaml, line 1 (Acme): speaks_for asks for a country",
        ),
        (
            "- {name: Acme, countries: [], placed: [A]}",
            "x.yaml, line 1 (Acme): placed asks for a country",
        ),
        (
            ENTRY + ", named: [Acme]}",
            "x.yaml, line 1 (Acme): no name counts before another one does",
        ),
        (
            "- {name: Acme@fr, countries: []}",
            "x.yaml, line 1 (Acme@fr): @ and ~ have no place in the name itself",
        ),
        ("Acme", "x.yaml: is no list of entries"),
        ("- Acme", "x.yaml, line 1: is no entry"),
        ("- {name: [", "x.yaml, line 2: "),
    ],
)
def test_a_slip_is_an_error_that_says_where(text: str, says: str) -> None:
    """A list that is not as the README has it is refused, with the place and the entry."""
    with pytest.raises(EntryError) as error:
        list(parse_organizations(text, "x.yaml"))
    assert str(error.value).startswith(says)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Acme", Form("Acme")),
        ("Acme@de fr", Form("Acme", languages=frozenset({"de", "fr"}))),
        ("maker ~Acme", Form("maker Acme", lead=6)),
        ("«Акме»", Form("«Акме»", lead=1, quoted=True)),
        (
            "газета ~«Акме»@ru",
            Form("газета «Акме»", languages=frozenset({"ru"}), lead=8, quoted=True),
        ),
        ("газета «Акме»", Form("газета «Акме»")),
    ],
)
def test_a_name_is_written_with_what_it_asks_for(name: str, form: Form) -> None:
    """Languages, words that have to stand before the name, and quotes."""
    assert form == written(name)


def test_a_name_in_a_list_counts_as_that_list_says() -> None:
    """What stands for the name itself in a list is not undone by the name."""
    assert Organization(name="Acme", names=("A",)).by_itself == ("Acme", "A")
    assert Organization(name="Acme", names=("A",), named=("Acme",)).by_itself == ("A",)
    assert Organization(name="Acme", names=("Acme@de",)).by_itself == ("Acme@de",)


def test_the_compiled_list_is_the_lists() -> None:
    """organizations.json was written after the last change of the lists."""
    by_name = {
        known.entity.name: known for known in shipped() if known.entity.kind is Kind.ORGANIZATION
    }
    assert [raw["name"] for raw in compiled(everything())] == list(by_name)
    for one in everything():
        texts = {form.text.lower() for form in by_name[one.name].forms}
        names = (*one.by_itself, *one.named, *one.placed)
        assert {written(name).text.lower() for name in names} <= texts


def test_there_are_organizations_of_every_kind_and_region() -> None:
    """Thousands, in the main scripts, of well over a hundred countries."""
    loud = [one for one in everything() if not one.silent]
    letters = "".join(name for one in loud for name in one.names)
    assert len(loud) > 2_000
    assert len({code for one in loud for code in one.countries}) > 120
    assert all(
        any(low <= c <= high for c in letters) for low, high in ("ая", "اي", "一龥", "가힣", "את")
    )


def test_no_two_organizations_have_one_key() -> None:
    """A key is an entity: two of one would be one mention."""
    keys = Counter(slug(one.name) for one in everything())
    assert [key for key, times in keys.items() if times > 1] == []


def test_no_name_counts_by_itself_for_two() -> None:
    """Which of two is meant is for the article to say."""
    bearers: dict[str, list[tuple[str, frozenset[str] | None]]] = defaultdict(list)
    for one in everything():
        for form in map(written, one.by_itself):
            bearers[form.text].append((one.name, form.languages))
    shared = [
        (text, one, other)
        for text, names in bearers.items()
        for (one, spoken), (other, also) in combinations(names, 2)
        if one != other and (spoken is None or also is None or spoken & also)
    ]
    assert shared == []


@pytest.mark.parametrize(
    ("name", "language", "form", "never"),
    [
        ("Українська правда", "uk", "Українській правді", "Українській правда"),
        ("Червоний Хрест", "uk", "Червоного Хреста", "Червоним Хрест"),
        ("Рада Європи", "uk", "Раді Європи", "Радій Європам"),
        ("Белые каски", "ru", "Белых касок", "Белейших касок"),
        ("Высшая школа экономики", "ru", "Высшей школы экономики", "Высшая школы экономики"),
    ],
)
def test_a_name_is_declined_up_to_its_first_noun(
    name: str, language: str, form: str, never: str
) -> None:
    """An adjective that is also a surname goes with its noun; what follows the noun stays."""
    forms = decline_phrase(name, language)
    assert form in forms
    assert never not in forms


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("ru", "Об этом сообщили в Кремле.", "Kremlin"),
        ("ru", "Встреча с представителями Газпрома прошла в Москве.", "Gazprom"),
        ("ru", "По данным Генштаба ВСУ, атаки отбиты.", "General Staff of Ukraine"),
        ("ru", "Корреспондент «Медузы» был задержан.", "Meduza"),
        ("ru", "Как писала газета «Правда», урожай собран.", "Pravda (newspaper)"),
        ("ru", "Он дал интервью «Радио Свобода».", "Radio Free Europe/Radio Liberty"),
        ("ru", "Эксперты Гринписа бьют тревогу.", "Greenpeace"),
        (
            "ru",
            "Она преподаёт в Московском государственном университете.",
            "Moscow State University",
        ),
        ("ru", "В Русской православной церкви промолчали.", "Russian Orthodox Church"),
        ("uk", "Про це заявили у Верховній Раді.", "Verkhovna Rada"),
        ("uk", "Журналісти «Української правди» знайшли маєток.", "Ukrainska Pravda"),
        ("uk", "За даними Служби безпеки України, їх затримали.", "SBU"),
        ("de", "Der Bundestag stimmte am Freitag zu.", "Bundestag"),
        ("de", "Laut Reporter ohne Grenzen sitzt sie in Haft.", "Reporters Without Borders"),
        ("de", "Die Süddeutsche Zeitung berichtete zuerst.", "Süddeutsche Zeitung"),
        ("de", "Das Ifo-Institut senkt die Prognose.", "Ifo Institute"),
        ("fr", "Selon l'ONU, dix civils ont été tués.", "United Nations"),
        ("fr", "Médecins sans frontières a fermé l'hôpital.", "Doctors Without Borders"),
        ("fr", "C'est ce que révèle Mediapart.", "Mediapart"),
        ("fr", "En France, le Conseil constitutionnel a tranché.", "Conseil constitutionnel"),
        ("es", "La OTAN refuerza su presencia.", "NATO"),
        ("es", "Según el diario El País, hubo dos reuniones.", "El País"),
        ("es", "La Universidad Complutense abre sus aulas.", "Complutense University of Madrid"),
        ("it", "Lo scrive il Corriere della Sera.", "Corriere della Sera"),
        ("pt", "Segundo o Datafolha, a rejeição caiu.", "Datafolha"),
        ("ar", "وقالت منظمة العفو الدولية إن المعتقلين تعرضوا للتعذيب", "Amnesty International"),
        ("ar", "أعلنت كتائب القسام مسؤوليتها", "Al-Qassam Brigades"),
        ("ar", "ذكرت وكالة رويترز أن الاجتماع تأجل", "Reuters"),
        ("zh", "据新华社报道,会议昨天结束。", "Xinhua"),
        ("zh", "他毕业于清华大学。", "Tsinghua University"),
        ("ja", "読売新聞によると、首相が辞任する。", "Yomiuri Shimbun"),
        ("ko", "연합뉴스에 따르면 회담이 열렸다.", "Yonhap"),
        ("he", "כך דווח בידיעות אחרונות", "Yedioth Ahronoth"),
        ("en", "Researchers at Johns Hopkins tracked the outbreak.", "Johns Hopkins University"),
        (
            "en",
            "The Institute for the Study of War said so on Sunday.",
            "Institute for the Study of War",
        ),
    ],
)
def test_an_organization_is_found_in_its_languages_and_forms(
    tagger: Tagger, language: str, text: str, name: str
) -> None:
    """Case endings, attached particles, quotes and unspaced scripts do not hide a name."""
    assert name in found(tagger, language, text)


NOT_MEANT = [
    ("en", "An apple a day is good for children, and so are pears.", "Apple"),
    ("en", "Apple pie and Apple crumble were served at the village fair.", "Apple"),
    ("en", "She found a shell on the beach and held it to her ear.", "Shell"),
    ("en", "A shell hit the hospital; shell casings were found nearby.", "Shell"),
    ("en", "Target practice takes place behind the barracks every Sunday.", "Target (company)"),
    ("en", "Mind the gap between the train and the platform.", "Gap (company)"),
    ("en", "He overstayed his visa and was sent home.", "Visa (company)"),
    ("en", "Visa applications take six weeks, the embassy said.", "Visa (company)"),
    ("en", "It was a meta discussion about discussions.", "Meta"),
    ("en", "Orange juice and orange peel gave the cake its taste.", "Orange (company)"),
    ("en", "The total came to forty people.", "TotalEnergies"),
    ("en", "Labour costs rose; skilled labour is scarce.", "Labour Party (UK)"),
    ("en", "Eat your greens, the doctor told the boys.", "Alliance 90/The Greens"),
    ("en", "Reform of the pension system is overdue.", "Reform UK"),
    ("en", "Time is running out for the rescuers.", "Time (magazine)"),
    ("en", "TIME IS RUNNING OUT FOR THE RESCUERS\nThe men were trapped.", "Time (magazine)"),
    ("en", "People gathered in the square to mourn.", "People (magazine)"),
    ("en", "The Amazon rises in the Andes. The Amazon rainforest burns.", "Amazon"),
    ("en", "He visited the Bahamas in May.", "Hamas"),
    ("en", "WHO IS TO BLAME FOR THE FLOOD?\nNobody knows.", "World Health Organization"),
    ("en", "Who is to blame? Nobody knows who did it.", "World Health Organization"),
    ("en", "WHAT IS TO BE DONE\nThe question is an old one.", "Islamic State"),
    ("en", "THE ICE IS MELTING FAST IN THE NORTH\nIt is.", "Immigration and Customs Enforcement"),
    ("en", "It takes a sec to load.", "Securities and Exchange Commission"),
    ("en", "The independent candidate won.", "The Independent"),
    ("en", "The Sun rose over the valley at six.", "The Sun (UK)"),
    ("en", "The Hindu community celebrated Diwali.", "The Hindu"),
    ("en", "The Australian government rejected the plan.", "The Australian"),
    ("en", "The Atlantic was calm and the boats came home.", "The Atlantic"),
    ("en", "Wired fences kept the cattle in.", "Wired"),
    ("en", "Mars is the fourth planet from the Sun.", "Mars (company)"),
    ("en", "The puma escaped from the zoo.", "Puma (company)"),
    ("en", "He saw a jaguar in the forest.", "Jaguar Land Rover"),
    ("en", "The fed up mother left; the dog was fed.", "Federal Reserve"),
    ("en", "The quad bike turned over.", "Quadrilateral Security Dialogue"),
    ("en", "Union members voted for a strike.", "European Union"),
    ("en", "The pentagon has five sides, as pupils learn.", "Pentagon"),
    ("en", "The white house on the corner was sold.", "White House"),
    ("en", "The Renaissance began in Florence.", "Renaissance (France)"),
    ("en", "Her IRA grew to $200,000 before she retired.", "IRA"),
    ("en", "Nikola Tesla was born in Smiljan.", "Tesla"),
    ("en", "Pieter Bruegel painted The Harvesters.", "Bruegel (think tank)"),
    ("en", "Breaking the silence took her thirty years.", "Breaking the Silence (Israel)"),
    ("en", "Article 19 of the treaty forbids it.", "Article 19"),
    ("en", "The Nationals beat the Mets in ten innings.", "National Party of Australia"),
    ("en", "The Nigerian Senate passed the bill.", "US Senate"),
    ("en", "The Guardian Council vetoed the bill.", "The Guardian"),
    ("en", "Norway's Labour Party won the election in Oslo.", "Labour Party (UK)"),
    ("en", "Canada's Conservative Party met in Ottawa.", "Conservative Party (UK)"),
    ("en", "The Green Party of Canada lost its only seat.", "Green Party of England and Wales"),
    ("fr", "Un homme et un enfant ont été blessés.", "United Nations"),
    ("fr", "UN HOMME ET UN ENFANT BLESSÉS\nLa police enquête.", "United Nations"),
    ("fr", "Il a eu un accident ; eu égard à son âge, il reste.", "European Union"),
    ("fr", "Le monde entier regarde la finale.", "Le Monde"),
    ("fr", "La libération des otages est attendue.", "Libération"),
    ("fr", "Le temps sera pluvieux, le soir tombera.", "Le Temps"),
    ("fr", "L'équipe de France a gagné.", "L'Équipe"),
    ("fr", "La France bat la Belgique, France 3 Belgique 1.", "France Télévisions"),
    ("es", "UN HOMBRE MUERE EN MADRID\nLa policía investiga.", "United Nations"),
    ("es", "Podemos decir que la situación es grave.", "Podemos"),
    ("es", "Sumar y restar es lo primero que se aprende.", "Sumar"),
    ("es", "El mundo entero mira la final.", "El Mundo"),
    ("es", "El País Vasco celebra elecciones.", "El País"),
    ("es", "La meta está cerca. Meta es un departamento.", "Meta"),
    ("es", "Al final, el al fin llegó.", "El Al"),
    ("es", "Político y escritor, murió a los 80 años.", "Politico"),
    ("es", "Moderna y cómoda, la casa gustó.", "Moderna"),
    ("es", "Proceso de paz en marcha.", "Proceso"),
    ("de", "Ein Bild sagt mehr als Worte. Bild und Ton waren gut.", "Bild"),
    ("de", "Die Zeit drängt, und die Welt schaut zu.", "Die Zeit"),
    ("de", "Die Welt schaut zu.", "Die Welt"),
    ("de", "Über den Wolken ist die Freiheit grenzenlos.", "Uber"),
    ("de", "Der Focus liegt auf der Forschung.", "Focus (magazine)"),
    ("de", "Der Standard ist hoch.", "Der Standard"),
    ("de", "Die Rolling Stones spielten in Berlin.", "Rolling Stone"),
    ("it", "La lega di alluminio è leggera.", "Lega (Italy)"),
    ("pt", "Veja como votar no domingo.", "Veja"),
    ("pt", "Chega de violência, disse ela.", "Chega"),
    ("pt", "EU NÃO SEI NADA DISSO\nDisse o homem.", "European Union"),
    ("ro", "EU SUNT AICI\nA spus omul.", "European Union"),
    ("sv", "Politiken är svår.", "Politiken"),
    ("tr", "Hürriyet için savaştı.", "Hürriyet"),
    ("ru", "Настоящее время глагола образуется просто.", "Current Time"),
    ("ru", "Россия сегодня объявила о мерах.", "Rossiya Segodnya"),
    ("ru", "Медуза плавает в море.", "Meduza"),
    ("ru", "Известия о смерти поэта дошли до столицы.", "Izvestia"),
    ("ru", "Яблоко упало с дерева.", "Yabloko"),
    ("ru", "Дождь шёл весь день.", "TV Rain"),
    ("ru", "Вагнер сочинял оперы.", "Wagner Group"),
    ("uk", "Свобода слова є правом.", "Svoboda (Ukraine)"),
    ("uk", "Громадське слухання відбулося.", "Hromadske"),
    ("zh", "苹果很甜,孩子们喜欢。", "Apple"),
    ("zh", "亚马逊雨林正在燃烧。", "Amazon"),
]


#: What the small model takes for names.
SMALL_MISTAKES = {"IRA", "Target (company)"} if SMALL else set()


@pytest.mark.parametrize(
    ("language", "text", "name"), [one for one in NOT_MEANT if one[2] not in SMALL_MISTAKES]
)
def test_a_word_is_not_the_organization_named_by_it(
    tagger: Tagger, language: str, text: str, name: str
) -> None:
    """Fruit, magazines in capitals, articles and rivers are not organizations."""
    assert gazetteer().find(Kind.ORGANIZATION, name) is not None
    assert name not in found(tagger, language, text)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("de", "Die Zeitung Die Zeit, Zeit Online und Die Zeit.", "Die Zeit"),
        ("fr", "La Croix, le quotidien La Croix.", "La Croix"),
        ("es", "Podemos, el partido Podemos, negocia.", "Podemos"),
        ("en", "Amnesty International spoke. Amnesty had warned.", "Amnesty International"),
    ],
)
def test_a_weak_name_counts_beside_a_strong_one(
    tagger: Tagger, language: str, text: str, name: str
) -> None:
    """Once the organization is named in full, the word is its name."""
    article = Article(title="", text=text, language=language)
    [mention] = [m for m in tagger.tag(article) if m.name == name]
    assert text.count(name.split(maxsplit=1)[0]) <= mention.count + 1


def test_a_short_form_that_a_model_found_asks_for_its_country() -> None:
    """The model says "Nationals" is an organization, but not whose."""
    known = gazetteer().organization("Labor", "en", {"AU"})
    assert isinstance(known, Entity)
    assert known.name == "Australian Labor Party"
    assert gazetteer().organization("Labor", "en", {"US"}) is None
    assert gazetteer().organization("Apple", "en") is not None
    assert gazetteer().organization("TIME", "en", {"US"}) is not None
    assert gazetteer().organization("Time", "en", {"US"}) is None


def test_quotes_are_no_part_of_a_quoted_name(tagger: Tagger) -> None:
    """The span of «Медуза» is the word."""
    text = "Об этом пишет «Медуза»."
    [mention] = [
        m for m in tagger.tag(Article(title="", text=text, language="ru")) if m.name == "Meduza"
    ]
    assert [text[slice(*span)] for span in mention.spans] == ["Медуза"]
    assert "Медуза" in next(k.entity.aliases for k in shipped() if k.entity.name == "Meduza")


def test_standing_orders_the_evidence() -> None:
    """What counts by itself is stronger than what needs company."""
    assert Standing.PLACED < Standing.NAMED < Standing.ALONE
