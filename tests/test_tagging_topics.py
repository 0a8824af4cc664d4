"""Topics: what an article is about, on leads made up for the purpose."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from worker.mediatopics import BROADER, NAMES, NARROWER, TOPICS
from worker.model import Article, Mention
from worker.tagging.document import read_document
from worker.tagging.gazetteer import own_topic
from worker.tagging.lexicon import STRENGTHS, Lexicon
from worker.tagging.meaning import Meaning
from worker.tagging.shipped import read_yaml
from worker.tagging.topics import LANGUAGES, Topics, examples

LEADS: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "topic_leads.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def topics() -> Topics:
    """The topics that ship with Tocsin."""
    return Topics()


def found(topics: Topics, text: str, language: str, title: str = "") -> tuple[Mention, ...]:
    """The topics of a text."""
    return topics.find(read_document(Article(title=title, text=text, language=language)), language)


@pytest.mark.parametrize(
    ("code", "language"), [(code, language) for code, leads in LEADS.items() for language in leads]
)
def test_the_first_topic_of_a_lead(topics: Topics, code: str, language: str) -> None:
    """A news lead of each topic in each language has that topic first."""
    first = found(topics, LEADS[code][language], language)[0]
    assert first.key == f"medtop:{code}"
    assert first.salience >= 0.35


def test_there_is_a_lead_for_every_topic_in_every_main_language() -> None:
    """17 topics by the five languages that are looked after most."""
    assert {f"medtop:{code}" for code in LEADS} == set(TOPICS)
    assert all({"en", "ru", "uk", "fr", "de"} <= set(leads) for leads in LEADS.values())


def test_the_words_that_spoke_for_a_topic_are_shown(topics: Topics) -> None:
    """Spans lie in title and text as they stand, whole words, not only the stems of the list."""
    title, text = "Забастовка в порту", "Профсоюзы требуют повышения зарплат. День был тёплый."
    labour = found(topics, text, "ru", title)[0]
    assert labour.name == "labour"
    assert [title[slice(*span)] for span in labour.title_spans] == ["Забастовка"]
    assert {"Профсоюзы", "зарплат"} <= {text[slice(*span)] for span in labour.spans}
    assert labour.in_title


def test_a_narrower_topic_comes_with_its_broader_one_and_below_it(topics: Topics) -> None:
    """Soccer is named beside sport, not in its place."""
    text = (
        "The striker scored from a penalty and the goalkeeper was sent off in the Premier League."
    )
    scores = {m.name: m.salience for m in found(topics, text, "en")}
    assert scores["sport"] > scores["soccer"] > 0.12


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "An earthquake of magnitude 6.1 shook the coast; aftershocks were felt for hours.", "earthquake"),
        ("en", "Shares on Wall Street fell and the Nasdaq index lost two percent.", "stocks and securities"),
        ("ru", "Избиратели пришли на избирательные участки, подсчёт голосов на выборах продолжается.", "election"),
        ("uk", "Землетрус магнітудою шість балів стався вночі, поштовхи відчули в епіцентрі.", "earthquake"),
        ("fr", "La banque centrale a relevé ses taux directeurs, la politique monétaire se durcit.", "central bank"),
        ("de", "Nach dem Erdbeben bebte die Erde erneut, das Epizentrum lag vor der Küste.", "earthquake"),
        ("es", "El alto el fuego abre las negociaciones de paz, pero la tregua es frágil.", "peace process"),
    ],
)  # fmt: skip
def test_narrower_topics(topics: Topics, language: str, text: str, name: str) -> None:
    """Narrower topics are told where their own words stand."""
    assert name in {m.name for m in found(topics, text, language)}


def test_two_topics_of_one_article(topics: Topics) -> None:
    """An article on two things has both among its likely topics."""
    text = (
        "The government and the opposition in parliament argued over the war as troops shelled the "
        "front. The prime minister told lawmakers that soldiers needed missiles and artillery."
    )
    likely = {m.name for m in found(topics, text, "en") if m.salience >= 0.3}
    assert {"politics and government", "conflict, war and peace"} <= likely


def test_a_text_without_evidence_has_no_likely_topic(topics: Topics) -> None:
    """Where nothing speaks for a topic, none is made up; nor in a language without word lists."""
    assert found(topics, "Und dann ging er wieder, wie jeden Tag.", "de") == ()
    assert found(topics, "", "en") == found(topics, " \n ", "fr") == ()
    assert found(topics, "Hallitus ja eduskunta sopivat vaaleista.", "fi") == ()
    assert all(m.salience < 0.5 for m in found(topics, "So it was, and then it was not.", "en"))


CABLES = own_topic(
    "Undersea cables",
    [
        "cable on the seabed damaged",
        "undersea internet cable cut",
        "обрыв подводного кабеля",
        "Seekabel in der Ostsee beschädigt",
    ],
)
PENSIONS = own_topic("Réforme des retraites", ["âge de départ à la retraite", "régimes spéciaux"])


@pytest.fixture(scope="module")
def own(topics: Topics) -> Topics:
    """Topics with two of the user's own."""
    return topics.with_own([CABLES, PENSIONS])


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "Two data cables on the seabed between the islands were damaged last night.", "Undersea cables"),
        ("en", "The ship dragged its anchor over the undersea cable that links both countries.", "Undersea cables"),
        ("ru", "После обрыва двух подводных кабелей связь с островом пропала.", "Undersea cables"),
        ("de", "In der Ostsee wurde ein weiteres Seekabel beschädigt, teilte der Betreiber mit.", "Undersea cables"),
        ("fr", "Le gouvernement veut reporter l'âge de départ à la retraite à 64 ans.", "Réforme des retraites"),
        ("en", "The recipe needs two eggs and a little butter.", ""),
        ("en", "The cable car stopped halfway; the crew cut the queue at the counter.", ""),
        ("ru", "Кабель в подъезде заменили.", ""),
        ("fr", "Il prend sa retraite.", ""),
    ],
)  # fmt: skip
def test_topics_of_ones_own(own: Topics, language: str, text: str, name: str) -> None:
    """They are found by their phrases in other forms, and not by single words of them."""
    assert "".join(m.name for m in found(own, text, language) if m.key.startswith("topic:")) == name


