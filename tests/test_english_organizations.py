"""Organizations of English texts: names joined, institutions, what is none. No model needed."""

import pytest

from worker.model import Article, Kind, Mention
from worker.tagging import Tagger, load_tagger
from worker.tagging.english.institutions import institutions
from worker.tagging.english.organizations import read_organizations
from worker.tagging.folding import fold
from worker.tagging.found import Candidate


def taken(text: str, *names: str) -> list[Candidate]:
    """The first places of some names, as a model finds them."""
    spans = [(text.index(name), text.index(name) + len(name)) for name in names]
    return [
        Candidate(span, name, tuple(fold(name).text.split()))
        for name, span in zip(names, spans, strict=True)
    ]


def read(text: str, *names: str, people: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Names of the organizations -> where they stand, by what stands there."""
    found: dict[str, list[str]] = {}
    for one in read_organizations(text, text, taken(text, *names), taken(text, *people)):
        found.setdefault(one.name, []).append(text[slice(*one.span)])
    return found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Ministry of Mines and Energy said so.", "Ministry of Mines and Energy"),
        ("Officials of the Ghanaian Foreign Ministry left.", "Ghanaian Foreign Ministry"),
        ("She teaches at the University of Cape Coast.", "University of Cape Coast"),
        ("In Accra, Legon University opened.", "Legon University"),
        ("Texas Supreme Court justices ruled.", "Texas Supreme Court"),
        ("The U.S. Court of Appeals ruled.", "U.S. Court of Appeals"),
        ("On Friday Kenya Airports Authority said so.", "Kenya Airports Authority"),
        ("the Movement for a Free Ruritania won", "Movement for a Free Ruritania"),
        ("the London-based Ruritania Reform Foundation", "Ruritania Reform Foundation"),
        ("Senator Ann Lee of the Senate Committee on Water", "Senate Committee on Water"),
        ("Ruritania's Monopolies and Mergers Commission acts", "Monopolies and Mergers Commission"),
        ("Mayor Bo of the Ruritanian Bar Association, a lawyer", "Ruritanian Bar Association"),
    ],
)
def test_an_institution_is_told_by_the_form_of_its_name(text: str, name: str) -> None:
    """Words that begin sentences, titles and owners are no part of the name."""
    assert name in [one.name for one in institutions(text)]


@pytest.mark.parametrize(
    "text",
    [
        "The Commission met.",
        "He banked on the Bank.",
        "The party of the year was a party.",
        "A university, a court and a ministry.",
        "The Soviet Union fell.",
        "Members of Parliament voted.",
        "They went to the river bank. Court was adjourned.",
        "In Parliament. The Union",
        "",
    ],
)
def test_a_word_by_itself_is_no_institution(text: str) -> None:
    """It takes a name to make an institution of a word."""
    assert list(institutions(text)) == []


def test_institutions_do_not_overlap_and_lie_in_their_lines() -> None:
    """A comma and a line end part them."""
    text = "Bank of Ys, University of Ys\nMinistry\nof Ys, Court of Ys, Ys Party"
    assert [text[slice(*one.span)] for one in institutions(text)] == [
        "Bank of Ys",
        "University of Ys",
        "Court of Ys",
        "Ys Party",
    ]


def test_the_legal_form_belongs_to_the_span_and_not_to_the_name() -> None:
    """The full stop of "Corp." does so unless the sentence ends there."""
    text = "Acme Corp., and Bora Ltd won. Cyan & Co Inc. lost to PT Dara. So did Eos Inc."
    assert read(text, "Acme", "Bora Ltd", "Cyan", "Dara", "Eos Inc") == {
        "Acme": ["Acme Corp."],
        "Bora": ["Bora Ltd"],
        "Cyan": ["Cyan & Co Inc."],
        "Dara": ["PT Dara"],
        "Eos": ["Eos Inc"],
    }


def test_an_acronym_in_brackets_is_the_name() -> None:
    """Wherever it stands later, in capitals as given."""
    text = "The Ruritania Cocoa Board (RUCOB) fell. RUCOB said so; rucob is no word, nor RUCOBS."
    assert read(text, "Ruritania Cocoa Board (RUCOB") == {
        "Ruritania Cocoa Board": [
            "Ruritania Cocoa Board",
            "RUCOB",
            "RUCOB",
        ]
    }


def test_a_part_of_one_name_is_that_name() -> None:
    """Of several names it may be a part of, it is none."""
    text = "The Ys Grain Commission met. The Commission was glad."
    commission = Candidate((33, 43), "Commission", ("commission",))
    assert [one.name for one in read_organizations(text, text, [commission], [])] == [
        "Ys Grain Commission",
        "Ys Grain Commission",
    ]
    text = "Ys Ore Commission. The Commission and Ys Tin Commission met."
    commission = Candidate((23, 33), "Commission", ("commission",))
    names = [one.name for one in read_organizations(text, text, [commission], [])]
    assert names == ["Ys Ore Commission", "Commission", "Ys Tin Commission"]


def test_a_name_is_found_where_the_model_missed_it() -> None:
    """But not inside words, in people's names, or where it is an ordinary word."""
    text = "Blue Fox won. Then Blue Fox lost, Blue Foxes ran and Blue Fox-like beasts. Ann Blue Fox left."
    found = read(text, "Blue Fox", people=("Ann Blue Fox",))
    assert found == {"Blue Fox": ["Blue Fox", "Blue Fox"]}
    assert read("Winter AG fell. In Winter, winter comes.", "Winter AG") == {
        "Winter": ["Winter AG"]
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CATTLE CALVES HOGS\nPrices fell.", "CATTLE CALVES HOGS"),
        ("Finance Minister Ann Lee spoke.", "Finance"),
        ("The Secretary of State spoke.", "State"),
        ("Foreign Affairs Minister Bo spoke.", "Foreign Affairs"),
        ("Ruritania - Results of today", "Ruritania - Results"),
        ("the Gulf of Mexico is warm", "Gulf of Mexico"),
        ("loads W224 Mobil again", "W224 Mobil"),
        ("He lives in Q. Street", "Q."),
    ],
)
def test_what_no_editor_would_call_an_organization_is_none(text: str, name: str) -> None:
    """Rows of tables, headlines in capitals, portfolios, seas."""
    assert read(text, name) == {}


