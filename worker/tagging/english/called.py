"""What bears somebody's name and is not they: airports, ships, prizes, streets."""

import re
from collections.abc import Iterable, Iterator

from worker.model import Span

_NEAR = 48
#: Behind a name; of what stands between only words that belong to such names.
_BEHIND = re.compile(
    r"(?:-class\b|['’]?s?-? (?:(?:International|Intercontinental|Memorial|National|Presidential|Peace|Regional|State|High|"
    r"Elementary|Middle|Medical|Performing|Arts|Literary|Public|Islamic|Technical) ){0,3}"
    r"(?:Airport|airport|Street|Avenue|Boulevard|Bridge|Expressway|Highway|Square|Stadium|Arena|University|College|"
    r"School|Academy|Institute|Library|Museum|Foundation|Prize|Award|Medal|Trophy|Scholarship|Fellowship|Cathedral|"
    r"Mosque|Tunnel|Island|Memorial|Day|Building|Center|Centre|Airfield)\b)"
)
#: Such words in a headline in title case may go on with what somebody does: "Putin School Visit".
_ONLY_THINGS = re.compile(
    r".*\b(?:Airport|airport|Street|Avenue|Boulevard|University|Prize|Stadium)$"
)
_BEFORE = re.compile(
    r"\b(?:USS|HMS|HMAS|INS|(?:aircraft |missile )?(?:carrier|frigate|destroyer|battleship|cruiser|submarine|warship|icebreaker|tanker|"
    r"ferry|yacht|cargo ship|cruise ship|vessel)(?: USS| HMS)?|Hurricane|Typhoon|Cyclone|Tropical Storm|Storm) [\"“'‘]?$"
)
_CAPITALIZED = re.compile(r" [A-Z][a-z]+")


def called_after(text: str, names: Iterable[Span]) -> Iterator[Span]:
    """Those names of people that are the names of things."""
    for start, end in names:
        after = text[end : end + _NEAR]
        found = _BEHIND.match(after)
        if (
            found and (_ONLY_THINGS.match(found[0]) or not _CAPITALIZED.match(after, found.end()))
        ) or _BEFORE.search(text[max(0, start - _NEAR) : start]):
            yield start, end
