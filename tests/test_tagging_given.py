"""People nobody has listed, in languages whose names are found by rule."""

import pytest

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger
from worker.tagging.given import LANGUAGES
from worker.tagging.given.polish import forms_of, nominatives
from worker.tagging.given.rule import find_people


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with what Tocsin ships."""
    return load_tagger()


def people(tagger: Tagger, text: str, language: str) -> dict[str, list[str]]:
    """The people of a text by name, with the words that name them."""
    mentions = tagger.tag(Article(title="", text=text, language=language))
    return {
        one.name: [text[slice(*span)] for span in one.spans]
        for one in mentions
        if one.kind is Kind.PERSON
    }


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "Hugo Vernoux se tait. Les amis d'Hugo et l'avocat de Vernoux aussi, dit-on de Vernoux.",
         {"Hugo Vernoux": ["Hugo Vernoux", "Vernoux", "Vernoux"]}),
        ("fr", "L'idée d'Agathe Le Quellec déplaît. Le Quellec insiste, et l'avis d'Aurélien Lestrade manque.",
         {"Agathe Le Quellec": ["Agathe Le Quellec", "Le Quellec"], "Aurélien Lestrade": ["Aurélien Lestrade"]}),
        ("de", "Jonas Richter klagt. Der Richter gab Richter recht. Richters Anwalt jubelt.",
         {"Jonas Richter": ["Jonas Richter", "Richter", "Richter"]}),
        ("es", "Habló Lucía Cantalapiedra Soto. Cantalapiedra negó todo.",
         {"Lucía Cantalapiedra Soto": ["Lucía Cantalapiedra Soto", "Cantalapiedra"]}),
        ("it", "Parla Ezio Quartarone. Il ricorso dell'avvocato e l'appello di Quartarone restano.",
         {"Ezio Quartarone": ["Ezio Quartarone", "Quartarone"]}),
        ("pt", "Falou Osvaldo Pimenta da Silveira. Silveira negou.",
         {"Osvaldo Pimenta da Silveira": ["Osvaldo Pimenta da Silveira", "Silveira"]}),
        ("tr", "Gazeteci Nermin Sarıkaya konuştu. Sarıkaya'nın sözleri tepki çekti, Sarıkaya’ya yanıt geldi.",
         {"Nermin Sarıkaya": ["Nermin Sarıkaya", "Sarıkaya", "Sarıkaya"]}),
        ("pl", "Sąd skazał Marka Wróbla. Obrońca Wróbla milczy, a z Wróblem nikt nie rozmawiał.",
         {"Marek Wróbel": ["Marka Wróbla", "Wróbla", "Wróblem"]}),
        ("pl", "Rozmowa z Anną Zarębą-Nowicką. Zaręba-Nowicka nie żałuje.",
         {"Anna Zaręba-Nowicka": ["Anną Zarębą-Nowicką", "Zaręba-Nowicka"]}),
    ],
)  # fmt: skip
def test_a_name_told_by_its_given_name_is_carried_through_the_article(
    tagger: Tagger, language: str, text: str, expected: dict[str, list[str]]
) -> None:
    """Elided articles, endings and cases do not hide a surname; a common word is none."""
    assert expected == people(tagger, text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Accident rue Pierre Vernoux, près du lycée Simone Vernoux. Le groupe Jean Vernoux SA recrute."),
        ("fr", "Le stade Marcel Vernoux et la « Julie Vernoux », un voilier, attendent."),
        ("de", "In der Fritz Sandvoss Straße brennt es. Die Anna Sandvoss Stiftung hilft, auch die Fregatte Otto Sandvoss."),
        ("es", "El colegio Luis Ochotorena reabre. En la calle de Juan Ochotorena no hay luz. Pierde el Carlos Ochotorena."),
        ("it", "Chiusa via Carlo Quartarone. Il premio Elsa Quartarone va a nessuno, il liceo Ugo Quartarone protesta."),
        ("pt", "A escola Ana Bevilaqua abriu. Na avenida João Bevilaqua há obras e o navio Rui Bevilaqua partiu."),
        ("tr", "Ahmet Sarıkaya Caddesi kapandı. Ayşe Sarıkaya Üniversitesi açıldı, Ali Sarıkaya Stadyumu doldu."),
        ("pl", "Na ulicy Jana Wróbla stoi szkoła imienia Anny Wróbel. Stadion Marka Wróbla jest pusty."),
        ("es", "Ruta de Plata y Mina de Cobre cierran. Julio y Agosto fueron secos."),
        ("de", "Will Deutschland das? Im Mai Regen, im August Sonne."),
        ("fr", "MARIE VERNOUX DIT NON AU PLAN DE RIGUEUR"),
    ],
)  # fmt: skip
def test_what_is_called_after_somebody_is_nobody(tagger: Tagger, language: str, text: str) -> None:
    """Streets, schools, prizes, ships and companies; nor are words that are names elsewhere."""
    assert {} == people(tagger, text, language)


def test_a_street_called_after_a_known_person_is_not_about_that_person(tagger: Tagger) -> None:
    """Unless the person is named otherwise too."""
    street = "L'incendie de l'avenue Emmanuel Macron est éteint."
    assert {} == people(tagger, street, "fr")
    both = street + " Emmanuel Macron a remercié les pompiers."
    assert ["Emmanuel Macron"] == list(people(tagger, both, "fr"))


def test_a_namesake_is_not_the_known_person(tagger: Tagger) -> None:
    """A bare surname belongs to whom the article names in full."""
    text = "Die Lehrerin Swantje Merz klagt. Nach Ansicht von Merz ist die Schule zu laut."
    assert {"Swantje Merz": ["Swantje Merz", "Merz"]} == people(tagger, text, "de")


def test_behind_an_office_the_given_name_need_not_be_known() -> None:
    """Two capitalized words behind "ministre" are a name."""
    found = find_people("La ministre Zwkelia Vaucelles démissionne, dit-elle.", "fr").people
    assert [("Zwkelia Vaucelles", "office")] == [(one.name, one.found_by) for one in found]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_texts_without_words_have_no_people(language: str) -> None:
    """Nothing, signs and numbers are read without error."""
    for text in ("", "...", "—", "12 345", "A.", "J. R. R.", "d'", "de la"):
        assert [] == list(find_people(text, language).people)


@pytest.mark.parametrize(
    ("nominative", "female", "cases"),
    [
        ("Wróbel", False, "Wróbla Wróblowi Wróblem Wróblu"),
        ("Kowalski", False, "Kowalskiego Kowalskiemu Kowalskim"),
        ("Nowak", False, "Nowaka Nowakowi Nowakiem Nowaku"),
        ("Duda", False, "Dudy Dudzie Dudę Dudą"),
        ("Górecka", True, "Góreckiej Górecką"),
        ("Konieczny", False, "Koniecznego Koniecznemu Koniecznym"),
        ("Kaczmarek", False, "Kaczmarka Kaczmarkowi Kaczmarkiem Kaczmarku"),
    ],
)
def test_polish_cases_lead_back_to_the_nominative(
    nominative: str, cases: str, *, female: bool
) -> None:
    """Every case of a surname is known, and each leads to the surname."""
    known = forms_of(nominative, female=female)
    assert set(cases.split()) == {form for forms in known.values() for form in forms}
    for case, forms in known.items():
        for form in forms:
            assert nominative in nominatives(form, frozenset({case}), female=female)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "zh",
            "局长夏明岚表示支持。记者随后采访了夏明岚。",
            {"夏明岚": ["夏明岚", "夏明岚"]},
        ),
        (
            "zh",
            "总理科妮·韦伯斯特抵达巴黎。韦伯斯特说，她很高兴。",
            {"科妮·韦伯斯特": ["科妮·韦伯斯特", "韦伯斯特"]},
        ),
        ("zh", "局长说明了情况，主任在会上讲话，书记处开会。圣路易斯·马德拉大桥通车。", {}),
        (
            "ja",
            "ノラ・ヴェーバー首相が来日し、ヴェーバー首相は演説した。",
            {"ノラ・ヴェーバー": ["ノラ・ヴェーバー", "ヴェーバー"]},
        ),
        ("ja", "ロサンゼルス・タイムズとサン・フランシスコ。", {}),
    ],
)
def test_names_without_capitals_are_told_by_what_marks_them_off(
    tagger: Tagger, language: str, text: str, expected: dict[str, list[str]]
) -> None:
    """Offices, dots and honorifics; elsewhere the name, or its last part, is found again."""
    assert expected == people(tagger, text, language)
