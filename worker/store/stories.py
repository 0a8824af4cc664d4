"""Stories in the store: which articles may be about the same event, and which story they join."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from worker.model import Signature, StoryCandidate
from worker.store.engine import clean, run
from worker.stories import unpack

STORY_LOCK = 7263749


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCandidate:
    """An article of the window, with the bands it can be found by."""

    bands: frozenset[int]
    candidate: StoryCandidate


def stored_candidate(story_id: int, signature: Signature) -> StoredCandidate:
    """A candidate made of an article that is being stored right now."""
    return StoredCandidate(
        bands=frozenset(signature.bands),
        candidate=StoryCandidate(story_id=story_id, values=signature.values),
    )


def lock_stories(connection: Connection) -> None:
    """Let nobody else assign stories until the transaction ends.

    Two copies of one report that two workers hold at once must not become twin stories.
    """
    run(connection, f"SELECT pg_advisory_xact_lock({STORY_LOCK})")


def candidates(
    connection: Connection, bands: Collection[int], *, window: timedelta
) -> list[StoredCandidate]:
    """Articles of the window that share a band with a new one."""
    if not bands:
        return []
    rows = run(
        connection,
        """
        SELECT item.story_id, article.minhash, article.bands
        FROM article JOIN item ON item.id = article.item_id
        WHERE article.bands && CAST(:bands AS bigint[]) AND article.tagged_at > now() - :window
          AND item.story_id IS NOT NULL AND article.minhash IS NOT NULL
        """,
        bands=list(bands),
        window=window,
    )
    return [
        StoredCandidate(
            bands=frozenset(row["bands"]),
            candidate=StoryCandidate(
                story_id=row["story_id"], values=unpack(bytes(row["minhash"]))
            ),
        )
        for row in rows
    ]


def create_stories(connection: Connection, titles: Sequence[str]) -> list[int]:
    """New stories, one a title. Gives their ids in the same order."""
    rows = run(
        connection,
        """
        INSERT INTO story (title)
        SELECT title FROM unnest(CAST(:titles AS text[])) WITH ORDINALITY AS t(title, place)
        ORDER BY place RETURNING id
        """,
        titles=[clean(title) for title in titles],
    )
    return sorted(row["id"] for row in rows)


def join_stories(connection: Connection, story_of: Mapping[int, int]) -> None:
    """Put items (keys) into stories (values) and count them there."""
    if not story_of:
        return
    run(
        connection,
        """
        UPDATE item SET story_id = s.story_id
        FROM unnest(CAST(:items AS bigint[]), CAST(:stories AS bigint[])) AS s(item_id, story_id)
        WHERE id = s.item_id
        """,
        items=list(story_of),
        stories=list(story_of.values()),
    )
    run(
        connection,
        """
        UPDATE story SET updated_at = now(), items = n
        FROM (SELECT story_id, count(*) AS n FROM item
              WHERE story_id = ANY(:stories) GROUP BY story_id) AS counted
        WHERE id = counted.story_id
        """,
        stories=sorted(set(story_of.values())),
    )


def story_ids(connection: Connection, items: Collection[int]) -> dict[int, int | None]:
    """The story of each item, ``None`` where it has none yet."""
    rows = run(connection, "SELECT id, story_id FROM item WHERE id = ANY(:ids)", ids=list(items))
    return {row["id"]: row["story_id"] for row in rows}


def outlets_of(connection: Connection, stories: Collection[int]) -> dict[int, int]:
    """How many outlets have reported each story so far."""
    rows = run(
        connection,
        """
        SELECT item.story_id, count(DISTINCT article.outlet) AS outlets
        FROM item JOIN article ON article.item_id = item.id
        WHERE item.story_id = ANY(:stories) GROUP BY item.story_id
        """,
        stories=list(stories),
    )
    found = {row["story_id"]: row["outlets"] for row in rows}
    return {story: found.get(story, 0) for story in stories}
