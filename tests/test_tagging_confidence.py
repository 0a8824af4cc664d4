"""How sure a mention is, and the named reason it rests on."""

import pytest

from worker.model import Article, Confidence, Entity, Kind, Mention
from worker.tagging import Tagger, load_tagger

PUTIN = "Vladimir Putin"


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The shipped tagger; its English model is loaded by the first English text."""
    return load_tagger()


def mentions(
    tagger: Tagger, text: str, language: str = "en", title: str = ""
) -> dict[str, Mention]:
    """Mentions by name."""
    found = tagger.tag(Article(title=title, text=text, language=language))
    return {one.name: one for one in found}


def told(mention: Mention) -> tuple[str, str]:
    """How sure it is, and why."""
    return mention.confidence.value, mention.support


@pytest.mark.parametrize(
    ("language", "text", "who", "why"),
    [
        ("en", "Vladimir Putin likes tea.", PUTIN, "full name"),
        ("ru", "О привычках Владимира Путина.", PUTIN, "full name"),
        ("zh", "习近平喜欢喝茶。", "Xi Jinping", "full name"),
        ("de", "Ein Tee für Kanzler Merz.", "Friedrich Merz", "office beside it"),
        ("ru", "Чай для президента России Путина.", PUTIN, "office beside it"),
        ("fr", "Du thé pour le président russe Poutine.", PUTIN, "office beside it"),
        ("en", "Tea for Putin, president since 2012, was late.", PUTIN, "office beside it"),
        ("pl", "Herbata prezydenta Nawrockiego wystygła.", "Karol Nawrocki", "office beside it"),
    ],
)
def test_a_full_name_or_an_office_is_certain(
    tagger: Tagger, language: str, text: str, who: str, why: str
) -> None:
    """In any script and case; the office may stand before or behind, a country between."""
    assert (Confidence.CERTAIN.value, why) == told(mentions(tagger, text, language)[who])


def test_an_office_of_another_does_not_count(tagger: Tagger) -> None:
    """Nor does one in the sentence before."""
    apart = "Brot für den Kanzler. Merz öffnet früh."
    assert told(mentions(tagger, apart, "de")["Friedrich Merz"])[1] != "office beside it"
    spokesman = mentions(tagger, "Tee für den Sprecher Merz.", "de")["Friedrich Merz"]
    assert told(spokesman) == ("possible", "bare surname, no support")


def test_two_reasons_make_a_bare_surname_certain_and_one_likely(tagger: Tagger) -> None:
    """The country, who is named beside, the organization, the deed and the topic are reasons."""
    assert mentions(tagger, "Putin!", "de")[PUTIN].confidence is Confidence.POSSIBLE
    one = mentions(tagger, "Putin, Russland und der Tee.", "de")[PUTIN]
    assert told(one) == ("likely", "country")
    two = mentions(tagger, "Putin sagt: Russland liebt den Tee.", "de")[PUTIN]
    assert told(two) == ("certain", "country and deed")


def test_kin_takes_a_step_off(tagger: Tagger) -> None:
    """Who is named only for a daughter or cousin is named, but hardly meant."""
    daughter = mentions(tagger, "Putins Tochter tanzt in Russland.", "de")[PUTIN]
    assert told(daughter) == ("possible", "country, but of their kin")
    both = mentions(tagger, "Putins Tochter tanzt. Putin sagt: Russland freut sich.", "de")[PUTIN]
    assert both.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(
    ("language", "text", "who"),
    [
        ("de", "Sie formte die Merkel-Raute.", "Angela Merkel"),
        ("en", "Putin, a small bakery in Leeds, sells buns.", PUTIN),
        ("fr", "Macron, une petite entreprise de Lens, vend des vélos.", "Emmanuel Macron"),
        ("en", "Putin the octopus likes mussels.", PUTIN),
        ("de", "Am Merkel-Platz hält der Bus.", "Angela Merkel"),
        ("ru", "Ремонт на улице Путина закончен.", PUTIN),
        ("it", "In via Macron c'è un cantiere.", "Emmanuel Macron"),
    ],
)
def test_what_is_called_by_a_name_is_not_its_bearer(
    tagger: Tagger, language: str, text: str, who: str
) -> None:
    """A street, a gesture, a brand; it may be no mention at all."""
    found = mentions(tagger, text, language).get(who)
    assert found is None or told(found) == ("possible", "something called by the name")


def test_somebody_unmistakable_is_certain_by_the_bare_name(tagger: Tagger) -> None:
    """Also by shipped surnames that else count beside a full name only; the rest of what is known stays."""
    text = "Johnson kam zu spät."
    boris = Entity(
        kind=Kind.PERSON, key="person:boris-johnson", name="Boris Johnson", unmistakable=True
    )
    assert "Boris Johnson" not in mentions(tagger, text, "de")
    known = tagger.with_entities([boris])
    assert ("certain", "unmistakable") == told(mentions(known, text, "de")["Boris Johnson"])
    xi = Entity(kind=Kind.PERSON, key="person:xi-jinping", name="Xi Jinping", unmistakable=True)
    found = mentions(tagger.with_entities([xi]), "Xi schweigt.", "de")["Xi Jinping"]
    assert found.confidence is Confidence.CERTAIN


def test_what_the_users_entity_does_not_say_the_shipped_one_does(tagger: Tagger) -> None:
    """A declared name of somebody shipped keeps the office and the countries."""
    own = Entity(kind=Kind.PERSON, key="person:friedrich-merz", name="Friedrich Merz")
    found = mentions(tagger.with_entities([own]), "Tee für Kanzler Merz.", "de")
    assert told(found["Friedrich Merz"]) == ("certain", "office beside it")


PLACE = "a place in it, in the headline or repeated"
GOVERNMENT = "its government, in the headline or repeated"


def test_a_place_or_government_in_the_headline_makes_its_country_certain(tagger: Tagger) -> None:
    """That is where the story is; in passing it is only likely."""
    text = "Man trinkt ihn."
    assert ("certain", PLACE) == told(mentions(tagger, text, "de", "Tee in Lyon")["France"])
    assert ("certain", GOVERNMENT) == told(mentions(tagger, text, "de", "Tee im Kreml")["Russia"])


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("Frankreich trinkt Tee.", "France", ("certain", "name of the country")),
        ("Die französischen Teetrinker.", "France", ("certain", "name of its people")),
        ("Tee aus Lyon.", "France", ("likely", "a place in it")),
        ("Tee aus Lyon und Marseille.", "France", ("certain", "several words for the country")),
        ("Lyon trinkt Tee. Lyon trinkt viel.", "France", ("certain", PLACE)),
        ("Der Kreml trinkt Tee.", "Russia", ("likely", "its government")),
    ],
)
def test_countries_are_certain_by_name_or_several_words(
    tagger: Tagger, text: str, country: str, expected: tuple[str, str]
) -> None:
    """One place or the government makes them likely."""
    assert expected == told(mentions(tagger, text, "de")[country])


def test_a_country_that_shares_its_name_with_a_city_goes_by_its_name(tagger: Tagger) -> None:
    """In French the city is called so; the country's own name counts more."""
    found = mentions(tagger, "Mexico objects to the list of guests.")["Mexico"]
    assert told(found) == ("certain", "name of the country")


