"""``tocsin watches mute | unmute | mutes``."""

import difflib
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from worker.cli.entities.app import Register
from worker.cli.output import (
    LARGEST_ID,
    CliError,
    JsonOption,
    ago,
    load_settings,
    print_json,
    print_table,
)
from worker.cli.watches.app import app, one_watch
from worker.cli.watches.hints import named_of_late, near_names
from worker.cli.when import end_of, shown
from worker.model import Kind, Mute, Watch
from worker.store.feeds import all_feeds
from worker.store.mutes import active_mutes, lift_mutes, put_mute
from worker.store.watches import all_watches
from worker.store.ways import story_title


@app.command("mute")
def mute(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The watch; without one, all watches.")
    ] = "",
    until: Annotated[
        str, typer.Option(help="2h, 3d, 2026-12-01, tomorrow 08:00; else until unmuted.")
    ] = "",
    story: Annotated[
        int | None, typer.Option(min=1, max=LARGEST_ID, help="Only this story.")
    ] = None,
    outlet: Annotated[str, typer.Option(help="Only what this outlet reports.")] = "",
    entity: Annotated[str, typer.Option(help="Only what names this: a name or a key.")] = "",
) -> None:
    """Have quiet from a watch for a while, or from a story, an outlet or an entity.

    What would have rung is on record with its reason, and does not ring later. The time is of the
    local clock. Muting the same again sets another time.

    Examples: `tocsin watches mute putin --until "tomorrow 08:00"`,
    `tocsin watches mute --outlet "The Daily Bell"`, `tocsin watches mute putin --story 42`
    """
    from worker.supervisor import open_store

    if sum(map(bool, (story, outlet, entity))) > 1:
        raise CliError("mute one at a time: --story, --outlet or --entity")
    if not name and not (story or outlet or entity):
        raise CliError("name a watch, or what is muted for all: --story, --outlet or --entity")
    ends = end_of(until)
    with open_store(load_settings()) as engine, engine.begin() as connection:
        watch = one_watch(connection, name) if name else None
        kind, value, what = _subject(connection, watch, story, outlet, entity)
        put_mute(
            connection,
            kind=kind,
            value=value,
            watch_id=watch.id if watch and kind != "watch" else None,
            until=ends,
        )
    whose = f" for {watch.name!r}" if watch and kind != "watch" else ""
    print(f"Muted {what}{whose} {f'until {shown(ends)}' if ends else 'until it is unmuted'}.")


def _subject(
    connection: Connection, watch: Watch | None, story: int | None, outlet: str, entity: str
) -> tuple[str, str, str]:
    """What is muted: its kind, its id or name or key, and how it is called."""
    if story is not None:
        title = story_title(connection, story)
        if title is None:
            raise CliError(f"no story {story}: see tocsin stories list")
        return "story", str(story), f"story {story} ({title})"
    if outlet:
        return "outlet", _outlet(connection, outlet), f"outlet {outlet!r}"
    if entity:
        key, called = _entity(connection, entity)
        return "entity", key, f"whatever names {called}"
    assert watch is not None
    return "watch", str(watch.id), repr(watch.name)


def _outlet(connection: Connection, name: str) -> str:
    """The name of an outlet as its feeds have it. CliError names those that are spelt nearly so."""
    known = {
        one.casefold(): one
        for feed in all_feeds(connection)
        if (one := feed.outlet or feed.title or feed.name)
    }
    if name.casefold() in known:
        return known[name.casefold()]
    near = (
        difflib.get_close_matches(name.casefold(), known, n=3)
        or [one for one in known if name.casefold() in one][:3]
    )
    mend = (
        f"did you mean {' or '.join(known[one] for one in near)}?"
        if near
        else "see tocsin feeds list"
    )
    raise CliError(f"no feed is of an outlet {name!r}: {mend}")


