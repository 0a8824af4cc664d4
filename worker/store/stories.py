"""Stories in the store: which articles may be about the same event, and which story they join."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import Connection

from worker.store.engine import clean, rows_as_json, run, run_for_bytes
from worker.store.versions import RARITY, changed
from worker.stories import Candidate, Decision, Features, Rarity, learn
from worker.stories.rarity import rarity as unpacked_rarity

ASSIGNING, MOVING = 7263749, 7263750
"""Advisory locks: of whoever assigns stories, and of whoever moves articles between them."""
EACH, LOOKED_AT, OF_STORY, COMPARED = 20, 40, 3, 16
"""The newest articles of a key; those with most keys in common; of one story; in all."""
LEAST_LEARNED = 100
"""Articles for which the counts of terms are worth storing anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An article that asks for its story."""

    item_id: int
    title: str
    outlet: str
    features: Features
    keys: tuple[int, ...]


def lock_assigning(connection: Connection) -> None:
    """Let nobody else assign stories until the transaction ends: no twins are made.

    Nobody waits for the disk meanwhile. Should the server fall before it is written, no item that
    was tagged after it is written either: such items are assigned again.
    """
    run(
        connection,
        f"SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock({ASSIGNING})",
    )


def keep_in_place(connection: Connection) -> None:
    """Let nobody move articles to other stories until the transaction ends."""
    run(connection, f"SELECT pg_advisory_xact_lock_shared({MOVING})")


def newest_sketch(connection: Connection) -> int:
    """The number of the sketch stored last; what is stored later gets a higher one."""
    return int(run(connection, "SELECT coalesce(max(id), 0) AS id FROM sketch")[0]["id"])


def candidates(
    connection: Connection, arrivals: Sequence[Arrival], *, window: timedelta, after: int = 0
) -> dict[int, list[Candidate]]:
    """By item, the articles of the window most like it, of those stored ``after`` a sketch.

    What is read is bounded, however many articles share a key.
    """
    rows = run_for_bytes(
        connection,
        """
        WITH hit AS (
            SELECT wanted.item, found.sketch_id, count(*) AS shared
            FROM unnest(CAST(:items AS bigint[]), CAST(:keys AS bigint[])) AS wanted(item, key)
            CROSS JOIN LATERAL (
                SELECT sketch_id FROM sketch_key
                WHERE sketch_key.key = wanted.key AND sketch_id > :after
                ORDER BY sketch_id DESC LIMIT :each) AS found
            GROUP BY wanted.item, found.sketch_id
        ), near AS (
            SELECT *, row_number() OVER (
                PARTITION BY item ORDER BY shared DESC, sketch_id DESC) AS place FROM hit
        ), placed AS (
            SELECT near.*, sketch.item_id, story_item.story_id, row_number() OVER (
                PARTITION BY item, story_item.story_id ORDER BY place) AS of_story
            FROM near
            CROSS JOIN LATERAL (SELECT * FROM sketch WHERE sketch.id = sketch_id LIMIT 1) AS sketch
            CROSS JOIN LATERAL (
                SELECT story_id FROM story_item WHERE item_id = sketch.item_id LIMIT 1) AS story_item
            WHERE place <= :looked_at AND made_at > now() - CAST(:window AS interval)
        ), chosen AS (
            SELECT *, row_number() OVER (PARTITION BY item ORDER BY place) AS number
            FROM placed WHERE of_story <= :of_story
        )
        SELECT item, chosen.item_id, story_id, features
        FROM chosen
        CROSS JOIN LATERAL (SELECT features FROM sketch WHERE sketch.id = sketch_id LIMIT 1) AS it
        WHERE number <= :compared AND item <> chosen.item_id ORDER BY item, number
        """,
        items=[one.item_id for one in arrivals for _ in one.keys],
        keys=[key for one in arrivals for key in one.keys],
        after=after,
        window=window,
        each=EACH,
        looked_at=LOOKED_AT,
        of_story=OF_STORY,
        compared=COMPARED,
    )
    found: dict[int, list[Candidate]] = {}
    for row in rows:
        candidate = Candidate(
            item_id=row["item_id"],
            story_id=row["story_id"],
            features=Features(row["features"]),
        )
        found.setdefault(row["item"], []).append(candidate)
    return found


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


def save_follows(connection: Connection, follows: Mapping[int, int]) -> None:
    """Link stories (keys) to those whose affair they take up again (values)."""
    if follows:
        run(
            connection,
            """
            UPDATE story SET follows = f.follows
            FROM unnest(CAST(:stories AS bigint[]), CAST(:follows AS bigint[])) AS f(id, follows)
            WHERE story.id = f.id
            """,
            stories=list(follows),
            follows=list(follows.values()),
        )


def save_assigned(
    connection: Connection, assigned: Iterable[tuple[Arrival, int, Decision]]
) -> None:
    """Store the stories of new articles, why, and what later ones are compared with."""
    rows, packed, start = [], [], 1
    for arrival, story_id, decision in assigned:
        features = arrival.features.packed
        rows.append(
            {
                "item_id": arrival.item_id,
                "story_id": story_id,
                "outlet": arrival.outlet,
                "reason": decision.reason,
                "near": decision.near,
                "figures": _figures(decision),
                "start": start,
                "size": len(features),
                "keys": arrival.keys,
            }
        )
        packed.append(features)
        start += len(features)
    run(
        connection,
        """
        WITH given AS (
            SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(item_id bigint,
                story_id bigint, outlet text, reason text, near bigint, figures jsonb,
                start int, size int, keys bigint[])
        ), joined AS (
            INSERT INTO story_item (item_id, story_id, outlet, reason, near, figures)
            SELECT item_id, coalesce(story.merged_into, story.id), outlet, reason, near, figures
            FROM given JOIN story ON story.id = given.story_id
        ), sketched AS (
            INSERT INTO sketch (item_id, features, keys)
            SELECT item_id, substring(CAST(:packed AS bytea) FROM start FOR size), keys FROM given
            ON CONFLICT (item_id) DO NOTHING RETURNING id, keys
        )
        INSERT INTO sketch_key (key, sketch_id)
        SELECT DISTINCT key, id FROM sketched, unnest(keys) AS key
        """,
        rows=rows_as_json(rows),
        packed=b"".join(packed),  # goes as it is, and not as hexadecimal within the rows
    )


def _figures(decision: Decision) -> dict[str, float]:
    if decision.relation is None:
        return {}
    found = asdict(decision.relation.figures) | {"score": decision.relation.score}
    return {name: round(value, 2) for name, value in found.items() if value is not None}


def stories_and_newest(
    connection: Connection, items: Collection[int]
) -> tuple[dict[int, int], int]:
    """What ``story_ids`` and ``newest_sketch`` give, asked at once."""
    rows = run(
        connection,
        """
        SELECT item_id, story_id FROM story_item WHERE item_id = ANY(:ids)
        UNION ALL SELECT 0, coalesce(max(id), 0) FROM sketch
        """,
        ids=list(items),
    )
    found = {row["item_id"]: row["story_id"] for row in rows}
    return found, found.pop(0)


def story_ids(connection: Connection, items: Collection[int]) -> dict[int, int]:
    """The story of each item that has one."""
    rows = run(
        connection,
        "SELECT item_id, story_id FROM story_item WHERE item_id = ANY(:ids)",
        ids=list(items),
    )
    return {row["item_id"]: row["story_id"] for row in rows}


def lock_stories(connection: Connection, stories: Collection[int]) -> None:
    """Let nobody else plan alerts for these stories until the transaction ends."""
    run(
        connection,
        "SELECT id FROM story WHERE id = ANY(:stories) ORDER BY id FOR NO KEY UPDATE",
        stories=sorted(stories),
    )


def join_stories(connection: Connection, story_of: Mapping[int, int]) -> None:
    """Count items (keys) in their stories (values), which stay locked until the transaction ends."""
    if not story_of:
        return
    lock_stories(connection, set(story_of.values()))
    run(
        connection,
        """
        WITH given AS (
            SELECT * FROM unnest(CAST(:items AS bigint[]), CAST(:stories AS bigint[]))
                AS g(item_id, story_id)
        ), put AS (
            UPDATE item SET story_id = given.story_id FROM given
            WHERE id = item_id AND item.story_id IS DISTINCT FROM given.story_id
            RETURNING item.story_id
        )
        UPDATE story SET updated_at = now(), items = items + n
        FROM (SELECT given.story_id, count(put.story_id) AS n
              FROM (SELECT DISTINCT story_id FROM given) AS given
              LEFT JOIN put ON put.story_id = given.story_id GROUP BY given.story_id) AS counted
        WHERE id = counted.story_id
        """,
        items=list(story_of),
        stories=list(story_of.values()),
    )


def outlets_of(connection: Connection, stories: Collection[int]) -> dict[int, int]:
    """How many outlets have reported each story so far."""
    rows = run(
        connection,
        """
        SELECT story_id, count(DISTINCT outlet) AS outlets FROM story_item
        WHERE story_id = ANY(:stories) GROUP BY story_id
        """,
        stories=list(stories),
    )
    found = {row["story_id"]: row["outlets"] for row in rows}
    return {story: found.get(story, 0) for story in stories}


def forget_sketches(connection: Connection, *, window: timedelta, limit: int = 20_000) -> int:
    """Drop what nothing is compared with any more; gives how many."""
    rows = run(
        connection,
        """
        WITH old AS (
            DELETE FROM sketch WHERE id IN (
                SELECT id FROM sketch WHERE made_at < now() - CAST(:window AS interval)
                ORDER BY made_at LIMIT :limit)
            RETURNING id, keys
        ), gone AS (
            DELETE FROM sketch_key USING (SELECT DISTINCT key, id FROM old, unnest(keys) AS key) AS o
            WHERE sketch_key.key = o.key AND sketch_key.sketch_id = o.id
        )
        SELECT count(*) AS n FROM old
        """,
        window=window,
        limit=limit,
    )
    return int(rows[0]["n"])


def load_rarity(connection: Connection) -> Rarity:
    """How rare terms are, as counted last."""
    rows = run(connection, "SELECT articles, counts FROM rarity WHERE noun = 'term'")
    return unpacked_rarity(rows[0]["articles"], bytes(rows[0]["counts"])) if rows else Rarity()


def learn_rarity(connection: Connection, *, limit: int = 2_000) -> int:
    """Count the terms of articles that came since, once they are enough; gives how many.

    They are enough at a twentieth of all that were counted, or ``limit``. Of more than that the
    oldest are counted: what matters are shares.
    """
    run(
        connection,
        "INSERT INTO rarity (noun, counts) VALUES ('term', :none) ON CONFLICT DO NOTHING",
        none=Rarity().packed(),
    )
    state = run(connection, "SELECT * FROM rarity WHERE noun = 'term' FOR UPDATE")[0]
    rows = run(
        connection,
        "SELECT id, features FROM sketch WHERE id > :counted ORDER BY id LIMIT :limit",
        counted=state["counted"],
        limit=limit,
    )
    if len(rows) < min(max(LEAST_LEARNED, state["articles"] // 20), limit):
        return 0
    known = unpacked_rarity(state["articles"], bytes(state["counts"]))
    learned = learn(known, (Features(row["features"]) for row in rows))
    run(
        connection,
        """
        UPDATE rarity SET articles = :articles, counts = :counts,
            counted = (SELECT max(id) FROM sketch) WHERE noun = 'term'
        """,
        articles=learned.articles,
        counts=learned.packed(),
    )
    changed(connection, RARITY)
    return len(rows)