def test_what_spoke_for_a_topic_of_ones_own_is_shown(own: Topics) -> None:
    """The words of the phrase, in title and text; in the title they count more."""
    text = "Связь восстановят через неделю после обрыва подводного кабеля."
    title = "Обрыв подводного кабеля"
    [below] = [m for m in found(own, text, "ru") if m.key == CABLES.key]
    [above] = [m for m in found(own, text, "ru", title) if m.key == CABLES.key]
    assert [text[slice(*span)] for span in below.spans] == ["обрыва", "подводного", "кабеля"]
    assert [title[slice(*span)] for span in above.title_spans] == ["Обрыв", "подводного", "кабеля"]
    assert above.salience > below.salience
    assert above.in_title


def test_topics_of_ones_own_stand_beside_the_built_in_ones(topics: Topics, own: Topics) -> None:
    """They take nothing from the others, and those they were added to stay without them."""
    text = "The undersea internet cable was cut, the police said after the arrest of a suspect."
    with_own, without = found(own, text, "en"), found(topics, text, "en")
    assert tuple(m for m in with_own if m.key != CABLES.key) == without
    assert len(with_own) == len(without) + 1


def test_a_topic_of_ones_own_is_found_in_a_language_without_word_lists(topics: Topics) -> None:
    """Its own phrases are all it takes, in any script."""
    ours = topics.with_own([own_topic("Kaapelit", ["merikaapeli katkesi", "海底ケーブル"])])
    assert [m.name for m in found(ours, "Toinen merikaapeli katkesi yöllä.", "fi")] == ["Kaapelit"]
    assert [m.name for m in found(ours, "昨夜、海底ケーブルが切れた。海底ケーブルは。", "ja")] == [
        "Kaapelit"
    ]


