"""GLiNER models in ONNX form as recognizers.

The model is asked for spans of words that are a person, an organization and so on: the kinds are
words it reads before the text. Only onnxruntime and tokenizers are needed.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.model import Span
from worker.tagging.recognizer import Labelled, Recognizer, chunks

#: What is asked for, in the model's words, and our labels.
_KINDS = {
    "person": "PERSON",
    "organization": "ORG",
    "location": "LOC",
    "product": "PRODUCT",
    "event": "EVENT",
}
#: How likely a span has to be what is asked for.
_LEAST = 0.5
#: Characters that are read at once; the model sees some hundred words of them.
_CHUNK = 1_500
_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")
_THREADS = 1
#: What models that judge spans read.
_INPUTS = frozenset(
    {"input_ids", "attention_mask", "words_mask", "text_lengths", "span_idx", "span_mask"}
)


@dataclass(frozen=True, slots=True)
class _Config:
    """What ``gliner_config.json`` says of a model."""

    widest: int
    longest: int
    kind_mark: str
    text_mark: str


def load_gliner(folder: Path) -> Recognizer:
    """The recognizer of the model in a folder: model.onnx, tokenizer.json, gliner_config.json."""
    import onnxruntime
    from tokenizers import Tokenizer

    raw = json.loads((folder / "gliner_config.json").read_text("utf-8"))
    config = _Config(
        widest=int(raw.get("max_width", 12)),
        longest=int(raw.get("max_len", 384)),
        kind_mark=raw.get("ent_token", "<<ENT>>"),
        text_mark=raw.get("sep_token", "<<SEP>>"),
    )
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    file = next(f for f in (folder / "model.onnx", folder / "onnx" / "model.onnx") if f.is_file())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = _THREADS
    session = onnxruntime.InferenceSession(
        str(file), sess_options=options, providers=["CPUExecutionProvider"]
    )
    unknown = {one.name for one in session.get_inputs()} - _INPUTS
    if unknown:
        raise ValueError(
            f"it reads {', '.join(sorted(unknown))}, which only GLiNER itself can give"
        )

    def recognize(text: str) -> list[Labelled]:
        return [
            labelled
            for start, end in chunks(text, size=_CHUNK)
            for words in _portions(text, (start, end), config.longest)
            for labelled in _found(session, tokenizer, config, text, words)
        ]

    return recognize


def _portions(text: str, part: Span, longest: int) -> Iterator[list[Span]]:
    """The words of a part of a text, as many at once as the model reads."""
    words = [match.span() for match in _WORD.finditer(text, *part)]
    for start in range(0, len(words), longest):
        yield words[start : start + longest]


def _found(
    session: Any, tokenizer: Any, config: _Config, text: str, words: Sequence[Span]
) -> Iterator[Labelled]:
    """The spans the model finds, the likelier where two overlap."""
    import numpy as np

    inputs = _inputs(tokenizer, config, [text[slice(*word)] for word in words])
    wanted = {one.name for one in session.get_inputs()}
    logits = session.run(None, {k: v for k, v in inputs.items() if k in wanted})[0][0]
    likely = 1 / (1 + np.exp(-logits))
    taken: set[int] = set()
    labels = tuple(_KINDS.values())
    places = sorted(zip(*np.where(likely > _LEAST), strict=True), key=lambda at: -likely[at])
    for first, width, kind in places:
        covered = range(int(first), int(first + width) + 1)
        if covered.stop <= len(words) and taken.isdisjoint(covered):
            taken.update(covered)
            yield Labelled((words[covered.start][0], words[covered.stop - 1][1]), labels[kind])


def _inputs(tokenizer: Any, config: _Config, words: Sequence[str]) -> dict[str, Any]:
    """What the model reads: the kinds, then the words; which tokens begin a word; every span."""
    import numpy as np

    prompt = [part for kind in _KINDS for part in (config.kind_mark, kind)] + [config.text_mark]
    encoded = tokenizer.encode([*prompt, *words], is_pretokenized=True)
    begins: list[int] = []
    before: int | None = None
    for word in encoded.word_ids:
        begins.append(word - len(prompt) + 1 if word is not None and word != before else 0)
        before = word
    starts = np.repeat(np.arange(len(words)), config.widest)
    ends = starts + np.tile(np.arange(config.widest), len(words))
    fits = ends < len(words)
    return {
        "input_ids": np.array([encoded.ids], np.int64),
        "attention_mask": np.array([encoded.attention_mask], np.int64),
        "words_mask": np.array([[max(0, begin) for begin in begins]], np.int64),
        "text_lengths": np.array([[len(words)]], np.int64),
        "span_idx": np.array([np.where(fits, [starts, ends], 0).T], np.int64),
        "span_mask": np.array([fits], bool),
    }
