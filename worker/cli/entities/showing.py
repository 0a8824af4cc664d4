"""``tocsin entities search | show | list``."""

from typing import Any

from worker.cli.entities.app import SHIPPED, Register, WhoArgument, app
from worker.cli.output import (
    JsonOption,
    LimitOption,
    ago,
    clip,
    load_settings,
    print_json,
    print_table,
)
from worker.model import Entity
from worker.store import entities

_COLUMNS = ("key", "name", "role", "countries", "from")


@app.command("search")
def search(who: WhoArgument, limit: LimitOption = 20, as_json: JsonOption = False) -> None:
    """Find people and organizations by the beginning of any of their names, in any script.

    Example: `tocsin entities search зеленск`
    """
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        register = Register(connection)
        found = register.search(who)[:limit]
        sources = entities.sources(connection)
    _print(
        found,
        sources,
        as_json=as_json,
        empty=f"Nobody is known as {who!r}. tocsin entities add does.",
    )


@app.command("list")
def list_entities(as_json: JsonOption = False) -> None:
    """List your own entities; what Tocsin ships with is found by search.

    Example: `tocsin entities list --json`
    """
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = entities.all_entities(connection)
        sources = entities.sources(connection)
    _print(
        found, sources, as_json=as_json, empty="None of your own yet. tocsin entities add adds one."
    )


def _print(found: list[Entity], sources: dict[str, str], *, as_json: bool, empty: str) -> None:
    if as_json:
        print_json([_as_json(one, sources) for one in found])
        return
    print_table(
        _COLUMNS,
        [
            [
                one.key,
                one.name,
                f"= {one.merged_into}" if one.merged_into else clip(one.role, 50),
                " ".join(one.countries),
                sources.get(one.key, SHIPPED),
            ]
            for one in found
        ],
        empty=empty,
    )


def _as_json(entity: Entity, sources: dict[str, str]) -> dict[str, Any]:
    fields = {name: getattr(entity, name) for name in Entity.__dataclass_fields__}
    return fields | {"source": sources.get(entity.key, SHIPPED)}


@app.command("show")
def show(who: WhoArgument, limit: LimitOption = 5, as_json: JsonOption = False) -> None:
    """Show everything known of one person or organization, and the last items naming it.

    Example: `tocsin entities show "Vladimir Putin"`
    """
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        register = Register(connection)
        entity = register.one(who)
        sources = entities.sources(connection)
        joined = entities.merged_into(connection, entity.key)
        total, recent = entities.namings(connection, entity.key, limit=limit)
    shipped = register.shipped.find(entity.kind, entity.key)
    aliases = dict.fromkeys((*entity.aliases, *(shipped.aliases if shipped else ())))
    source = sources.get(entity.key, SHIPPED)
    if as_json:
        print_json(
            _as_json(entity, sources)
            | {"aliases": list(aliases), "merged": joined, "items": total, "recent": recent}
        )
        return
    if source != SHIPPED and shipped:
        source += ", added to what is shipped"
    print(f"{entity.name} ({entity.kind.value})")
    print(f"  key:       {entity.key}")
    if entity.role:
        print(f"  role:      {entity.role}")
    if entity.countries:
        print(f"  countries: {', '.join(entity.countries)}")
    if entity.unmistakable:
        print("  by itself: its surname or shortest name can mean nobody else")
    if entity.wikidata:
        print(f"  wikidata:  {entity.wikidata}")
    print(f"  names:     {', '.join((entity.name, *aliases))}")
    print(f"  from:      {source}")
    for one in joined:
        print(f"  merged:    {one.name} ({one.key})")
    print(f"  items:     {total}")
    if recent:
        print()
        print_table(
            ["id", "seen", "outlet", "title", "times", "salience"],
            [
                [
                    str(one.item_id),
                    ago(one.seen_at),
                    one.outlet,
                    clip(one.title),
                    str(one.count),
                    f"{one.salience:.2f}",
                ]
                for one in recent
            ],
            empty="",
        )
