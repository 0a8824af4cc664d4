"""The recognizers of each language, loaded when first asked for and then kept.

English has a statistical pipeline (spaCy), and so has Russian (slovnet). Every language has the
gazetteer, which needs none. To add a language's model, add a function to ``_LOADERS``.
"""

from collections.abc import Callable, Iterable

from worker.tagging import slavic
from worker.tagging.pipelines import load_english
from worker.tagging.recognizer import Labelled, Recognizer, chunks


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
            if language in slavic.LANGUAGES:
                slavic.preload(language)


def _load_russian() -> Recognizer:
    from worker.tagging.slavic.model import load_recognizer

    find = load_recognizer()

    def recognize(text: str) -> list[Labelled]:
        return [
            Labelled((start + span[0], start + span[1]), label)
            for start, end in chunks(text)
            for span, label in find(text[start:end])
        ]

    return recognize


_LOADERS: dict[str, Callable[[], Recognizer]] = {"en": load_english, "ru": _load_russian}
