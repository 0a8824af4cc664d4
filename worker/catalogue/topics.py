"""The topics of a feeds.yaml: a name, and phrases as they stand in news about it."""

from collections.abc import Collection, Iterable, Iterator

import yaml

from worker.catalogue.fields import Seen
from worker.catalogue.table import Notes, Table, Written
from worker.mediatopics import NAMES
from worker.model import Topic, Watch
from worker.watches.errors import QueryError
from worker.watches.folding import fold_name
from worker.watches.query import Field, parse_query
from worker.watches.resolve import with_topics

TOPIC_KEYS = ("name", "examples")
#: Longest name and longest example, in code points; an example is a phrase, no article.
LONGEST_NAME, LONGEST_EXAMPLE = 80, 300
MOST_EXAMPLES = 50


def read_topics(nodes: Iterable[yaml.Node], notes: Notes) -> tuple[Topic, ...]:
    """The topics of a section; what is wrong with one is noted."""
    seen = Seen(notes, "topic")
    read = (_topic(node, notes, seen) for node in nodes)
    return tuple(topic for topic in read if topic is not None)


def still_named(
    removed: Collection[str], topics: Iterable[Topic], watches: Iterable[Watch]
) -> Iterator[str]:
    """Why topics cannot be removed: watches that stay ask for them. One line each, with the mend.

    ``removed`` are their keys, among all ``topics``.
    """
    topics = list(topics)
    find = with_topics(lambda *_: None, topics)
    gone = {
        name: one for one in topics if one.key in removed for name in (one.key, fold_name(one.name))
    }
    for watch in watches if gone else ():
        try:
            clauses = parse_query(watch.query, find).clauses()
        except QueryError:  # it is told by itself, and finds nothing
            continue
        asked = [one.value for one in clauses if one.field in {Field.TOPIC, Field.ENTITY}]
        found = [gone.get(value) or gone.get(fold_name(value)) for value in asked]
        for topic in dict.fromkeys(one for one in found if one is not None):
            yield (
                f"topic {topic.name}: watch {watch.name} asks for it, which is not declared; "
                f"declare the topic, or: tocsin watches remove {watch.name}"
            )


def _topic(node: yaml.Node, notes: Notes, seen: Seen) -> Topic | None:
    table = Table(node, notes, "a topic", TOPIC_KEYS)
    name = table.text("name", required="add a name for it")
    examples = table.texts("examples")
    if not examples:
        _say_none(table)
    for one in (examples or ())[MOST_EXAMPLES:][:1]:
        notes.note(one.node, f"more than {MOST_EXAMPLES} examples", "keep the most telling ones")
    for one in examples or ():
        _check_length(one, LONGEST_EXAMPLE, "an example", notes)
    if name is None:
        return None
    _check_length(name, LONGEST_NAME, "the name of a topic", notes)
    from worker.tagging.gazetteer import own_topic  # loads all of the tagger

    topic = own_topic(name.value, dict.fromkeys(one.value for one in examples or ()))
    if name.value.casefold() in {known.casefold() for known in NAMES.values()}:
        problem = f"'{name.value}' is a topic that Tocsin comes with"
        notes.note(name.node, problem, "give yours another name")
    seen.add(topic.key, name.node, shown=name.value, mend="put all examples in one topic")
    return topic


def _say_none(table: Table) -> None:
    mend = "add a few phrases as they stand in articles about it"
    node = table.value("examples")
    if node is None:
        table.missing("examples", mend)
    elif isinstance(node, yaml.SequenceNode) and not node.value:
        table.notes.note(node, "a topic has no examples", mend)


def _check_length(written: Written, most: int, what: str, notes: Notes) -> None:
    if len(written.value) > most:
        problem = f"{what} has {len(written.value)} characters"
        notes.note(written.node, problem, f"write at most {most}")
