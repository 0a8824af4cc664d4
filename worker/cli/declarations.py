"""What a feeds.yaml declares, for commands that need a part of it and no database."""

from collections.abc import Sequence
from pathlib import Path

from worker.catalogue import Catalogue, DeclaredEntity
from worker.cli import documents
from worker.environment import Environment
from worker.model import Entity


def declared_in(path: Path, *sections: str) -> Catalogue:
    """Some sections of a feeds.yaml; what stands in the others does not matter here."""
    from worker.catalogue import read_catalogue

    return read_catalogue(
        documents.read_text(str(path)),
        filename=str(path),
        environ=Environment(),
        sections=sections,
    )


def known_from(declared: Sequence[DeclaredEntity]) -> tuple[Entity, ...]:
    """The declared entities as a tagger knows them."""
    from worker.tagging.gazetteer import entity_key

    return tuple(
        Entity(
            kind=one.kind,
            key=entity_key(one.kind, one.name),
            name=one.name,
            aliases=one.aliases,
            countries=one.countries,
            role=one.role,
            unmistakable=one.unmistakable,
        )
        for one in declared
    )
