"""What a story that has rung may reach, so that its watch rings again: in the same thread."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from worker.model import Policy
from worker.watches.countries import country_names

_OUTLETS, _SOURCE, _COUNTRY = " outlets", "source ", "country "
_BETWEEN = "; "


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFacts:
    """What of a story milestones ask for: who reports it, and the countries of its headlines."""

    outlets: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()


def wants_updates(policy: Policy) -> bool:
    """Whether a watch asks for any milestone."""
    return bool(policy.outlets or policy.sources or policy.countries)


def reached(policy: Policy, facts: StoryFacts) -> tuple[str, ...]:
    """The milestones of a policy that a story has passed: the largest number of outlets first."""
    names = {one.casefold() for one in facts.outlets}
    numbers = [one for one in sorted(policy.outlets, reverse=True) if one <= len(names)]
    return (
        *(f"{number}{_OUTLETS}" for number in numbers),
        *(f"{_SOURCE}{one}" for one in policy.sources if one.casefold() in names),
        *(f"{_COUNTRY}{one}" for one in sorted(facts.countries) if policy.countries),
    )


def news(now: Sequence[str], before: Collection[str] | None) -> tuple[str, ...]:
    """What has been reached since; ``None`` before: nobody looked, so countries are not news."""
    if before is None:
        return tuple(one for one in now if not one.startswith(_COUNTRY))
    return tuple(one for one in now if one not in before)


def words(milestones: Sequence[str]) -> str:
    """Milestones as people read them: "3 outlets, source Reuters, country Norway".

    Of several numbers of outlets the largest.
    """
    numbers = [one for one in milestones if one.endswith(_OUTLETS)]
    others = [_spelt(one) for one in milestones if not one.endswith(_OUTLETS)]
    return ", ".join([*numbers[:1], *others])


def _spelt(milestone: str) -> str:
    if not milestone.startswith(_COUNTRY):
        return milestone
    code = milestone.removeprefix(_COUNTRY)
    return f"{_COUNTRY}{country_names().get(code, code)}"


def join(milestones: Sequence[str]) -> str:
    """Milestones as one text, for the store."""
    return _BETWEEN.join(milestones)


def split(text: str) -> tuple[str, ...]:
    """The milestones of such a text."""
    return tuple(text.split(_BETWEEN)) if text else ()
