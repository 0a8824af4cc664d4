"""The Russian named-entity recognizer: slovnet's, on navec's word vectors, both carried by natasha.

slovnet's own loaders take 150 MB and seconds: they copy the vectors and make two dictionaries of a
quarter of a million words. Here the vectors stay in their file, of which the system keeps in
memory what is read, and the vocabulary is an array of hashes: about 20 MB and a third of a second.
"""

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from worker.model import Span
from worker.tagging.slavic.lexicon import MODEL, WordNumbers, data, vocabulary

_VECTORS = "emb/navec_news_v1_1B_250K_300d_100q.tar"
#: slovnet's words for what it finds, in ours.
_LABELS = {"PER": "PERSON", "ORG": "ORG", "LOC": "LOC"}
#: A file of vectors begins with vectors, dimensions, parts, centroids of a part: uint32 each.
_HEADER = 16

LabelledSpan = tuple[Span, str]


class _Vocabulary:
    """What slovnet's encoder asks of a vocabulary."""

    def __init__(self, words: WordNumbers) -> None:
        self._words = words
        self.pad_id = words.number("<pad>")
        self.unk_id = words.number("<unk>")

    def encode(self, word: str) -> int | None:
        """The number of a word, that of ``<unk>`` for one it has not."""
        number = self._words.number(word)
        return self.unk_id if number is None else number


def load_recognizer() -> Callable[[str], list[LabelledSpan]]:
    """A function from a text to the spans of people, organizations and places in it."""
    infer = _load(data())

    def recognize(text: str) -> list[LabelledSpan]:
        if not text.strip():
            return []
        [markup] = infer([text])
        return [((span.start, span.stop), _LABELS[span.type]) for span in markup.spans]

    return recognize


def _load(folder: Path) -> Any:
    """The inference of slovnet inference over arrays that are put in here instead of its loaders' copies."""
    from slovnet.const import SHAPE, TAG
    from slovnet.exec.encoders import TagEncoder
    from slovnet.exec.infer import NERInfer, TagDecoder
    from slovnet.exec.model import NER
    from slovnet.exec.pack import Pack

    with Pack(folder / MODEL) as pack:
        pack.load_meta().check_protocol()
        model = pack.load_model(NER)
        model = model.inject_arrays(dict(pack.load_arrays(model.weights)))
        shapes, tags = pack.load_vocab(SHAPE), pack.load_vocab(TAG)
    indexes, codes = _vectors(folder / _VECTORS)
    embedding = model.emb.word.replace(
        indexes=model.emb.word.indexes.replace(array=indexes),
        codes=model.emb.word.codes.replace(array=codes),
    )
    model = model.replace(emb=model.emb.replace(word=embedding))
    return NERInfer(model, TagEncoder(_Vocabulary(vocabulary()), shapes, 1), TagDecoder(tags))


def _vectors(path: Path) -> tuple[Any, Any]:
    """Product-quantized vectors: the numbers of each word's centroids, mapped, and the centroids."""
    import numpy as np

    with tarfile.open(path) as tar:
        member = tar.getmember("pq.bin")
    start, size = member.offset_data, member.size
    mapped = np.memmap(path, np.uint8, mode="r", offset=start, shape=(size,))
    count, _, parts, centroids = (int(n) for n in np.frombuffer(mapped[:_HEADER], "<u4"))
    end = _HEADER + count * parts
    indexes = np.asarray(mapped[_HEADER:end]).reshape(count, parts)
    codes = np.frombuffer(mapped[end:].tobytes(), "<f4").reshape(parts, centroids, -1)
    return indexes, codes