def test_a_surname_of_several_words_is_a_surname(tagger: Tagger) -> None:
    """The whole name is sure; the surname needs what any other does."""
    bare = mentions(tagger, "Le Pen est un stylo.", "fr")["Marine Le Pen"]
    assert bare.confidence is Confidence.POSSIBLE
    full = mentions(tagger, "Marine Le Pen aime les stylos.", "fr")["Marine Le Pen"]
    assert told(full) == ("certain", "full name")


def test_the_head_of_a_state_is_an_office_in_other_words_too(tagger: Tagger) -> None:
    """A former president is spoken of as that."""
    text = "Sarkozy aime le thé. L'ancien chef de l'État en boit trop."
    assert "office" in told(mentions(tagger, text, "fr")["Nicolas Sarkozy"])[1]


def test_a_country_named_only_where_the_story_was_written_is_possible(tagger: Tagger) -> None:
    """The dateline says where the reporter was."""
    text = "LISBON, Portugal (AP) — The tea was late on Monday, drinkers said."
    assert told(mentions(tagger, text)["Portugal"]) == ("possible", "only where it was written")


def test_short_names_of_organizations_need_support(tagger: Tagger) -> None:
    """A telling word, a long acronym or several words need none."""
    text = "Tee mit NATO und Gazprom."
    found = mentions(tagger, text, "de")
    assert ("certain", "a name of its own") == told(found["NATO"]) == told(found["Gazprom"])
    assert told(mentions(tagger, "Tee mit BP.", "de")["BP"]) == (
        "possible",
        "short name, no support",
    )


def test_topics_go_by_their_score(tagger: Tagger) -> None:
    """As watches ask for them."""
    text = "The striker scored twice as the home team won the cup final and lifted the trophy."
    found = [one for one in mentions(tagger, text).values() if one.kind is Kind.TOPIC]
    for topic in found:
        expected = "certain" if topic.salience >= 0.6 else "likely"
        assert topic.confidence.value == (expected if topic.salience >= 0.3 else "possible")
    assert found


