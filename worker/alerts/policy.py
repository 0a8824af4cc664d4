"""How a watch rings, as people write it: in feeds.yaml, as options of a command, in the database.

floor: likely                # certain (where nothing is said), likely or possible
digest: daily 08:00          # hourly, daily 08:00, weekly monday 08:00, or none
zone: Europe/Berlin          # whose wall clock counts
quiet: 22:00-07:00           # or none
cap: 10                      # alerts an hour, or none
updates: {outlets: [5, 20, 100], sources: [Reuters], countries: true}
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from worker.alerts.schedule import Schedule, read_quiet, read_schedule
from worker.model import Confidence, Policy

POLICY_KEYS = ("floor", "digest", "zone", "quiet", "cap", "updates")
UPDATE_KEYS = ("outlets", "sources", "countries")
#: When what is not sure enough to ring is told, where a watch names no digest.
USUAL_DIGEST = "daily 08:00"

_NONE = ("", "none", "off")
_COUNT_MEND = "write numbers from 2, as [5, 20, 100]"


class PolicyError(ValueError):
    """What is written cannot be: one line with the mend. ``path`` leads to it, by keys."""

    def __init__(self, path: Sequence[str | int], problem: str, mend: str) -> None:
        self.path = tuple(path)
        self.problem = problem
        self.mend = mend
        super().__init__(f"{problem}; {mend}")


def read_policy(written: Mapping[str, Any], base: Policy = Policy()) -> Policy:  # noqa: B008 - frozen
    """The policy that is written; what is not is as in ``base``. Raises PolicyError.

    ``none`` (or nothing at all) takes away what ``base`` has.
    """
    read: dict[str, Any] = {}
    for key, value in written.items():
        if key == "updates":
            read |= _updates(value)
        elif key in _READERS:
            read[key] = _READERS[key](key, value)
        else:
            raise PolicyError([key], f"unknown key '{key}'", _near(key, POLICY_KEYS))
    return replace(base, **read)


def write_policy(policy: Policy) -> dict[str, Any]:
    """The policy as it is written, without what it has in common with one that says nothing."""
    usual = Policy()
    written = {
        "floor": policy.floor.value,
        "digest": policy.digest or "none",
        "zone": policy.zone,
        "quiet": policy.quiet or "none",
        "cap": policy.cap or "none",
    }
    differs = {
        key: value for key, value in written.items() if getattr(policy, key) != getattr(usual, key)
    }
    updates = {key: getattr(policy, key) for key in UPDATE_KEYS}
    told = {key: list(v) if isinstance(v, tuple) else v for key, v in updates.items() if v}
    return differs | ({"updates": told} if told else {})


def policy_of(written: Mapping[str, Any]) -> Policy:
    """The policy that ``write_policy`` wrote; fast, and judges nothing."""
    if not written:
        return _USUAL
    read: dict[str, Any] = {
        key: value for key, value in written.items() if key != "updates" and value != "none"
    }
    updates: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in written.get("updates", {}).items()
    }
    if "floor" in read:
        read["floor"] = Confidence(read["floor"])
    return Policy(**read, **updates)


_USUAL = Policy()


def policy_words(policy: Policy) -> str:
    """How a watch rings, in a sentence for its owner."""
    sure = {
        Confidence.CERTAIN: "certain matches",
        Confidence.LIKELY: "certain and likely matches",
        Confidence.POSSIBLE: "all matches",
    }[policy.floor]
    # By the digest that holds them, what is likely is told at the same time as what is certain.
    if policy.digest:
        all_of_them = policy.floor is Confidence.POSSIBLE
        words = [
            f"{'all' if all_of_them else 'certain and likely'} matches in a digest, {policy.digest}"
        ]
    else:
        words = [f"{sure} at once"]
        if policy.floor is Confidence.CERTAIN:
            words.append(f"likely ones in a digest, {USUAL_DIGEST}")
    if policy.quiet:
        words.append(f"nothing from {policy.quiet.replace('-', ' to ')}")
    if policy.cap is not None:
        words.append(f"at most {policy.cap} an hour")
    words += [f"again when {one}" for one in _update_words(policy)]
    by_the_clock = policy.digest or policy.quiet or policy.floor is Confidence.CERTAIN
    return "; ".join(words) + (f" (clock of {policy.zone})" if by_the_clock else "")


def _update_words(policy: Policy) -> list[str]:
    words = []
    if policy.outlets:
        words.append(f"{', '.join(map(str, policy.outlets))} outlets have a story")
    if policy.sources:
        words.append(f"{' or '.join(policy.sources)} has it")
    if policy.countries:
        words.append("it comes to a new country")
    return words


def schedule_of(policy: Policy) -> Schedule:
    """When the digest is due that holds what a watch does not ring for."""
    return _schedule(policy.digest or USUAL_DIGEST)


@cache
def _schedule(text: str) -> Schedule:
    return read_schedule(text)


# ------------------------------------------------------------------------------ key by key


def _floor(key: str, value: object) -> Confidence:
    word = str(value).strip().lower()
    if word not in set(Confidence):
        raise PolicyError([key], f"'{key}' is '{value}'", "write certain, likely or possible")
    return Confidence(word)


def _digest(key: str, value: object) -> str:
    if _nothing(value):
        return ""
    try:
        return str(read_schedule(str(value)))
    except ValueError as error:
        raise PolicyError([key], f"'{key}' is '{value}'", str(error)) from None


def _quiet(key: str, value: object) -> str:
    if _nothing(value):
        return ""
    try:
        return "-".join(f"{one:%H:%M}" for one in read_quiet(str(value)))
    except ValueError as error:
        raise PolicyError([key], f"'{key}' is '{value}'", str(error)) from None


def _zone(key: str, value: object) -> str:
    name = str(value).strip()
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        mend = _near(name, sorted(available_timezones()), among="")
        raise PolicyError([key], f"'{name}' is not a time zone", mend) from None
    return name


def _cap(key: str, value: object) -> int | None:
    if _nothing(value):
        return None
    number = _number(value)
    if number is None or number < 1:
        raise PolicyError([key], f"'{key}' is '{value}'", "write a whole number from 1, or none")
    return number


def _updates(value: object) -> dict[str, Any]:
    read: dict[str, Any] = {"outlets": (), "sources": (), "countries": False}
    if _nothing(value):
        return read
    if not isinstance(value, Mapping):
        mend = "write it as {outlets: [5, 20], sources: [Reuters], countries: true}, or none"
        raise PolicyError(["updates"], f"'updates' is '{value}'", mend)
    for key, one in value.items():
        if key == "outlets":
            read[key] = _outlets(one)
        elif key == "sources":
            read[key] = tuple(dict.fromkeys(str(each).strip() for each in _several(one)))
        elif key == "countries":
            read[key] = _flag(one)
        else:
            mend = _near(str(key), UPDATE_KEYS)
            raise PolicyError(["updates", str(key)], f"unknown key '{key}' in 'updates'", mend)
    return read


def _outlets(value: object) -> tuple[int, ...]:
    numbers = set()
    for each in _several(value):
        number = _number(each)
        if number is None or number < 2:
            raise PolicyError(["updates", "outlets"], f"'outlets' holds '{each}'", _COUNT_MEND)
        numbers.add(number)
    return tuple(sorted(numbers))


def _flag(value: object) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    flag = words.get(str(value).strip().lower())
    if flag is None:
        problem = f"'countries' is '{value}'"
        raise PolicyError(["updates", "countries"], problem, "write true or false")
    return flag


def _several(value: object) -> Sequence[object]:
    if isinstance(value, list | tuple):
        return value
    return () if _nothing(value) else (value,)


def _number(value: object) -> int | None:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _nothing(value: object) -> bool:
    return value is None or value is False or str(value).strip().lower() in _NONE


def _near(word: str, known: Sequence[str], *, among: str = "the keys here are: ") -> str:
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"{among}{', '.join(known)}" if among else "write an IANA name, as Europe/Berlin or UTC"


_READERS = {"floor": _floor, "digest": _digest, "zone": _zone, "quiet": _quiet, "cap": _cap}