def test_two_names_joined_by_and_are_two() -> None:
    """Where the model found one of them, "and" parts."""
    text = "Acme Airways and Bora Airlines merge."
    assert read(text, "Acme Airways", "Bora Airlines") == {
        "Acme Airways": ["Acme Airways"],
        "Bora Airlines": ["Bora Airlines"],
    }


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("ROTTERDAM — The Northern Ports Alliance met.", "ROTTERDAM — The Northern Ports Alliance"),
        ("Tema – Northern Ports Alliance ships sail.", "Tema – Northern Ports Alliance"),
    ],
)
def test_a_dateline_is_no_part_of_a_name(text: str, span: str) -> None:
    """Agencies put it before their first sentence, and models take it along."""
    assert {"Northern Ports Alliance": ["Northern Ports Alliance"]} == read(text, span)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with what Tocsin ships."""
    return load_tagger()


def organizations(tagger: Tagger, text: str) -> dict[str, Mention]:
    """The organizations of an English article."""
    article = Article(title="", text=text, language="en")
    return {m.name: m for m in tagger.tag(article) if m.kind is Kind.ORGANIZATION}


def test_a_known_name_inside_a_longer_one_is_not_meant(tagger: Tagger) -> None:
    """A state's court is not the country's, nor a university its city."""
    text = "In the United States, the Florida Supreme Court and the Senate Banking Committee met."
    found = organizations(tagger, text)
    assert "Florida Supreme Court" in found
    assert "US Supreme Court" not in found


def test_a_company_is_known_with_its_legal_form(tagger: Tagger) -> None:
    """The span takes it in, the name is the known one."""
    text = "Shares in British Airways Plc and Toyota Motor Corp. fell, analysts said."
    found = organizations(tagger, text)
    assert [text[slice(*span)] for span in found["British Airways"].spans] == [
        "British Airways Plc"
    ]
    assert [text[slice(*span)] for span in found["Toyota"].spans] == ["Toyota Motor Corp."]


def test_an_acronym_means_what_the_article_says(tagger: Tagger) -> None:
    """AFP is an agency, but not in an article on the Philippines' army."""
    text = "The Armed Forces of the Philippines (AFP) has new ships. An AFP spokesman was proud."
    found = organizations(tagger, text)
    assert found["Armed Forces of the Philippines"].count == 3
    assert "Agence France-Presse" not in found


def test_newspapers_spare_capitals(tagger: Tagger) -> None:
    """The party and the ministry are the same in lower case."""
    text = "In Britain, the Labour party and the Conservative party met. The Russian foreign ministry did not."
    found = organizations(tagger, text)
    assert {"Labour Party (UK)", "Conservative Party (UK)", "Russian Foreign Ministry"} <= set(
        found
    )


def test_the_amazon_is_a_river(tagger: Tagger) -> None:
    """The company takes no article."""
    assert "Amazon" not in organizations(tagger, "Fires in the Amazon spread. The Amazon is dry.")
    assert "Amazon" in organizations(tagger, "Amazon shares rose after Amazon said it hired 5,000.")


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("Farmers block a road. He left.", "Farmers", {}),
        ('They met.\n"Universities close," she said.', "Universities", {}),
        ("He left. Ports close.", "Ports", {}),
        ("He owns the Farmers of Ys.", "Farmers", {"Farmers": ["Farmers"]}),
        ("Fishermen Inc. sank.", "Fishermen Inc", {"Fishermen": ["Fishermen Inc."]}),
        ("Steelers win.", "Steelers", {"Steelers": ["Steelers"]}),
    ],
)  # fmt: skip
def test_an_ordinary_word_that_begins_a_sentence_is_no_name(
    text: str, name: str, found: dict[str, list[str]]
) -> None:
    """Several of a kind are none with the capital of their sentence alone."""
    assert read(text, name) == found


def test_a_name_that_is_an_ordinary_word_is_one_where_it_stands_in_full() -> None:
    """The full name tells that the word is meant as one."""
    text = "Farmers Group of Ys said so. Farmers is an insurer."
    named = [*taken(text, "Farmers Group of Ys"), Candidate((29, 36), "Farmers", ("farmers",))]
    names = [one.name for one in read_organizations(text, text, named, [])]
    assert names == ["Farmers Group of Ys", "Farmers Group of Ys"]
