"""The vectors of spaCy's models, loaded without the dictionaries and sets that reading never asks for."""

import json
from array import array
from bisect import bisect_left
from pathlib import Path
from typing import Any

import numpy as np
from spacy.util import registry
from spacy.vectors import Vectors

#: What models' configurations call the usual table of vectors.
USUAL = "spacy.Vectors.v1"
#: How MessagePack marks numbers of eight and of two bytes, and an entry of both.
_LONG, _SHORT = 0xCF, 0xCD
#: How many bytes the length of a mapping has, by its mark; a short one is in the mark.
_MAPS = {0xDE: 2, 0xDF: 4}
_ENTRY = np.dtype([("long", "u1"), ("key", ">u8"), ("short", "u1"), ("value", ">u2")])
#: Entries looked at together.
_TOGETHER = 2048


class Rows:
    """The row of each word's vector, by the word's hash: a tenth of what a dictionary takes."""

    #: Words whose row is kept at hand.
    MOST = 32_768

    def __init__(self, hashes: Any, rows: Any) -> None:
        """``hashes`` and ``rows`` are arrays of numpy, of one length."""
        order = np.argsort(hashes)
        self._met: dict[int, int] = {}
        self._hashes = array("Q", hashes[order].astype(np.uint64).tobytes())
        self._rows = array("I", rows[order].astype(np.uint32).tobytes())

    def __len__(self) -> int:
        return len(self._hashes)

    def get(self, wanted: int, default: int = -1) -> int:
        """The row of a hash, ``default`` where there is none."""
        row = self._met.get(wanted)
        if row is None:
            row = self._find(wanted)
            if len(self._met) < self.MOST:
                self._met[wanted] = row
        return default if row < 0 else row

    def _find(self, wanted: int) -> int:
        at = bisect_left(self._hashes, wanted)
        if at < len(self._hashes) and self._hashes[at] == wanted:
            row: int = self._rows[at]
            return row
        return -1


def pairs(packed: bytes) -> tuple[Any, Any]:
    """The keys and the values of a mapping of whole numbers in MessagePack, as arrays.

    Nearly all of half a million are a key of eight bytes and a value of two: those are read as rows of
    a table, up to the first other one, which is read alone.
    """
    count, at = _length(packed)
    entries: list[Any] = []
    others: dict[int, int] = {}
    left = count
    while left:
        size = min(left, _TOGETHER, (len(packed) - at) // _ENTRY.itemsize)
        table = np.frombuffer(packed, _ENTRY, size, at)
        odd = np.flatnonzero((table["long"] != _LONG) | (table["short"] != _SHORT))
        usual = int(odd[0]) if len(odd) else size
        entries.append(table[:usual])
        at += usual * _ENTRY.itemsize
        left -= usual
        if left and (len(odd) or not size):
            key, at = _number(packed, at)
            others[key], at = _number(packed, at)
            left -= 1
    table = np.concatenate([*entries, np.zeros(0, _ENTRY)])
    keys = np.fromiter(others, np.uint64, len(others))
    values = np.fromiter(others.values(), np.uint32, len(others))
    return np.concatenate((table["key"], keys)), np.concatenate((table["value"], values))


def _length(packed: bytes) -> tuple[int, int]:
    """How many entries a mapping has, and where they begin."""
    if packed[0] in _MAPS:
        end = 1 + _MAPS[packed[0]]
        return int.from_bytes(packed[1:end], "big"), end
    return packed[0] & 0x0F, 1


def _number(packed: bytes, at: int) -> tuple[int, int]:
    """The whole number that begins there, and where it ends. Raises ValueError where there is none."""
    kind = packed[at]
    if kind < 0x80:
        return kind, at + 1
    if not 0xCC <= kind <= _LONG:
        raise ValueError("no whole number in a model's table of words")
    end = at + 1 + (1 << (kind - 0xCC))
    return int.from_bytes(packed[at + 1 : end], "big"), end


class _Read(Vectors):  # type: ignore[misc] # the library has no types for it
    """Vectors that are only read. Which rows are free, half a million looks, is not noted."""

    def from_disk(self, path: str | Path, *, exclude: Any = ()) -> Any:
        """Load from a model's folder; a table of another make as the library does."""
        folder = Path(path)
        rows, data, mode = folder / "key2row", folder / "vectors", folder / "vectors.cfg"
        written = json.loads(mode.read_text("utf-8")) if mode.exists() else {}
        usual = written.get("mode", "default") == "default" and not (folder / "keys").exists()
        if not (usual and rows.exists() and data.exists()):
            return super().from_disk(path, exclude=exclude)
        self._set_cfg(written)
        self.data = np.load(data)
        self.key2row = Rows(*pairs(rows.read_bytes()))
        return self


def read_only() -> None:
    """Have models loaded from here on with such vectors."""
    registry.vectors(USUAL, func=lambda: lambda vocab: _Read(strings=vocab.strings))
