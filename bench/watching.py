"""A newsroom of any size for ``bench.match``: watches in a mix that is published, and articles.

Names, words and topics follow Zipf's law: few stand in most articles. Known people and organizations
are those that ship with Tocsin; the others, and all rarer words, are made of syllables.
"""

import random
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from worker.mediatopics import TOPICS
from worker.model import Article, Kind, Mention, Span, Watch
from worker.tagging.shipped import shipped

WORDS = 400
_COMMON = [
    "the",
    "of",
    "to",
    "and",
    "a",
    "in",
    "that",
    "is",
    "was",
    "for",
    "on",
    "with",
    "as",
    "by",
    "at",
    "from",
    "it",
    "be",
    "are",
    "has",
    "have",
    "will",
    "said",
    "not",
    "this",
    "an",
    "his",
    "their",
    "were",
    "which",
    "its",
    "had",
    "but",
    "they",
    "who",
    "more",
    "been",
    "or",
    "than",
    "he",
    "she",
    "after",
    "over",
    "would",
    "about",
    "new",
    "first",
    "two",
    "also",
    "could",
    "into",
    "other",
    "last",
    "year",
    "people",
    "government",
    "minister",
    "president",
    "country",
    "state",
    "officials",
    "told",
    "report",
    "week",
    "month",
    "war",
    "trade",
    "market",
    "police",
    "court",
    "election",
    "party",
    "leaders",
    "talks",
    "deal",
    "company",
    "shares",
    "prices",
    "energy",
    "bank",
    "city",
    "region",
    "border",
    "army",
    "attack",
    "strike",
]
_ENDINGS = ("", "", "s", "ed", "ing", "ation", "er", "ly")
_PEOPLE, _ORGANIZATIONS, _CONTENT = 60_000, 15_000, 40_000
LANGUAGES = ("en", "de", "fr", "es")
_LANGUAGES = ("en",) * 12 + ("de",) * 3 + ("fr",) * 3 + ("es",) * 2


@dataclass(frozen=True)
class Atom:
    """One thing to look for: as a clause, as a tsquery of Postgres and as a regular expression."""

    clause: str
    tsquery: str
    regex: str


class Zipf:
    """Draws from values, the first the most often."""

    def __init__(self, values: Sequence[str], exponent: float, skip: int = 0) -> None:
        self.values = values[skip:]
        self._sums = list(accumulate((rank + 2) ** -exponent for rank in range(len(self.values))))

    def draw(self, rng: random.Random) -> str:
        """One value."""
        return self.values[bisect(self._sums, rng.random() * self._sums[-1])]


class World:
    """What is written about, and how often."""

    def __init__(self, seed: int = 1) -> None:
        rng = random.Random(seed)
        known = [one.entity for one in shipped()]
        names = {kind: [e.name for e in known if e.kind is kind and e.name] for kind in Kind}
        self.key_of = {(e.kind, e.name): e.key for e in known}
        self.countries = names[Kind.COUNTRY]
        self.topics = list(TOPICS.values())
        self.code_of = {name: code for code, name in TOPICS.items()}
        self.content = list(dict.fromkeys(_word(rng) for _ in range(_CONTENT)))
        people = [f"{_name(rng)} {_name(rng)}" for _ in range(_PEOPLE)]
        firms = [
            f"{_name(rng)} {rng.choice(('Group', 'Bank', 'Energy'))}" for _ in range(_ORGANIZATIONS)
        ]
        for made in (self.countries, self.topics, names[Kind.PERSON], names[Kind.ORGANIZATION]):
            rng.shuffle(made)
        self.people = [*names[Kind.PERSON][:3000], *people]
        self.firms = [*names[Kind.ORGANIZATION][:1000], *firms]
        self.phrases = [
            " ".join(rng.choice(self.content[:8000]) for _ in range(rng.choice((2, 2, 3))))
            for _ in range(30_000)
        ]


def _syllables(rng: random.Random, least: int, most: int) -> str:
    return "".join(
        rng.choice("bcdfghklmnprstvwz") + rng.choice(("a", "e", "i", "o", "u", "an", "or", "el"))
        for _ in range(rng.randint(least, most))
    )


def _word(rng: random.Random) -> str:
    return _syllables(rng, 2, 3) + rng.choice(_ENDINGS)


def _name(rng: random.Random) -> str:
    return _syllables(rng, 2, 3).capitalize()


# ------------------------------------------------------------------------------------- articles