def _name_of(connection: Connection, key: str) -> str:
    """What stands behind the key of an entity; the key itself where nobody knows it any more."""
    gazetteer = Register(connection).gazetteer
    found = (gazetteer.find(kind, key) for kind in Kind)
    known = next((one.name for one in found if one and one.key == key), "")
    late = None if known else named_of_late(connection, key)
    return known or (late[1] if late else key)


def _entity(connection: Connection, who: str) -> tuple[str, str]:
    """The key and the name of who or what a name or key means, as stories are tagged with it."""
    register = Register(connection)
    for kind in Kind:
        if found := register.gazetteer.find(kind, who):
            return found.key, found.name
    named = named_of_late(connection, who)
    if named is None:
        near = near_names(connection, Kind.PERSON, who) or near_names(
            connection, Kind.ORGANIZATION, who
        )
        mend = (
            f"did you mean {' or '.join(near)}?"
            if near
            else "give a name or key as stories have it"
        )
        raise CliError(f"nothing is known as {who!r}: {mend}")
    return named


@app.command("unmute")
def unmute(
    which: Annotated[
        list[str], typer.Argument(metavar="NUMBER|NAME...", help="Mutes by number, or watches.")
    ],
) -> None:
    """Lift mutes: by their number, or all of a watch.

    Examples: `tocsin watches unmute putin`, `tocsin watches unmute 3`
    """
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        active = active_mutes(connection)
        watches = {watch.name: watch for watch in all_watches(connection)}
        lifted: dict[int, Mute] = {}
        for one in which:
            lifted |= {mute.id: mute for mute in _of(connection, one, active, watches)}
        lift_mutes(connection, list(lifted))
        called = {one["id"]: one["what"] for one in _told(connection, list(lifted.values()))}
    print("\n".join(f"Unmuted {called[one]}." for one in lifted))


def _of(
    connection: Connection, which: str, active: list[Mute], watches: Mapping[str, Watch]
) -> list[Mute]:
    """The mutes of a number or of a watch's name. CliError where there is none."""
    found = [one for one in active if str(one.id) == which]
    if not found and (which in watches or not which.isdecimal()):
        watch = one_watch(connection, which)
        found = [one for one in active if watch.id == one.watch_id or _is_of(one, watch)]
        if not found:
            raise CliError(f"{which!r} is not muted: see tocsin watches mutes")
    if not found:
        raise CliError(f"no mute {which}: see tocsin watches mutes")
    return found


def _is_of(mute: Mute, watch: Watch) -> bool:
    return mute.kind == "watch" and mute.value == str(watch.id)


@app.command("mutes")
def list_mutes(as_json: JsonOption = False) -> None:
    """List what is muted, for whom and until when.

    Example: `tocsin watches mutes`
    """
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = _told(connection, active_mutes(connection))
    if as_json:
        print_json(found)
        return
    print_table(
        ["number", "muted", "for", "until", "since"],
        [
            [
                str(one["id"]),
                one["what"],
                one["watch"] or "all watches",
                shown(one["until"]) if one["until"] else "it is unmuted",
                ago(one["created_at"]),
            ]
            for one in found
        ],
        empty="Nothing is muted.",
    )


def _told(connection: Connection, mutes: list[Mute]) -> list[dict[str, Any]]:
    """Mutes with what they mean in words."""
    names = {watch.id: watch.name for watch in all_watches(connection)}
    told = []
    for mute in mutes:
        what = f"{mute.kind} {mute.value}"
        watch = names.get(mute.watch_id or 0, "")
        if mute.kind == "watch":
            watch = names.get(int(mute.value), "a watch that was removed")
            what = f"watch {watch}"
        elif mute.kind == "story":
            what = f"story {mute.value} ({story_title(connection, int(mute.value)) or 'gone'})"
        elif mute.kind == "entity":
            what = f"entity {_name_of(connection, mute.value)}"
        told.append(
            {
                "id": mute.id,
                "kind": mute.kind,
                "value": mute.value,
                "what": what,
                "watch": watch,
                "until": mute.until,
                "created_at": mute.created_at,
            }
        )
    return told
