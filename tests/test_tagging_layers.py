"""Layers of spaCy's models computed with less work give what they gave."""

from typing import Any

import numpy as np
import pytest
import spacy
from spacy.ml.models.tok2vec import MaxoutWindowEncoder, MultiHashEmbed, build_Tok2Vec_model

from worker.tagging import layers

TEXTS = (
    "Anna Abel met Boris Brenko in Lisbon, and the harbour stayed closed.",
    "",
    "Boris Brenko said the harbour of Lisbon would open.",
    "Harbour",
)


@pytest.fixture(autouse=True)
def few_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer words are kept than there are, so that others are computed each time."""
    monkeypatch.setattr(layers, "MOST", 8)


def model_of(texts: list[Any], *, window: int = 1) -> Any:
    """A model of words with weights by chance, and no two of its numbers alike."""
    model = build_Tok2Vec_model(
        MultiHashEmbed(16, ["NORM", "PREFIX", "SHAPE"], [50, 40, 30], include_static_vectors=False),
        MaxoutWindowEncoder(width=16, depth=3, window_size=window, maxout_pieces=3),
    )
    model.initialize(X=texts)
    rng = np.random.default_rng(5)
    for node in model.walk():
        for name in node.param_names:
            value: Any = node.get_param(name)
            weights: Any = rng.normal(size=value.shape).astype(value.dtype)
            node.set_param(name, weights)
    return model


def documents() -> list[Any]:
    """The texts as spaCy parts them into words."""
    pipeline = spacy.blank("en")
    return [pipeline.make_doc(text) for text in TEXTS]


def names(model: Any) -> list[str]:
    """What the layers are called."""
    return [node.name for node in model.walk()]


def test_quicker_layers_give_the_same_vectors() -> None:
    """Words met first, met again and not kept have the vectors they had."""
    read = documents()
    model = model_of([one for one in read if len(one)])
    wanted = model.predict(read)
    layers.quicken(model)
    assert {"kept words", "windows"} <= set(names(model))
    for _ in range(2):  # first computed, then kept
        for found, vectors in zip(model.predict(read), wanted, strict=True):
            assert found.shape == vectors.shape
            assert np.allclose(found, vectors, atol=1e-4)


def test_a_document_is_read_alike_alone_and_beside_others() -> None:
    """What stands beside a document changes nothing of it."""
    read = documents()
    model = model_of([one for one in read if len(one)])
    layers.quicken(model)
    together = model.predict(read)
    for one, vectors in zip(read, together, strict=True):
        assert np.array_equal(model.predict([one])[0], vectors)


def test_layers_of_another_make_are_left_as_they_are() -> None:
    """Only layers that are known are replaced."""
    read = documents()
    model = model_of([one for one in read if len(one)], window=2)
    wanted = model.predict(read)
    layers.quicken(model)
    assert "windows" not in names(model)
    for found, vectors in zip(model.predict(read), wanted, strict=True):
        assert np.allclose(found, vectors, atol=1e-4)
