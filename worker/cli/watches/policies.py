"""How a watch rings, as options of a command."""

from typing import Annotated, Any

import typer

from worker.alerts.policy import PolicyError, policy_words, read_policy
from worker.cli.output import CliError
from worker.model import Policy
from worker.watches.rates import spike_of

FloorOption = Annotated[
    str | None,
    typer.Option(help="How sure a match must be to ring at once: certain, likely or possible."),
]
DigestOption = Annotated[
    str | None,
    typer.Option(help="Tell by digest: hourly, daily 08:00, weekly monday 08:00, or none."),
]
ZoneOption = Annotated[str | None, typer.Option(help="Whose wall clock counts, as Europe/Berlin.")]
QuietOption = Annotated[
    str | None, typer.Option(help="Hours in which nothing rings, as 22:00-07:00, or none.")
]
CapOption = Annotated[
    str | None, typer.Option(help="How many alerts an hour at the most, or none.")
]
UpdateAtOption = Annotated[
    str | None,
    typer.Option(help="Tell of a story again at so many outlets, as 5,20,100, or none."),
]
UpdateSourceOption = Annotated[
    list[str] | None,
    typer.Option(help="Tell of a story again when this outlet has it; may be repeated."),
]
UpdateCountriesOption = Annotated[
    bool | None,
    typer.Option(
        "--update-countries/--no-update-countries",
        help="Tell of a story again when it comes to a new country.",
    ),
]


def tells_of(query: str, policy: Policy) -> str:
    """What a watch tells of and when, for its owner; a spike watch has no digest and no updates."""
    if spike_of(query) is None:
        return policy_words(policy)
    quiet = f"; nothing from {policy.quiet.replace('-', ' to ')} (clock of {policy.zone})"
    cap = f"; at most {policy.cap} an hour" if policy.cap is not None else ""
    return "spikes, not single stories" + (quiet if policy.quiet else "") + cap


def policy_from(base: Policy, given: dict[str, Any]) -> Policy:
    """How a watch rings with these options; those that are ``None`` leave it as it is.

    Raises CliError that names the option.
    """
    written = {
        name: given[name]
        for name in ("floor", "digest", "zone", "quiet", "cap")
        if given[name] is not None
    }
    updates: dict[str, Any] = {
        "outlets": list(base.outlets),
        "sources": list(base.sources),
        "countries": base.countries,
    }
    if given["update_at"] is not None:
        updates["outlets"] = [one.strip() for one in given["update_at"].split(",")]
        if updates["outlets"] in ([""], ["none"]):
            updates["outlets"] = []
    if given["update_source"] is not None:
        updates["sources"] = [one for one in given["update_source"] if one != "none"]
    if given["update_countries"] is not None:
        updates["countries"] = given["update_countries"]
    try:
        return read_policy(written | {"updates": updates}, base)
    except PolicyError as error:
        key = str(error.path[-1])
        option = {"outlets": "--update-at"}.get(key, f"--{key}")
        problem = error.problem.replace(f"'{key}'", option)
        raise CliError(f"{problem}: {error.mend.replace('[5, 20, 100]', '5,20,100')}") from None


def is_given(given: dict[str, Any]) -> bool:
    """Whether any of the options is."""
    return any(value is not None for value in given.values())