def articles(
    world: World, count: int, seed: int = 2
) -> Iterator[tuple[Article, tuple[Mention, ...]]]:
    """Articles of 400 words with a headline, and who and what they mention."""
    rng = random.Random(seed)
    draw = {
        "word": Zipf([*_COMMON, *world.content], 1.0),
        Kind.PERSON: Zipf(world.people, 1.0),
        Kind.ORGANIZATION: Zipf(world.firms, 1.0),
        Kind.COUNTRY: Zipf(world.countries, 1.0),
        "topic": Zipf(world.topics, 0.7),
        "phrase": Zipf(world.phrases, 0.9),
    }
    for _ in range(count):
        yield _article(world, draw, rng)


def _article(
    world: World, draw: dict[str, Zipf], rng: random.Random
) -> tuple[Article, tuple[Mention, ...]]:
    named = [
        (kind, name)
        for kind, most in ((Kind.PERSON, 7), (Kind.ORGANIZATION, 4), (Kind.COUNTRY, 4))
        for name in dict.fromkeys(draw[kind].draw(rng) for _ in range(rng.randint(1, most)))
    ]
    pieces: list[tuple[str, tuple[Kind, str] | None]] = []
    words = 0
    while words < WORDS:
        chance = rng.random()
        if chance < 0.06:
            one = rng.choice(named)
            pieces.append((one[1], one))
        elif chance < 0.07:
            pieces.append((draw["phrase"].draw(rng), None))
        else:
            pieces.append((draw["word"].draw(rng), None))
        words += pieces[-1][0].count(" ") + 1
    spans: dict[tuple[Kind, str], list[Span]] = {}
    text = ""
    for number, (piece, who) in enumerate(pieces):
        if who:
            spans.setdefault(who, []).append((len(text), len(text) + len(piece)))
        text += piece + (".\n\n" if number % 90 == 89 else ". " if number % 18 == 17 else " ")
    title = " ".join(draw["word"].draw(rng) for _ in range(9))
    mentions = [
        _mention(kind, world.key_of.get((kind, name), f"{kind}:{name}"), name, found, rng)
        for (kind, name), found in spans.items()
    ]
    mentions += [
        _mention(Kind.TOPIC, world.code_of[topic], topic, [], rng)
        for topic in dict.fromkeys(draw["topic"].draw(rng) for _ in range(2))
    ]
    article = Article(title=title, text=text, language=rng.choice(_LANGUAGES), outlet="The Courier")
    return article, tuple(mentions)


def _mention(kind: Kind, key: str, name: str, spans: list[Span], rng: random.Random) -> Mention:
    return Mention(
        kind=kind, key=key, name=name, count=len(spans), salience=0.4 + rng.random() / 2,
        in_title=False, spans=tuple(spans),
    )  # fmt: skip


# ------------------------------------------------------------------------------------- watches


class Mix:
    """Makes queries; ``SHARES`` is how many of each kind, in a hundred."""

    def __init__(self, world: World, seed: int = 3) -> None:
        self.rng = random.Random(seed)
        self._people = Zipf(world.people, 0.5)
        self._firms = Zipf(world.firms, 0.5)
        self._countries = Zipf(world.countries, 0.6)
        self._topics = Zipf(world.topics, 0.4)
        self._words = Zipf(world.content, 0.5, skip=1000)
        self._phrases = Zipf(world.phrases, 0.5)

    def person(self) -> Atom:
        name = self._people.draw(self.rng)
        return Atom(f'person:"{name}"', _row(name), rf"\b{name}\b")

    def firm(self) -> Atom:
        name = self._firms.draw(self.rng)
        return Atom(f'org:"{name}"', _row(name), rf"\b{name}\b")

    def country(self) -> Atom:
        name = self._countries.draw(self.rng)
        return Atom(f'country:"{name}"', _row(name), rf"\b{name}\b")

    def topic(self) -> Atom:
        name = self._topics.draw(self.rng)
        word = name.split(",")[0].split()[0]
        return Atom(f'topic:"{name}"', word, rf"\b{word}\b")

    def word(self) -> Atom:
        word = self._words.draw(self.rng)
        return Atom(word, word, rf"\b{word}\b")

    def phrase(self) -> Atom:
        phrase = self._phrases.draw(self.rng)
        return Atom(f'"{phrase}"', _row(phrase), rf"\b{phrase}\b")

    def prefix(self) -> Atom:
        word = self._words.draw(self.rng)[:5]
        return Atom(f"{word}*", f"{word}:*", rf"\b{word}")

    def exact(self) -> Atom:
        word = self._words.draw(self.rng).capitalize()
        return Atom(f"={word}", word, rf"\b{word}\b")

    def atom(self) -> Atom:
        """Something rare enough to be watched alone."""
        return self.rng.choice((self.person, self.phrase, self.firm))()

    def query(self) -> Atom:
        """A whole query."""
        shape = self.rng.choices(list(SHARES), weights=list(SHARES.values()))[0]
        made = SHAPES[shape](self)
        if self.rng.random() < 0.1:
            made = Atom(f"({made.clause}) lang:en", made.tsquery, made.regex)
        elif self.rng.random() < 0.05:
            made = Atom(f"({made.clause}) outlet:Courier", made.tsquery, made.regex)
        return made


