"""Groups of countries and regions that ``country:`` knows, with their members.

Membership is as of January 2026, by the lists that the organizations themselves publish.
"""

from worker.watches.folding import fold_name

_MEMBERS = {
    "EU": "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK",
    "NATO": (
        "AL BE BG CA CZ DE DK EE ES FI FR GB GR HR HU IS IT LT LU LV ME MK NL NO PL PT RO SE SI SK "
        "TR US"
    ),
    "G7": "CA DE FR GB IT JP US",
}
_NAMES = {
    "European Union": "EU",
    "North Atlantic Treaty Organization": "NATO",
    "Group of Seven": "G7",
}
_BY_NAME = {
    fold_name(name): group for name, group in {**{one: one for one in _MEMBERS}, **_NAMES}.items()
}


def find_group(value: str) -> str:
    """The group of countries or the region a value names, ``""`` when it names none."""
    return _BY_NAME.get(fold_name(value), "")


def members(group: str) -> tuple[str, ...]:
    """The codes of a group's members; none of what is no group."""
    return tuple(_MEMBERS.get(group, "").split())
