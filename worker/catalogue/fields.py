"""The keys of feeds, entities and watches that ask for more than a text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import yaml

from worker.alerts.policy import POLICY_KEYS, PolicyError, read_policy
from worker.catalogue.document import place_in, position
from worker.catalogue.mistakes import Mistake, did_you_mean
from worker.catalogue.names import language_problem, name_problem, same_address, url_problem
from worker.catalogue.table import Notes, Table, Written, locate, plain, scalar
from worker.model import Kind, Policy

ENTITY_KINDS = {"person": Kind.PERSON, "organization": Kind.ORGANIZATION}
OTHER_CODES = {"UK": "GB", "EL": "GR"}


@dataclass(slots=True)
class Seen:
    """Notes what is declared a second time; ``what`` is the word for it."""

    notes: Notes
    what: str
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, word: str, node: yaml.Node, *, shown: str = "", mend: str) -> None:
        """Take note of a word at a node; upper and lower case are one."""
        first = self.places.setdefault(word.casefold(), position(node.start_mark))
        if first != position(node.start_mark):
            problem = f"a second {self.what} '{shown or word}' (the first is on line {first[0]})"
            self.notes.note(node, problem, mend)


def read_slug(table: Table, seen: Seen, mend_missing: str) -> str:
    """The ``name`` of a feed or channel, ``""`` where there is none that can be used."""
    written = table.text("name", required=mend_missing)
    if written is None:
        return ""
    problem = name_problem(written.value)
    if problem:
        table.notes.note(written.node, *problem)
    seen.add(written.value, written.node, mend="give one of them another name")
    return written.value


def read_url(written: Written | None, seen: Seen) -> Written | None:
    """A feed's address, ``None`` and a mistake noted where it is none."""
    if written is None:
        return None
    problem = url_problem(written.value, raw=written.raw)
    if problem:
        seen.notes.note(written.node, *problem)
        return None
    mend = "remove one of them"
    seen.add(same_address(written.value), written.node, shown=written.raw, mend=mend)
    return written


def read_language(table: Table) -> str:
    """The ``language`` of a feed, an ISO 639-1 code."""
    written = table.text("language")
    problem = language_problem(written.value) if written else None
    if written is None or problem is None:
        return written.value if written else ""
    table.notes.note(written.node, *problem)
    return ""


def read_countries(table: Table) -> tuple[str, ...]:
    """The ``countries`` of an entity, ISO 3166-1 alpha-2 codes, each once."""
    codes = []
    for written in table.texts("countries") or ():
        code = written.value.upper()
        if re.fullmatch(r"[A-Z]{2}", code) and code not in OTHER_CODES:
            codes.append(code)
            continue
        mend = f"write {OTHER_CODES[code]}" if code in OTHER_CODES else "write two letters, as UA"
        problem = f"'{written.value}' is not an ISO 3166-1 country code"
        table.notes.note(written.node, problem, mend)
    return tuple(dict.fromkeys(codes))


def read_entity_kind(table: Table) -> Kind | None:
    """The ``kind`` of an entity."""
    written = table.text("kind", required="add 'kind: person' or 'kind: organization'")
    if written is None:
        return None
    kind = ENTITY_KINDS.get(written.value)
    if kind is None:
        mend = did_you_mean(written.value, ENTITY_KINDS, among="an entity is one of")
        table.notes.note(written.node, f"unknown kind of entity '{written.value}'", mend)
    return kind


def read_channel_names(table: Table, known: Sequence[str] | None) -> tuple[str, ...] | None:
    """The ``channels`` a watch rings, ``None`` where it names none.

    ``known`` are the channels of the file; ``None`` lets any name pass.
    """
    written = table.texts("channels")
    if written is None:
        return None
    for one in written:
        if known is not None and one.value not in known:
            mend = did_you_mean(one.value, known, among="the channels declared here are")
            table.notes.note(one.node, f"unknown channel '{one.value}'", mend)
    return tuple(dict.fromkeys(one.value for one in written))


def read_policy_keys(table: Table, base: Policy) -> Policy:
    """How a watch rings, by its keys; what it does not say is as in ``base``."""
    policy = base
    for key in POLICY_KEYS:
        node = table.value(key)
        if node is None:
            continue
        try:
            policy = read_policy({key: plain(node, table.notes, f"'{key}'")}, policy)
        except PolicyError as error:
            place = locate(table.node, error.path)
            table.notes.note(place, error.problem, error.mend)
    return policy


def read_query(table: Table, check: Callable[[str], object]) -> str | None:
    """The ``query`` of a watch, on one line; ``check`` raises QueryError where it is wrong.

    A mistake inside the query is noted at its own place in the file.
    """
    from worker.watches.errors import QueryError

    node = table.value("query")
    if node is None:
        table.missing("query", "add one: query: 'person:\"Vladimir Putin\"'")
        return None
    found = scalar(node, table.notes, "'query'", "a query")
    filled = table.notes.filled(found, found.value) if found is not None else None
    if found is None or filled is None:
        return None
    try:
        check(filled)
    except QueryError as error:
        place = position(found.start_mark)
        if filled == found.value:
            place = place_in(table.notes.text, found, error.column)
        table.notes.mistakes.append(
            Mistake(*place, f"in the query: {_sentence(error.message)}", _sentence(error.hint))
        )
        return None
    return " ".join(filled.split())


def _sentence(text: str) -> str:
    """A sentence as part of a line: no capital to begin with, no full stop at the end."""
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
