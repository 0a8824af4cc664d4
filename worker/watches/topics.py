"""The topics a query may name, and how it may call them."""

import re
from collections.abc import Mapping

from worker.mediatopics import NAMES, TOPICS
from worker.watches.folding import fold_name

_CODE = re.compile(r"(?:medtop:)?(\d{8})", re.IGNORECASE)


def find_topics(value: str) -> tuple[str, ...]:
    """The codes a code, a name or the beginning of a name or of a word in it can mean.

    One code where the value is clear, several where it is ambiguous, none where it is unknown.
    A topic of the top level is meant rather than a narrower one. Any well-formed code is taken as
    it stands.
    """
    code = _CODE.fullmatch(value.strip())
    if code:
        return (f"medtop:{code.group(1)}",)
    wanted = fold_name(value)
    return _readings(wanted, TOPICS) or _readings(wanted, NAMES)


def _readings(wanted: str, topics: Mapping[str, str]) -> tuple[str, ...]:
    names = {key: fold_name(name) for key, name in topics.items()}
    readings = (
        tuple(key for key, name in names.items() if name == wanted),
        tuple(key for key, name in names.items() if name.startswith(f"{wanted} ")),
        tuple(key for key, name in names.items() if wanted in set(name.split()) - {"and"}),
        tuple(key for key, name in names.items() if f" {name}".find(f" {wanted}") >= 0),
    )
    return next((found for found in readings if found), ()) if wanted else ()
