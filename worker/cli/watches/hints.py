"""What to try where a query finds nothing: names spelt nearly so, a longer time, fewer clauses."""

import difflib
from collections.abc import Iterable

from sqlalchemy import Connection

from worker.cli.entities.app import Register
from worker.cli.watches.trial import Trial
from worker.model import Entity, Kind
from worker.store.history import keys_of_late, names_of_late
from worker.store.topics import all_topics
from worker.watches.folding import fold_name
from worker.watches.query import Clause, Field, Find, Query
from worker.watches.resolve import with_topics
from worker.watches.writing import write

_NAMED = (Kind.PERSON, Kind.ORGANIZATION)
_MOST = 3


def known_names(connection: Connection) -> Find:
    """Looks names up as live matching does: the user's own entities and topics over the shipped.

    Whom Tocsin knows is read with the first name that is asked for: it takes a while.
    """
    register = Register(connection)

    def find(kind: Kind, name: str) -> Entity | None:
        return register.gazetteer.find(kind, name)

    return with_topics(find, all_topics(connection))


def mends(connection: Connection, trial: Trial, query: Query, find: Find) -> list[str]:
    """What to try, a line each; nothing where the query finds something."""
    shown = trial.new or trial.present
    if shown.matches:
        return []
    if any(clause.field is Field.EVENT for clause in query.clauses()):
        return ["event: rings for what happens to feeds, which is no article: tocsin feeds show."]
    oldest = trial.extent.oldest
    if not trial.extent.articles:
        if oldest is None:
            return ["The store holds no article yet: tocsin up polls the feeds."]
        return [
            f"No article came in that time: the store goes back to {oldest.astimezone():%d %b %Y}."
        ]
    empty = [clause for clause in query.clauses() if not trial.clauses.get(write(clause), 1)]
    said = unknown_names(connection, empty, find)
    if all(trial.clauses.values()):
        said.append(
            "Each clause is found, but never all in one article: try OR, or a longer --since."
        )
    return said or ["Nothing of it was in the news: try a longer --since, or another word for it."]


def unknown_names(connection: Connection, clauses: Iterable[Clause], find: Find) -> list[str]:
    """People and organizations nobody knows, with names spelt nearly so."""
    said = []
    for clause in clauses:
        kind = clause.field.kind
        if kind not in _NAMED or find(kind, clause.value):
            continue
        near = near_names(connection, kind, clause.value)
        mend = f"did you mean {' or '.join(near)}?" if near else "stories may still name it."
        said.append(f"Nobody is known as {clause.value!r}: {mend}")
    return list(dict.fromkeys(said))


def near_names(connection: Connection, kind: Kind, name: str) -> list[str]:
    """Names like this one, of known entities and of what stories have named of late."""
    register = Register(connection)
    known = {fold_name(one.name): one.name for one in register.everybody() if one.kind is kind}
    known |= {fold_name(one): one for one in names_of_late(connection, kind)}
    close = difflib.get_close_matches(fold_name(name), known, n=_MOST, cutoff=0.75)
    if not close and len(name.split()) == 1:  # a surname, perhaps
        last: dict[str, str] = {}
        for one in filter(None, known):
            last.setdefault(one.split()[-1], one)
        near = difflib.get_close_matches(fold_name(name), last, n=_MOST, cutoff=0.75)
        close = [last[one] for one in near]
    found = [known[one] for one in close] or [one.name for one in register.search(name)[:_MOST]]
    return [f"{one!r}" for one in found]


def named_of_late(connection: Connection, who: str) -> tuple[str, str] | None:
    """The key and name under which the newest items name somebody or something."""
    wanted = fold_name(who)
    for key, name in keys_of_late(connection):
        if key == who or fold_name(name) == wanted:
            return key, name
    return None
