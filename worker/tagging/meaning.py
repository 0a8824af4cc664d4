"""What an English text is about by static word embeddings: how near it lies to example sentences."""

import importlib.util
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

#: Code points that are read; the beginning of an article says what it is about.
_READ = 1_500
#: How many of a topic's examples a text should be near to.
_NEAREST = 3
#: Nearness (a cosine) that multiplies a topic's share by e.
_STEP = 0.05
#: Where a text may be parted: no piece holds a space behind another character.
_BETWEEN = re.compile(r"(?<=[^ ]) ")
#: What the tokenizer writes for a space.
_SPACE = "\u2581"
#: Words whose pieces are kept, and how long they may be: some megabytes.
_MOST_WORDS, _LONG = 20_000, 32


class Meaning:
    """Topics given by examples, which are asked for, like the embeddings, when first needed."""

    def __init__(self, examples: Callable[[], Sequence[Sequence[str]]]) -> None:
        self._examples = examples
        self._known: dict[str, Sequence[int]] = {}

    def preload(self) -> None:
        """Load the embeddings now."""
        _ = self._topics

    def place(self, text: str) -> Any:
        """Where a text lies, by its beginning."""
        model = self._model
        # As ``embed`` does, without where in the text each piece stands: half of its time.
        pieces = self._pieces(text[:_READ])
        place = model.embedding[pieces].sum(0) / np.float32(max(1, len(pieces)))
        return _units(place / np.linalg.norm(place) - self._topics[0])

    def _pieces(self, text: str) -> Sequence[int]:
        """The numbers of a text's pieces: none reaches over a space, so each word is cut up once."""
        if "<" in text or _SPACE in text or text.endswith(" "):  # what stands for something else
            return self._cut(text)
        known = self._known
        pieces: list[int] = []
        for word in _BETWEEN.split(text):
            found = known.get(word)
            if found is None:
                found = self._cut(word)
                if len(known) < _MOST_WORDS and len(word) < _LONG:
                    known[word] = found
            pieces += found
        return pieces

    def _cut(self, text: str) -> Sequence[int]:
        encode = self._model.tokenizer.encode_batch_fast
        found: Sequence[int] = encode([text], add_special_tokens=False)[0].ids
        return found

    def centre(self, examples: Sequence[str]) -> Any:
        """Where the middle of some examples lies."""
        return _units(self._seen_from_middle(examples).mean(0))

    def shares(self, place: Any) -> list[float]:
        """A share for each topic, in their order, adding up to 1."""
        near = np.array([np.sort(topic @ place)[-_NEAREST:].mean() for topic in self._topics[1]])
        raised = np.exp((near - near.max()) / _STEP)
        shares: list[float] = (raised / raised.sum()).tolist()
        return shares

    def _seen_from_middle(self, texts: Sequence[str]) -> Any:
        return _units(self._model.embed(list(texts), norm=True) - self._topics[0])

    @cached_property
    def _model(self) -> Any:
        from wordllama import WordLlama

        where = importlib.util.find_spec("wordllama")
        assert where is not None
        assert where.origin is not None
        return WordLlama.load(cache_dir=Path(where.origin).parent, disable_download=True)

    @cached_property
    def _topics(self) -> tuple[Any, list[Any]]:
        """The middle of all topics, which only says "this is news", and the examples seen from it."""
        embedded = [self._model.embed(list(examples), norm=True) for examples in self._examples()]
        middle = np.mean([topic.mean(0) for topic in embedded], axis=0)
        return middle, [_units(topic - middle) for topic in embedded]


def _units(vectors: Any) -> Any:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
