"""Whether an entity that comes in is one that is known already."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from worker.model import Entity, Kind


def keyed(
    entities: Iterable[Entity], find: Callable[[Kind, str], Entity | None], known: Iterable[Entity]
) -> Iterator[Entity]:
    """Entities under the keys of those they are, namesakes under keys of their own.

    ``find`` is the shipped gazetteer's, ``known`` are the user's own so far. Somebody with the
    Wikidata id of a known one is that one; somebody of the same name is, unless ids or countries
    differ. What is new is joined to what the user's own had; shipped names stay where they are.
    """
    own = {one.key: one for one in known}
    by_id = {one.wikidata: one for one in own.values() if one.wikidata}
    for entity in entities:
        there = by_id.get(entity.wikidata) or own.get(entity.key) or find(entity.kind, entity.key)
        if there is not None and not _may_be_one(entity, there):
            mark = (entity.wikidata or "-".join(entity.countries)).lower()
            entity = replace(entity, key=f"{entity.key}-{mark}")  # noqa: PLW2901 - a namesake
            there = own.get(entity.key)
        one = entity if there is None else _joined(entity, there, all_names=there.key in own)
        own[one.key] = one
        if one.wikidata:
            by_id[one.wikidata] = one
        yield one


def _may_be_one(first: Entity, second: Entity) -> bool:
    if first.wikidata and second.wikidata:
        return first.wikidata == second.wikidata
    if not first.countries or not second.countries:
        return True
    return not set(first.countries).isdisjoint(second.countries)


def _joined(new: Entity, known: Entity, *, all_names: bool) -> Entity:
    """Somebody known, with what came in."""
    names = dict.fromkeys(((*known.aliases,) if all_names else ()) + (new.name, *new.aliases))
    return replace(
        known,
        aliases=tuple(name for name in names if name != known.name),
        countries=tuple(dict.fromkeys((*known.countries, *new.countries))),
        role=new.role or known.role,
        wikidata=new.wikidata or known.wikidata,
        unmistakable=new.unmistakable or known.unmistakable,
    )
