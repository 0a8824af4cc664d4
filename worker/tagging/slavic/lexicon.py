"""Words of Russian news, surnames and first names, as natasha carries them.

Each list is one array of hashes: a Python dictionary of the same quarter of a million words would
take 40 MB, this takes 3. natasha itself is not imported: its morphology needs pymorphy2, which new
Pythons cannot load.
"""

import gzip
import importlib.util
import tarfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from pathlib import Path

MODEL = "model/slovnet_ner_news_v1.tar"
_VOCABULARY = "vocabs/word.gz"


class WordNumbers:
    """Words and their numbers, by Python's own hashes of 64 bits, sorted: good for this process and those it forks.

    Two of a quarter of a million words share a hash with a chance of one in five hundred million.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        import numpy as np

        hashes = np.fromiter(map(hash, lines), np.int64)
        order = np.argsort(hashes)
        self._hashes = array("q", hashes[order].tobytes())
        self._numbers = array("I", order.astype(np.uint32).tobytes())

    def number(self, word: str) -> int | None:
        """The place of a word in the list, counted from 0; None if it is not in it."""
        wanted = hash(word.encode("utf-8", "replace"))
        at = bisect_left(self._hashes, wanted)
        if at < len(self._hashes) and self._hashes[at] == wanted:
            return self._numbers[at]
        return None

    def __contains__(self, word: str) -> bool:
        return self.number(word) is not None


def data() -> Path:
    """The folder of natasha's data. Raises RuntimeError where it is not installed."""
    where = importlib.util.find_spec("natasha")
    if where is None or where.origin is None:
        raise RuntimeError("the Russian model is not installed: install natasha")
    return Path(where.origin).parent / "data"


@cache
def vocabulary() -> WordNumbers:
    """The words the model has vectors for, numbered as it numbers them."""
    with tarfile.open(data() / MODEL) as tar:
        packed = tar.extractfile(_VOCABULARY)
        if packed is None:
            raise RuntimeError(f"{MODEL} holds no vocabulary")
        return WordNumbers(gzip.decompress(packed.read()).splitlines())


@cache
def surnames() -> WordNumbers:
    """Surnames in the nominative, lower case."""
    return WordNumbers((data() / "dict" / "last.txt").read_bytes().splitlines())


@cache
def first_names() -> WordNumbers:
    """First names in the nominative, lower case."""
    return WordNumbers((data() / "dict" / "first.txt").read_bytes().splitlines())