def _row(words: str) -> str:
    """Words in a row, as a tsquery."""
    kept = ["".join(letter for letter in word if letter.isalnum()) for word in words.split()]
    return "(" + "<->".join(word for word in kept if word) + ")"


def both(*parts: Atom) -> Atom:
    """All of several."""
    return Atom(
        " ".join(one.clause for one in parts),
        "&".join(one.tsquery for one in parts),
        r"\A" + "".join(f"(?=.*{one.regex})" for one in parts),
    )


def either(*parts: Atom) -> Atom:
    """Any of several."""
    return Atom(
        "(" + " OR ".join(one.clause for one in parts) + ")",
        "(" + "|".join(one.tsquery for one in parts) + ")",
        "(?:" + "|".join(one.regex for one in parts) + ")",
    )


def _without(one: Atom, other: Atom) -> Atom:
    return Atom(
        f"{one.clause} -{other.clause}",
        f"{one.tsquery}&!{other.tsquery}",
        rf"\A(?!.*{other.regex})(?=.*{one.regex})",
    )


def _close(one: Atom, operator: str, other: Atom) -> Atom:
    """Postgres and the regular expression only ask for both."""
    asked = both(one, other)
    return Atom(f"{one.clause} {operator} {other.clause}", asked.tsquery, asked.regex)


SHARES = {
    "a person": 22,
    "an organization": 10,
    "a person and a country, topic or word": 14,
    "a country and a topic": 2,
    "a country, a topic and a word": 10,
    "two or three words": 10,
    "a phrase": 10,
    "alternatives and a country or word": 7,
    "any of several": 4,
    "one without another": 4,
    "NEAR": 3,
    "in one sentence": 2,
    "the beginning of a word and a country": 1,
    "an exact word and a person": 0.5,
    "at least two mentions": 0.5,
}
SHAPES: dict[str, Callable[[Mix], Atom]] = {
    "a person": Mix.person,
    "an organization": Mix.firm,
    "a person and a country, topic or word": lambda mix: both(
        mix.person(), mix.rng.choice((mix.country, mix.topic, mix.word))()
    ),
    "a country and a topic": lambda mix: both(mix.country(), mix.topic()),
    "a country, a topic and a word": lambda mix: both(mix.country(), mix.topic(), mix.word()),
    "two or three words": lambda mix: both(*(mix.word() for _ in range(mix.rng.randint(2, 3)))),
    "a phrase": Mix.phrase,
    "alternatives and a country or word": lambda mix: both(
        either(mix.word(), mix.word(), mix.word()), mix.rng.choice((mix.country, mix.word))()
    ),
    "any of several": lambda mix: either(mix.phrase(), mix.person(), mix.firm()),
    "one without another": lambda mix: _without(mix.atom(), mix.word()),
    "NEAR": lambda mix: _close(mix.word(), "NEAR/5", mix.rng.choice((mix.word, mix.person))()),
    "in one sentence": lambda mix: _close(mix.person(), "~s", mix.word()),
    "the beginning of a word and a country": lambda mix: both(mix.prefix(), mix.country()),
    "an exact word and a person": lambda mix: both(mix.exact(), mix.person()),
    "at least two mentions": lambda mix: _counted(mix.person()),
}


def _counted(one: Atom) -> Atom:
    return Atom(f"mentions({one.clause}) >= 2", one.tsquery, one.regex)


def queries(world: World, count: int) -> list[Atom]:
    """Queries of the mix, the same in each run."""
    mix = Mix(world)
    return [mix.query() for _ in range(count)]


def watches(made: Sequence[Atom]) -> list[Watch]:
    """A watch for each query."""
    return [
        Watch(id=number, name=f"watch {number}", query=one.clause, channels=("desk",))
        for number, one in enumerate(made, 1)
    ]
