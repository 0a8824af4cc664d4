"""What tagging costs: article text to mentions, beside plain spaCy with the same model.

    python -m bench.tag

Articles are made here, 400 words each. English goes through the whole tagger; in turns with it, in
the same process, the same model finds entities as spaCy's documentation has it (``spacy.load`` with
nothing but what names need). Then articles in languages without a model, and a gazetteer of a
million aliases. All is measured in CPU seconds on one core, best of several rounds; memory in a
process of its own.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.report import Bar, report

_WORDS = 400
#: Sentences by language; {p} is somebody in full, {s} the same by surname, {q} and {r} others.
_SENTENCES = {
    "en": [
        "{p}, the mayor of {c}, told reporters on {d} that the harbour would stay closed.",
        "“We have not been asked,” {s} said, adding that {n} ships were waiting outside the port.",
        "The ministry in {c} declined to comment on the report, which {q} called nonsense.",
        "Shares of {o} fell {n} percent after the company warned of lower profits this year.",
        "Police said {n} people were hurt when a bus left the road near {c} in heavy rain.",
        "President {r} will meet {s} next week to discuss the agreement on grain and fertiliser.",
        "Nobody at {o} could say when the trains would run again, and passengers slept in halls.",
        "It was the third time since spring that the river had risen above the old walls.",
    ],
    "de": [
        "{p}, Bürgermeister von {c}, sagte am {d}, der Hafen bleibe vorerst geschlossen.",
        "„Man hat uns nicht gefragt“, sagte {s}; draußen warteten {n} Schiffe auf die Einfahrt.",
        "Das Ministerium in {c} wollte den Bericht nicht kommentieren, den {q} Unsinn nannte.",
        "Die Aktien von {o} fielen um {n} Prozent, nachdem der Konzern gewarnt hatte.",
        "Es war das dritte Mal seit dem Frühjahr, dass der Fluss über die alten Mauern stieg.",
    ],
    "es": [
        "{p}, alcalde de {c}, dijo el {d} que el puerto seguirá cerrado por ahora.",
        "«Nadie nos ha preguntado», dijo {s}, y añadió que {n} barcos esperaban fuera.",
        "El ministerio de {c} no quiso comentar el informe, que {q} calificó de absurdo.",
        "Las acciones de {o} cayeron un {n} por ciento tras el aviso de la empresa.",
        "Era la tercera vez desde la primavera que el río subía por encima de los muros.",
    ],
}
_FIRST = [
    "Anna",
    "Boris",
    "Clara",
    "David",
    "Elena",
    "Frank",
    "Greta",
    "Hugo",
    "Irene",
    "Jonas",
    "Karin",
    "Lukas",
    "Maria",
    "Nadia",
]
_LAST = [
    "Abel",
    "Brenko",
    "Castell",
    "Duarte",
    "Egger",
    "Ferrand",
    "Gómez",
    "Hollis",
    "Ivers",
    "Jansen",
    "Keller",
    "Lindt",
]
_CITIES = [
    "Lisbon",
    "Warsaw",
    "Nairobi",
    "Lima",
    "Oslo",
    "Hanoi",
    "Vienna",
    "Dakar",
    "Quito",
    "Riga",
    "Geneva",
    "Tunis",
]
_COMPANIES = ["Brightwater Holdings", "Northline", "Siemens", "Orbis Rail", "Toyota", "Kestrel"]
_DAYS = {
    "en": ["Monday", "Tuesday", "Friday"],
    "de": ["Montag", "Dienstag", "Freitag"],
    "es": ["lunes", "martes", "viernes"],
}
#: Aliases of the large gazetteer.
_ALIASES = 1_000_000


def article(language: str, rng: random.Random) -> str:
    """A text of about 400 words."""
    last = rng.sample(_LAST, 3)
    people = [f"{rng.choice(_FIRST)} {name}" for name in last]
    text: list[str] = []
    while sum(sentence.count(" ") + 1 for sentence in text) < _WORDS:
        sentence = rng.choice(_SENTENCES[language]).format(
            p=people[0], s=last[0], q=people[1], r=people[2], n=rng.randrange(3, 90),
            c=rng.choice(_CITIES), o=rng.choice(_COMPANIES), d=rng.choice(_DAYS[language]),
        )  # fmt: skip
        text.append(sentence + ("\n\n" if rng.random() < 0.3 else " "))
    return "".join(text)


def articles(language: str, count: int) -> list[str]:
    """Texts that are the same in each run."""
    rng = random.Random(f"{language} {_WORDS}")
    return [article(language, rng) for _ in range(count)]


def in_turns(
    ways: dict[str, Callable[[str], object]], texts: Sequence[str], rounds: int
) -> dict[str, float]:
    """Documents a CPU second for each way: its best round."""
    best = dict.fromkeys(ways, 0.0)
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.process_time()
            for text in texts:
                way(text)
            best[name] = max(best[name], len(texts) / (time.process_time() - started))
    return best


def plain_spacy() -> Callable[[str], Any]:
    """Entities by the installed model, without anything of ours."""
    import importlib.util

    import spacy

    from worker.tagging.pipelines import ENGLISH

    package = next(name for name in ENGLISH if importlib.util.find_spec(name))
    where = importlib.util.find_spec(package)
    assert where is not None
    assert where.origin is not None
    folder = Path(where.origin).parent / "_model"
    unused = ["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
    pipeline = spacy.load(folder if folder.is_dir() else package, exclude=unused)
    return lambda text: pipeline(text).ents


def tagging() -> dict[str, float]:
    """Documents a second by language, and by plain spaCy."""
    from worker.model import Article
    from worker.tagging import load_tagger

    tagger = load_tagger()
    tagger.preload(("en",))
    by_spacy = plain_spacy()
    english = articles("en", 40)
    ways = {
        "en": lambda text: tagger.tag(Article(title="", text=text, language="en")),
        "spacy": by_spacy,
    }
    in_turns(ways, english[:5], 1)
    speeds = in_turns(ways, english, 5)
    for language in ("de", "es"):

        def tag(text: str, language: str = language) -> object:
            return tagger.tag(Article(title="", text=text, language=language))

        in_turns({language: tag}, articles(language, 20), 1)
        speeds |= in_turns({language: tag}, articles(language, 300), 5)
    return speeds


def memory() -> dict[str, float]:
    """Megabytes of a process that has tagged English articles, at most."""
    from worker.model import Article
    from worker.tagging import load_tagger

    tagger = load_tagger()
    tagger.preload(("en",))
    for text in articles("en", 100):
        tagger.tag(Article(title="", text=text, language="en"))
    return {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def gazetteer() -> dict[str, float]:
    """Documents a second in which a million aliases are looked for."""
    from worker.model import Entity, Kind
    from worker.tagging import Gazetteer
    from worker.tagging.gazetteer import Form, Known

    rng = random.Random(_ALIASES)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or")]

    def word() -> str:
        return "".join(rng.choices(syllables, k=rng.randrange(2, 4))).capitalize()

    known = (
        Known(
            Entity(kind=Kind.PERSON, key=f"person:{number}", name=f"{number}"),
            tuple(Form(f"{word()} {word()}") for _ in range(4)),
        )
        for number in range(_ALIASES // 4)
    )
    large = Gazetteer(known)
    texts = articles("en", 200)
    started = time.process_time()
    large.scan(texts[0], "en")
    built = time.process_time() - started
    speeds = in_turns({"gazetteer": lambda text: large.scan(text, "en")}, texts, 5)
    return speeds | {"gazetteer_built_in": built}


_PARTS = {"tagging": tagging, "memory": memory, "gazetteer": gazetteer}


def apart(part: str) -> dict[str, float]:
    """The figures of one part, from a process of its own."""
    command = [sys.executable, "-m", "bench.tag", "--part", part]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=_PARTS, help="one part alone, as the others start it")
    options = parser.parse_args()
    if options.part:
        print(json.dumps(_PARTS[options.part]()))
        return
    figures = {name: value for part in _PARTS for name, value in apart(part).items()}
    for name, value in figures.items():
        print(f"{name:<20}{value:12.1f}")
    bars = {
        "english_per_second": Bar(round(figures["en"], 1), 30),
        "english_over_plain_spacy_time": Bar(
            round(figures["spacy"] / figures["en"], 2), 1.1, most=True
        ),
        "other_languages_per_second": Bar(round(min(figures["de"], figures["es"])), 1500),
        "million_aliases_per_second": Bar(round(figures["gazetteer"]), 20_000),
        "worker_megabytes": Bar(round(figures["megabytes"]), 700, most=True),
    }
    report("tag", {name: round(value, 1) for name, value in figures.items()}, bars)


if __name__ == "__main__":
    main()
