"""Finding, reading and applying a feeds.yaml: what ``up``, ``apply`` and ``doctor`` share."""

from pathlib import Path

import worker
from worker.catalogue import Catalogue, Plan, read_catalogue
from worker.cli.files import text_file
from worker.cli.queries import check_query
from worker.environment import Environment
from worker.settings import Settings


def find_catalogue(named: Path | None) -> Path:
    """The file to read: the one named, else ./feeds.yaml, else the one shipped with Tocsin."""
    if named is not None:
        return named
    package = Path(worker.__file__).resolve().parent
    places = (Path("feeds.yaml"), package.parent / "feeds.yaml", package / "feeds.yaml")
    return next((place for place in places if place.exists()), places[0])


def read_file(path: Path) -> Catalogue:
    """Read and check a catalogue file. Raises CatalogueError with every mistake in it."""
    from worker import channels

    return read_catalogue(
        text_file(path, "feeds.yaml"),
        filename=str(path),
        environ=Environment(),
        known_kinds=channels.channel_kinds(),
        validate_channel=channels.validate,
        check_query=check_query,
    )


def apply_to_store(
    settings: Settings, declared: Catalogue, *, prune: bool = False, dry_run: bool = False
) -> Plan:
    """Apply in one transaction, or only say what would change."""
    from worker.store.catalogue import apply
    from worker.supervisor import open_store

    with open_store(settings) as engine, engine.connect() as connection:
        plan = apply(connection, declared, prune=prune)
        if dry_run:
            connection.rollback()
        else:
            connection.commit()
    return plan
