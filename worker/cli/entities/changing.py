"""``tocsin entities add | remove | merge | split | import``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from worker.cli.entities.app import KINDS, Register, WhoArgument, app
from worker.cli.files import text_file
from worker.cli.output import CliError, load_settings
from worker.model import Entity, Kind
from worker.store import entities


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The name it is shown by.")],
    kind: Annotated[str, typer.Option(help="person or organization.")] = Kind.PERSON.value,
    alias: Annotated[
        list[str] | None, typer.Option("--alias", "-a", help="Another name; may be repeated.")
    ] = None,
    country: Annotated[
        list[str] | None, typer.Option("--country", "-c", help="A country's code, as UA.")
    ] = None,
    role: Annotated[str, typer.Option(help="What they are, in a few words.")] = "",
    unmistakable: Annotated[
        bool,
        typer.Option(
            "--unmistakable", help="The surname, or a name of one word, can mean nobody else."
        ),
    ] = False,
) -> None:
    """Make a person or organization known, or give a known one more names.

    Takes effect with the next story; stories stored under one of the names are theirs at once.

    Example: `tocsin entities add "Jane Roe" --alias "Джейн Роу" --country US --role "mayor of X"`
    """
    from worker.catalogue.fields import ENTITY_KINDS
    from worker.supervisor import open_store
    from worker.tagging.gazetteer import entity_key, slug
    from worker.tagging.identity import keyed

    if kind not in ENTITY_KINDS:
        raise CliError(f"no kind {kind!r}: write {' or '.join(ENTITY_KINDS)}")
    for one in (name, *(alias or ())):
        if slug(one) == "unnamed" or len(one.splitlines()) > 1:
            raise CliError(f"{one!r} is no name: give one of letters, on one line")
    new = Entity(
        kind=ENTITY_KINDS[kind],
        key=entity_key(ENTITY_KINDS[kind], name),
        name=" ".join(name.split()),
        aliases=tuple(dict.fromkeys(" ".join(one.split()) for one in alias or ())),
        countries=country_codes(country or ()),
        role=role,
        unmistakable=unmistakable,
    )
    with open_store(load_settings()) as engine, engine.begin() as connection:
        register = Register(connection)
        (entity,) = keyed([new], register.shipped.find, register.own.values())
        claimed = [
            (one, other.name)
            for one in entity.aliases
            if (other := register.gazetteer.find(entity.kind, one)) and other.key != entity.key
        ]
        added = entities.put_entities(connection, [entity], source="tocsin entities add")
        renamed = entities.learn_names(connection, [entity])
    print(f"{'Added' if added else 'Changed'} {entity.name} ({entity.key}).")
    for taken, owner in claimed:
        print(f"Note: {taken!r} was a name of {owner} so far; it is {entity.name}'s now.")
    if renamed:
        print(f"{renamed} stored items that name them have been joined to it.")


def country_codes(given: Sequence[str]) -> tuple[str, ...]:
    """Codes as written by a user. CliError at the first that is none."""
    from worker.catalogue.fields import OTHER_CODES

    codes = []
    for written in given:
        code = OTHER_CODES.get(written.upper(), written.upper())
        if len(code) != 2 or not code.isascii() or not code.isalpha():
            raise CliError(
                f"{written!r} is not an ISO 3166-1 country code: write two letters, as UA"
            )
        codes.append(code)
    return tuple(dict.fromkeys(codes))


@app.command("remove")
def remove(who: WhoArgument) -> None:
    """Forget an entity of your own; what was merged into it stands alone again.

    Example: `tocsin entities remove "Jane Roe"`
    """
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        register = Register(connection)
        entity = register.own.get(who) or register.one(who)
        if entity.key not in register.own:
            raise CliError(f"{entity.name} is shipped with Tocsin and cannot be removed")
        declared = entity.key in entities.declared_entities(connection)
        entities.remove_entities(connection, [entity.key])
    note = " It is declared in feeds.yaml and comes back with tocsin apply." * declared
    print(f"Removed {entity.name} ({entity.key}).{note}")


@app.command("merge")
def merge(
    who: WhoArgument,
    into: Annotated[str, typer.Argument(metavar="INTO", help="Whom they turned out to be.")],
) -> None:
    """Say that two are one: names and stored items of the first become the second's.

    Also for people only ever found in stories: give their key, as stories show it with --json.

    Example: `tocsin entities merge person:v-zelensky "Volodymyr Zelensky"`
    """
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        register = Register(connection)
        kept = register.one(into)
        gone = _somebody(connection, register, who, kept)
        if gone.key not in register.own:
            # Of a shipped one the forms stay where they are: only its key is needed here.
            bare = replace(gone, aliases=())
            entities.put_entities(connection, [bare], source="tocsin entities merge")
        entities.merge_entity(connection, gone.key, kept.key)
        renamed = entities.rename_mentions(connection, {gone.key: kept})
        renamed += entities.learn_names(connection, [replace(kept, aliases=(gone.name,))])
    print(f"{gone.name} ({gone.key}) is {kept.name} ({kept.key}) now; {renamed} items joined.")


def _somebody(connection: Connection, register: Register, who: str, kept: Entity) -> Entity:
    """Whom to merge: a known one that is not merged yet, or one named in stories."""
    for kind in KINDS:
        found = register.own.get(who) or register.shipped.find(kind, who)
        known = found or register.gazetteer.find(kind, who)
        if known is None or known.kind is not kind:
            continue
        if kept.key in (known.key, known.merged_into):
            raise CliError(f"{who!r} is {kept.name} already")
        if known.kind is not kept.kind:
            break
        return known
    else:
        name = entities.name_in_items(connection, who, kept.kind)
        if name is not None:
            return Entity(kind=kept.kind, key=who, name=name)
        raise CliError(f"nobody is known as {who!r}, and no stored item names them by this key")
    raise CliError(f"{who!r} is no {kept.kind.value}, as {kept.name} is")


@app.command("split")
def split(
    who: Annotated[str, typer.Argument(metavar="KEY", help="The key that was merged.")],
) -> None:
    """Take a merger back: from the next story on the two are told apart again.

    Items stored meanwhile stay joined until they are tagged anew (tocsin retag).

    Example: `tocsin entities split person:v-zelensky`
    """
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        found = entities.find_entity(connection, who)
        if found is None or not found.merged_into:
            merged = [one.key for one in entities.all_entities(connection) if one.merged_into]
            listed = ", ".join(merged) or "none"
            raise CliError(f"{who!r} was not merged into another: merged are {listed}")
        entities.split_entity(connection, who)
    print(f"{found.name} ({who}) and {found.merged_into} are two again.")


@app.command("import")
def import_entities(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .csv or .jsonl file, FollowTheMoney's too.")
    ],
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Make the people and organizations of a file known: all of them at once, or none.

    CSV with a header (name, kind, aliases parted by ;, countries, role, wikidata, unmistakable),
    the same as JSON lines, or what OpenSanctions and OpenAleph export. Who is known already gets more names.

    Example: `tocsin entities import people.csv --dry-run`
    """
    from worker.catalogue.entity_files import EntityFileError, read_entity_file
    from worker.supervisor import open_store
    from worker.tagging.identity import keyed

    text = text_file(file)
    try:
        read = read_entity_file(text, file.name)
    except EntityFileError as error:
        raise CliError(str(error)) from None
    with open_store(load_settings()) as engine, engine.begin() as connection:
        register = Register(connection)
        own = register.own.keys()
        found = {one.key: one for one in keyed(read, register.shipped.find, register.own.values())}
        new = sum(key not in own for key in found)
        if not dry_run:
            entities.put_entities(connection, list(found.values()), source=file.name)
            entities.learn_names(connection, list(found.values()))
    verb = "Would add" if dry_run else "Added"
    print(f"{verb} {new} entities; {len(found) - new} of your own get what is new of them.")
