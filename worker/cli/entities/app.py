"""The ``tocsin entities`` group: who and what Tocsin knows by name, shipped and the user's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import Connection

from worker.cli.output import CliError
from worker.model import Entity, Kind
from worker.store import entities

if TYPE_CHECKING:
    from worker.tagging.gazetteer import Gazetteer

app = typer.Typer(
    no_args_is_help=True,
    help="Who and what is known by name: search, show, list, add, import, sync, merge, split.",
)
WhoArgument = Annotated[
    str, typer.Argument(metavar="WHO", help="A name, alias or key, as person:vladimir-putin.")
]
KINDS = (Kind.PERSON, Kind.ORGANIZATION)
SHIPPED = "shipped"
_BETWEEN = "\0"  # stands between names, and in none


@dataclass
class Register:
    """The shipped entities with the user's own in front."""

    connection: Connection

    @cached_property
    def own(self) -> dict[str, Entity]:
        """The user's own, by key, those merged into others included."""
        return {one.key: one for one in entities.all_entities(self.connection)}

    @cached_property
    def shipped(self) -> "Gazetteer":
        """What Tocsin ships with."""
        from worker.tagging.gazetteer import Gazetteer
        from worker.tagging.shipped import shipped

        return Gazetteer(shipped())

    @cached_property
    def gazetteer(self) -> "Gazetteer":
        """Both, as the tagger sees them."""
        from worker.tagging import extended

        return extended(self.shipped, list(self.own.values()))

    def everybody(self) -> Iterable[Entity]:
        """Each person and organization once, the user's own first."""
        from worker.tagging.shipped import shipped

        yield from self.own.values()
        for known in shipped():
            entity = known.entity
            if entity.kind in KINDS and not known.silent and entity.key not in self.own:
                yield entity

    def one(self, who: str) -> Entity:
        """The person or organization of this name or key. CliError that names similar ones."""
        found = self.find(who)
        if found is None:
            similar = [one.name for one in self.search(who)[:3]]
            mend = (
                f"did you mean {' or '.join(similar)}?" if similar else "see tocsin entities search"
            )
            raise CliError(f"nobody is known as {who!r}: {mend}")
        return found

    def find(self, who: str) -> Entity | None:
        """The person or organization of this name or key, the one it was merged into."""
        for kind in KINDS:
            if found := self.gazetteer.find(kind, who):
                return found
        return None

    def search(self, text: str) -> list[Entity]:
        """Whoever has a name in which each word of ``text`` begins a word; the best first."""
        from worker.tagging.folding import fold_name

        wanted = fold_name(text).split()
        found: list[tuple[int, str, Entity]] = []
        for entity in self.everybody():
            names = fold_name(_BETWEEN.join(_names(entity)))
            if not all(start in names for start in wanted):
                continue
            best = max(_fit(wanted, name) for name in names.split(_BETWEEN))
            if best:
                found.append((-best, entity.name, entity))
        return [entity for *_, entity in sorted(found, key=lambda one: one[:2])]


def _names(entity: Entity) -> Sequence[str]:
    return (entity.name, *entity.aliases, entity.key)


def _fit(wanted: Sequence[str], name: str) -> int:
    """How well a folded name fits words sought: 0 not at all, 3 exactly."""
    words = name.split()
    if words == list(wanted):
        return 3
    if all(any(word.startswith(start) for word in words) for start in wanted):
        return 2
    joined = " ".join(wanted)
    return int(len(joined) > 1 and joined in name)
