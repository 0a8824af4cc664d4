"""The costly layers of spaCy's models computed with less work; what comes out is the same.

A word's own vector depends on nothing round it: it is kept once computed. The layers that look at a word's
neighbours are many small steps in thinc, of which each copies; here they are few, in place.
Layers of any other make are left as they are.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

#: Words whose vectors are kept: some ten megabytes, and nine of ten words of news.
MOST = 20_000
#: Layers that see nothing of a word but these columns and its letters.
_OF_A_WORD = frozenset({
    "extract_features", "list2ragged", "ragged2list", "ints-getitem", "hashembed", "static_vectors",
    "maxout", "layernorm", "dropout",
})  # fmt: skip
#: A layer that adds to each word what it makes of the word between its neighbours.
_OVER_A_WINDOW = "residual(expand_window>>maxout>>layernorm>>dropout)"
_SMALL = np.float32(1e-8)


def quicken(model: Any) -> None:
    """Put quicker layers in the place of those of a component's model that are known."""
    for node in list(model.walk()):
        if {"embed", "encode"} <= set(node.ref_names):
            embed, encode = node.get_ref("embed"), node.get_ref("encode")
            if columns := _columns(embed):
                model.replace_node(embed, _layer("kept words", _Kept(embed, columns)))
            if windows := _windows(encode):
                model.replace_node(encode, _layer("windows", windows))


def _layer(name: str, forward: Any) -> Any:
    from thinc.api import Model

    def begin(_model: Any, documents: Any, is_train: bool) -> tuple[Any, Any]:  # noqa: ARG001 - as thinc calls it
        return forward(documents), None

    return Model(name, begin)


def _columns(embed: Any) -> list[str | int]:
    """What an embedding asks of a word, nothing where it may ask for more than that."""
    leaves = [node for node in embed.walk() if not node.layers]
    asked = [node for node in leaves if node.name == "extract_features"]
    if len(asked) != 1 or not {node.name for node in leaves} <= _OF_A_WORD:
        return []
    return [*asked[0].attrs["columns"], "ORTH"]


class _Kept:
    """An embedding that computes each word once."""

    def __init__(self, embed: Any, columns: Sequence[str | int]) -> None:
        self._embed = embed
        self._columns = list(columns)
        self._rows: dict[bytes, int] = {}
        self._vectors = np.empty((MOST, embed.get_dim("nO")), np.float32)

    def __call__(self, documents: Sequence[Any]) -> list[Any]:
        """The vectors of the words of each document."""
        return [self._read(document) for document in documents]

    def _read(self, document: Any) -> Any:
        asked = np.ascontiguousarray(document.to_array(self._columns))
        packed, size = asked.tobytes(), asked.itemsize * len(self._columns)
        words = [packed[at : at + size] for at in range(0, len(packed), size)]
        rows = np.array([self._rows.get(word, -1) for word in words], np.intp)
        found = self._vectors[rows]
        missing = np.flatnonzero(rows < 0).tolist()
        new = {words[at]: at for at in missing}
        if new:
            computed = self._embed.predict([_Words(document, list(new.values()))])[0]
            for word, vector in zip(new, computed, strict=True):
                self._keep(word, vector)
            numbers = {word: number for number, word in enumerate(new)}
            for at in missing:
                found[at] = computed[numbers[words[at]]]
        return found

    def _keep(self, word: bytes, vector: Any) -> None:
        row = len(self._rows)
        if row < MOST:
            self._vectors[row] = vector
            self._rows[word] = row


class _Words:
    """Some words of a document, as far as an embedding asks for them."""

    def __init__(self, document: Any, places: Sequence[int]) -> None:
        self._document = document
        self._places = places
        self.vocab = document.vocab

    def __len__(self) -> int:
        return len(self._places)

    def to_array(self, columns: Any) -> Any:
        """What the columns say of these words."""
        return self._document.to_array(columns)[self._places]


def _windows(encode: Any) -> "_Windows | None":
    """Layers over words and their neighbours, where all of them are such."""
    if not encode.name.startswith("with_array(") or "pad" not in encode.attrs:
        return None
    inner = encode.layers[0]
    layers = [inner] if inner.name == _OVER_A_WINDOW else inner.layers
    if {one.name for one in layers} != {_OVER_A_WINDOW} or len(layers) > encode.attrs["pad"]:
        return None
    nodes = [{node.name: node for node in one.walk()} for one in layers]
    if any(one["expand_window"].attrs["window_size"] != 1 for one in nodes):
        return None
    return _Windows([_Window(one["maxout"], one["layernorm"]) for one in nodes], len(layers))


class _Window:
    """One layer over words and their neighbours; ``room`` has a row of zeros before the first word and behind the last."""

    def __init__(self, weights: Any, norm: Any) -> None:
        heads, pieces, width = weights.get_param("W").shape
        # All first pieces, then all second ones: the largest is found in whole rows.
        by_piece = weights.get_param("W").transpose(1, 0, 2).reshape(heads * pieces, width)
        self._weights = np.ascontiguousarray(by_piece.T)
        self._bias = np.ascontiguousarray(weights.get_param("b").T).reshape(-1)
        self._heads = heads
        self._scale, self._shift = norm.get_param("G"), norm.get_param("b")

    def add(self, room: Any) -> None:
        """Add to the words in a room what this layer makes of them."""
        made = np.hstack((room[:-2], room[1:-1], room[2:])) @ self._weights
        made += self._bias
        best = made[:, : self._heads]
        for start in range(self._heads, made.shape[1], self._heads):
            best = np.maximum(best, made[:, start : start + self._heads])
        best -= best.mean(1, keepdims=True)
        spread = np.einsum("ij,ij->i", best, best)[:, None] / np.float32(self._heads)
        best *= (spread + _SMALL) ** np.float32(-0.5)
        best *= self._scale
        best += self._shift
        room[1:-1] += best


class _Windows:
    """Such layers one upon the other, with rows of zeros round each document."""

    def __init__(self, layers: Sequence[_Window], pad: int) -> None:
        self._layers = layers
        self._pad = pad + 1

    def __call__(self, vectors: Sequence[Any]) -> list[Any]:
        """What the layers make of each document: alone, as it fits into the processor's memory."""
        made = []
        for one in vectors:
            room = np.zeros((len(one) + 2 * self._pad, one.shape[1]), np.float32)
            room[self._pad : -self._pad] = one
            for layer in self._layers if len(one) else ():
                layer.add(room)
            made.append(room[self._pad : -self._pad])
        return made
