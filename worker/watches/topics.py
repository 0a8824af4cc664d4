"""The seventeen top-level IPTC Media Topics by which a query may call them.

Codes and names: https://cv.iptc.org/newscodes/mediatopic/ (CC BY 4.0).
"""

import re

from worker.watches.folding import fold_name

TOPICS: dict[str, str] = {
    "medtop:01000000": "arts, culture, entertainment and media",
    "medtop:02000000": "crime, law and justice",
    "medtop:03000000": "disaster, accident and emergency incident",
    "medtop:04000000": "economy, business and finance",
    "medtop:05000000": "education",
    "medtop:06000000": "environment",
    "medtop:07000000": "health",
    "medtop:08000000": "human interest",
    "medtop:09000000": "labour",
    "medtop:10000000": "lifestyle and leisure",
    "medtop:11000000": "politics and government",
    "medtop:12000000": "religion",
    "medtop:13000000": "science and technology",
    "medtop:14000000": "society",
    "medtop:15000000": "sport",
    "medtop:16000000": "conflict, war and peace",
    "medtop:17000000": "weather",
}

_CODE = re.compile(r"(?:medtop:)?(\d{8})", re.IGNORECASE)


def find_topics(value: str) -> tuple[str, ...]:
    """The codes a code, a name or the beginning of a name or of a word in it can mean.

    One code where the value is clear, several where it is ambiguous, none where it is unknown.
    Any well-formed code is taken as it stands: taggers may use finer ones.
    """
    code = _CODE.fullmatch(value.strip())
    if code:
        return (f"medtop:{code.group(1)}",)
    wanted = fold_name(value)
    names = {key: fold_name(name) for key, name in TOPICS.items()}
    readings = (
        tuple(key for key, name in names.items() if name == wanted),
        tuple(key for key, name in names.items() if name.startswith(f"{wanted} ")),
        tuple(key for key, name in names.items() if wanted in set(name.split()) - {"and"}),
        tuple(key for key, name in names.items() if f" {name}".find(f" {wanted}") >= 0),
    )
    return next((found for found in readings if found), ()) if wanted else ()