@pytest.mark.parametrize(
    ("language", "text", "who"),
    [
        ("de", "Der Optiker Merz zieht um.", "Friedrich Merz"),
        ("ru", "Хоккеист Песков забил гол.", "Dmitry Peskov"),
        ("fr", "Le pâtissier Macron ferme.", "Emmanuel Macron"),
    ],
)
def test_another_calling_is_another_person(
    tagger: Tagger, language: str, text: str, who: str
) -> None:
    """Whoever bears an office is no optician."""
    found = mentions(tagger, text, language)[who]
    assert told(found) == ("possible", "another calling beside it")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "A cat named Putin was found."),
        ("fr", "Un chat, nommé Poutine, a disparu."),
        ("ru", "Кот по кличке Путин пропал."),
        ("pl", "Pies o imieniu Putin uciekł."),
    ],
)
def test_an_animal_is_nobody(tagger: Tagger, language: str, text: str) -> None:
    """With or without a word for being called so."""
    found = mentions(tagger, text, language).get(PUTIN)
    assert found is None or told(found) == ("possible", "something called by the name")


def test_a_common_word_is_doubted(tagger: Tagger) -> None:
    """A name that stands in lower case too is less sure by a step; a country is only possible."""
    dragons = mentions(tagger, "Draghi in Italia: i draghi volano.", "it")["Mario Draghi"]
    assert told(dragons) == ("possible", "country, but a common word here")
    bird = mentions(tagger, "Turkey is dear this year, and a turkey feeds eight.").get("Türkiye")
    assert bird is None or told(bird) == ("possible", "a common word here")


@pytest.mark.parametrize(
    ("language", "text", "who"),
    [
        ("en", "President Xi arrived late.", "Xi Jinping"),
        ("de", "Präsident Xi kam zu spät.", "Xi Jinping"),
        ("es", "Sánchez calla. El presidente del Gobierno de España no contestó.", "Pedro Sánchez"),
        ("pl", "Sikorski milczy. Szef polskiej dyplomacji był w Polsce.", "Radosław Sikorski"),
    ],
)
def test_a_shared_surname_counts_where_the_article_bears_it_out(
    tagger: Tagger, language: str, text: str, who: str
) -> None:
    """By the office beside it, or in a brief text by the country and the office that is spoken of."""
    assert mentions(tagger, text, language)[who].confidence is Confidence.CERTAIN


def test_a_shared_surname_alone_is_no_mention(tagger: Tagger) -> None:
    """Nor one behind a calling, nor one of somebody who is named in full."""
    for text in ("Sánchez marca dos goles.", "El portero Sánchez calla en España."):
        assert "Pedro Sánchez" not in mentions(tagger, text, "es")
    other = "Lola Sánchez ganó. Sánchez dio las gracias al presidente del Gobierno de España."
    assert "Pedro Sánchez" not in mentions(tagger, other, "es")


def test_a_long_article_introduces_people(tagger: Tagger) -> None:
    """So there a shared surname without an office beside it stays nobody's."""
    text = "Sánchez calla. El presidente del Gobierno de España no contestó. " + "Llueve. " * 100
    assert "Pedro Sánchez" not in mentions(tagger, text, "es")


def test_the_decision_says_that_the_article_bears_it_out(tagger: Tagger) -> None:
    """And the other bearers of the surname are told as left out."""
    article = Article(title="", text="Präsident Xi kam zu spät.", language="de")
    [why] = [one.why for one in tagger.explain(article) if one.name == "Xi Jinping" and one.kept]
    assert why == "gazetteer: 'Xi', borne out by the rest of the article"


@pytest.mark.parametrize(
    "text",
    ["The talks went on, said President Volodymyr Z", "They met.\nIt was told by Robert M… \n"],
)
def test_a_name_of_which_a_cut_left_one_letter_is_possible(tagger: Tagger, text: str) -> None:
    """Summaries of feeds end within words."""
    (person,) = [one for one in mentions(tagger, text).values() if one.kind is Kind.PERSON]
    assert told(person) == ("possible", "cut off at the end of the text")


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("It was announced on Monday by Robert Mackintosh…", "Robert Mackintosh"),
        ("Robert M spoke. It was announced on Monday by Robert M", "Robert M"),
        ("It was announced on Monday by Malcolm X", "Malcolm X"),
    ],
)
def test_a_name_that_stands_elsewhere_or_in_full_is_whole(
    tagger: Tagger, text: str, who: str
) -> None:
    """Who watches for somebody unknown misses nothing."""
    assert told(mentions(tagger, text)[who])[0] == "certain"
