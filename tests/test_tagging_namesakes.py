"""One key for one person, and nobody taken for a namesake: names, initials, offices, couples."""

import pytest

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with its English model loaded."""
    loaded = load_tagger()
    loaded.preload(("en",))
    return loaded


def keys(tagger: Tagger, text: str, language: str = "en") -> dict[str, int]:
    """Keys of the people of a text, without their prefix, and how often each is named."""
    found = tagger.tag(Article(title="", text=text, language=language))
    return {m.key.removeprefix("person:"): m.count for m in found if m.kind is Kind.PERSON}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Vladimir Putin spoke."),
        ("en", "President Putin spoke."),
        ("en", "PUTIN SPEAKS TO PARLIAMENT"),
        ("ru", "Выступление Владимира Путина отложили."),
        ("uk", "Виступ Володимира Путіна відклали."),
        ("fr", "Poutine a parlé."),
        ("de", "Putins Rede."),
        ("ar", "خطاب بوتين"),
        ("zh", "普京讲话"),
        ("ja", "プーチン氏の演説"),
    ],
)
def test_one_key_in_every_language_and_script(tagger: Tagger, language: str, text: str) -> None:
    """However and wherever it is written."""
    assert keys(tagger, text, language) == {"vladimir-putin": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Former President George Bush spoke. Bush waved.", {"george-bush": 2}),
        ("George W Bush spoke. Bush waved.", {"george-w-bush": 2}),
        ("George H.W. Bush spoke. Bush waved.", {"george-h-w-bush": 2}),
        ("George W. Bush arrived. George Bush then spoke.", {"george-w-bush": 2}),
        ("Fidel Castro ruled Cuba. His brother Raúl Castro followed.", {"fidel-castro": 1, "raul-castro": 1}),
        ("Fidel Castro ruled Cuba. Castro died in 2016.", {"fidel-castro": 2}),
        ("Julián Castro, a former housing secretary, is running in Texas.", {"julian-castro": 1}),
        ("Kim Jong Un smiled. His sister Kim Yo Jong did not.", {"kim-jong-un": 1, "kim-yo-jong": 1}),
        ("Kim Kardashian arrived. Kim waved at the crowd.", {"kim-kardashian": 2}),
        ("John Bolton resigned. Bolton was the national security adviser.", {"john-bolton": 2}),
        ("Michael Bolton sang at the fair. Bolton has sold millions of records.", {"michael-bolton": 2}),
        ("Michael Jordan scored 40 points for the Bulls. Jordan retired.", {"michael-jordan": 2}),
        ("Adam Smith, a Democrat, spoke. Smith objected.", {"adam-smith": 2}),
        ("R.T. Erdogan spoke. Erdogan left.", {"recep-tayyip-erdogan": 2}),
        ("V. Putin spoke.", {"vladimir-putin": 1}),
        ("Police arrested Michael Johnson, 34. Boris Johnson laughed.", {"boris-johnson": 1, "michael-johnson": 1}),
        ("Melania Trump and Donald Trump danced.", {"donald-trump": 1, "melania-trump": 1}),
    ],
)  # fmt: skip
def test_namesakes_are_told_apart_or_left_undecided(
    tagger: Tagger, text: str, expected: dict[str, int]
) -> None:
    """Of two known people of one name, one is meant only where the article says which."""
    assert keys(tagger, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("President Xi spoke in Beijing.", {"xi-jinping": 1}),
        ("Prime Minister Wong spoke in Singapore.", {"lawrence-wong": 1}),
        ("Foreign Minister Wong flew to Sydney.", {"penny-wong": 1}),
        ("The jury heard Mr. Wong, 41, speak.", {"wong": 1}),
        ("President Johnson of the chess club spoke, said Mr. Johnson.", {"johnson": 2}),
    ],
)
def test_an_office_tells_who_is_meant(tagger: Tagger, text: str, expected: dict[str, int]) -> None:
    """A surname behind an office is its holder's; nobody's who has left, out of nowhere."""
    assert keys(tagger, text) == expected
