"""The Russian named-entity recognizer: slovnet's, on navec's word vectors, both carried by natasha.

slovnet loads 150 MB: two dictionaries of a quarter of a million words and a copy of the vectors.
Here the vectors stay in their file, of which the system keeps in memory what is read, and the
vocabulary is one array of hashes, so that a process which has the model loaded pays about 10 MB.
natasha itself is not imported: its morphology needs pymorphy2, which new Pythons cannot load.
"""

import gzip
import importlib.util
import io
import tarfile
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from worker.model import Span

_VECTORS = "emb/navec_news_v1_1B_250K_300d_100q.tar"
_MODEL = "model/slovnet_ner_news_v1.tar"
#: slovnet's words for what it finds, in ours.
_LABELS = {"PER": "PERSON", "ORG": "ORG", "LOC": "LOC"}
#: Of a file of vectors: vectors, dimensions, parts of a vector, centroids of a part (uint32 each).
_HEADER = 16

LabelledSpan = tuple[Span, str]


class Vocabulary:
    """Words and their numbers as sorted 64-bit hashes: 3 MB where a dictionary takes 40.

    Two of a quarter of a million words share a hash with a chance of one in five hundred million.
    """

    def __init__(self, lines: Iterator[bytes]) -> None:
        import numpy as np

        raw = b"".join(_hash(line.rstrip(b"\n")) for line in lines)
        hashes = np.frombuffer(raw, np.uint64)
        order = np.argsort(hashes)
        self._hashes = array("Q", hashes[order].tobytes())
        self._ids = array("I", order.astype(np.uint32).tobytes())
        self.pad_id = self.encode("<pad>")
        self.unk_id = self.encode("<unk>")

    def encode(self, word: str) -> int:
        """The number of a word, that of ``<unk>`` for one that is not known."""
        wanted = int.from_bytes(_hash(word.encode("utf-8", "replace")), "little")
        at = bisect_left(self._hashes, wanted)
        if at < len(self._hashes) and self._hashes[at] == wanted:
            return self._ids[at]
        return self.unk_id


def _hash(word: bytes) -> bytes:
    return blake2b(word, digest_size=8).digest()


def load_recognizer() -> Callable[[str], list[LabelledSpan]]:
    """A function from a text to the spans of people, organizations and places in it."""
    infer = _load(_data())

    def recognize(text: str) -> list[LabelledSpan]:
        if not text.strip():
            return []
        [markup] = infer([text])
        return [((span.start, span.stop), _LABELS[span.type]) for span in markup.spans]

    return recognize


def _data() -> Path:
    where = importlib.util.find_spec("natasha")
    if where is None or where.origin is None:
        raise RuntimeError("the Russian model is not installed: install natasha")
    return Path(where.origin).parent / "data"


def _load(data: Path) -> Any:
    """slovnet's own inference over arrays that are put in here instead of its loaders' copies."""
    from slovnet.const import SHAPE, TAG
    from slovnet.exec.encoders import TagEncoder
    from slovnet.exec.infer import NERInfer, TagDecoder
    from slovnet.exec.model import NER
    from slovnet.exec.pack import Pack

    with Pack(data / _MODEL) as pack:
        pack.load_meta().check_protocol()
        model = pack.load_model(NER)
        model = model.inject_arrays(dict(pack.load_arrays(model.weights)))
        shapes, tags = pack.load_vocab(SHAPE), pack.load_vocab(TAG)
        with gzip.open(io.BytesIO(pack.read("vocabs/word.gz"))) as lines:
            words = Vocabulary(iter(lines))
    indexes, codes = _vectors(data / _VECTORS)
    embedding = model.emb.word.replace(
        indexes=model.emb.word.indexes.replace(array=indexes),
        codes=model.emb.word.codes.replace(array=codes),
    )
    model = model.replace(emb=model.emb.replace(word=embedding))
    return NERInfer(model, TagEncoder(words, shapes, 1), TagDecoder(tags))


def _vectors(path: Path) -> tuple[Any, Any]:
    """Product-quantized vectors: the numbers of each word's centroids, mapped, and the centroids."""
    import numpy as np

    with tarfile.open(path) as tar:
        member = tar.getmember("pq.bin")
    mapped = np.memmap(path, np.uint8, mode="r", offset=member.offset_data, shape=(member.size,))
    count, _, parts, centroids = (int(n) for n in mapped[:_HEADER].view(np.uint32))
    end = _HEADER + count * parts
    indexes = np.asarray(mapped[_HEADER:end]).reshape(count, parts)
    codes = np.frombuffer(mapped[end:].tobytes(), np.float32).reshape(parts, centroids, -1)
    return indexes, codes
