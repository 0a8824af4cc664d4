"""Foreign text made fit for one line: titles, names and servers' answers are not to be trusted."""

import re
import unicodedata

# Bidirectional embeddings, overrides and isolates: they make text read as what it is not.
_REORDERING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_UNFIT = {"Cc", "Cs", "Zl", "Zp"}


def one_line(text: str, limit: int = 0) -> str:
    """Text without line breaks, control characters, lone surrogates and reordering marks.

    Runs of white space become one space. With a ``limit`` at most so many code points are kept,
    the last an ellipsis where something was cut.
    """
    text = text.translate(_REORDERING)
    text = "".join(" " if unicodedata.category(char) in _UNFIT else char for char in text)
    text = re.sub(r"\s+", " ", text).strip()
    return text[: limit - 1].rstrip() + "…" if 0 < limit < len(text) else text


def printable(text: str) -> str:
    """Text of many lines without control characters and lone surrogates; line ends are kept."""
    return "".join(
        char if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"} else " "
        for char in text.replace("\r\n", "\n").replace("\r", "\n")
    )