@pytest.mark.timeout(10)
def test_a_text_made_of_nothing_but_words_of_a_phrase_takes_bounded_time(own: Topics) -> None:
    """Neither many places of one word nor many phrases make it slow."""
    assert found(own, "cable " * 20_000, "en")


def lexicon(language: str, **words: list[str]) -> Lexicon:
    """A word list of topics "a" and "b", all words strong."""
    return Lexicon(language, {topic: {"strong": listed} for topic, listed in words.items()})


@pytest.mark.parametrize(
    ("language", "word", "text", "standing"),
    [
        ("en", "vote", "Votes, voters and a VOTE", ["Votes", "VOTE"]),
        ("en", "hip hop", "Hip-hop and hip\nhop", ["Hip-hop", "hip\nhop"]),
        ("fr", "économi*", "L’économie", ["économie"]),
        ("de", "*gericht", "Das Landgericht richtet", ["Landgericht"]),
        ("ru", "уголовн* дел*", "Уголовного дела нет, дело уголовное", ["Уголовного дела"]),
        ("uk", "об'єкт*", "Обʼєкти", ["Обʼєкти"]),
        ("ar", "حكومة", "والحكومة وحكومته", ["والحكومة"]),
        ("zh", "政府", "中国政府宣布", ["政府"]),
    ],
)
def test_how_words_are_written_and_found(
    language: str, word: str, text: str, standing: list[str]
) -> None:
    """Plurals, endings, compounds, phrases, particles, and scripts without spaces."""
    places = lexicon(language, a=[word]).find(text, 0)["a"].places
    assert [
        text[slice(*span)] for _, span in sorted(places, key=lambda place: place[1])
    ] == standing


def test_a_word_inside_a_longer_one_does_not_count() -> None:
    """A war crime is a crime, and no war."""
    both = lexicon("en", a=["war"], b=["war crime"])
    assert set(both.find("He stood trial for war crimes.", 0)) == {"b"}
    assert set(both.find("The war crimes court and the war", 0)) == {"a", "b"}


def test_the_title_and_different_words_count_more() -> None:
    """One word again and again is less evidence than two, and the title more than the text."""
    words = lexicon("en", a=["vote", "election"])
    once, again = words.find("vote", 0)["a"].weight, words.find("vote vote", 0)["a"].weight
    both, titled = words.find("vote election", 0)["a"].weight, words.find("vote", 4)["a"].weight
    assert once < again < both < titled


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_word_lists_are_well_formed(language: str) -> None:
    """Known codes and strengths; no word twice for the same topic."""
    lists: dict[str, dict[str, list[Any]]] = read_yaml(f"lexicon/{language}.yaml")
    assert {f"medtop:{code}" for code in lists} <= set(NAMES)
    for words in lists.values():
        assert set(words) <= set(STRENGTHS)
        every = [word for listed in words.values() for word in listed]
        assert all(isinstance(word, str) and word.strip("* ") for word in every)
        assert sorted(every) == sorted(set(every))


def test_every_topic_has_examples() -> None:
    """The examples are of the topics that are known, each below its broader one."""
    examples = read_yaml("topics.yaml")
    assert [f"medtop:{code}" for code in examples] == list(TOPICS)
    inner = {
        f"medtop:{one}": f"medtop:{code}"
        for code, t in examples.items()
        for one in t.get("narrower", ())
    }
    assert inner == BROADER
    assert sum(map(len, NARROWER.values())) == len(BROADER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "The council met on Monday; the council voted.",
        "  Two  spaces,\n\nlines and an end with one ",
        "é\u00a0語 語 naïve \u2581 \u2581a <s> <unk> </s>",
    ],
)
def test_a_text_has_the_pieces_of_its_words(text: str) -> None:
    """Cut up word by word and kept, twice over, it is what the tokenizer makes of it as a whole."""
    meaning = Meaning(examples)
    whole = meaning._cut(text)
    assert [whole, whole] == [meaning._pieces(text), meaning._pieces(text)]
