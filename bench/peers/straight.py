"""The poller everybody writes first: httpx, feedparser, and a SELECT for each item.

It is written straight down but not badly: conditional requests with both validators, one client
for all, 40 feeds at a time, each feed committed once, prepared statements (psycopg's own doing),
a database connection for each of the 40, an index for the lookup. It keeps the same columns of an
item as Tocsin does. Run by the benchmark: a line on standard input is one round of all feeds, the
answer a line with the number of items that were new.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from time import struct_time
from typing import Any

import feedparser
import httpx
import psycopg

AT_ONCE = 40
SCHEMA = """
CREATE TABLE IF NOT EXISTS feed (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, url text UNIQUE NOT NULL,
    etag text, last_modified text, title text, status int, error text, polled_at timestamptz);
CREATE TABLE IF NOT EXISTS item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, feed_id bigint REFERENCES feed NOT NULL,
    guid text NOT NULL, url text, title text, summary text, content text, authors text,
    categories text, published_at timestamptz, updated_at timestamptz,
    seen_at timestamptz DEFAULT now(), UNIQUE (feed_id, guid));
"""


def moment(parsed: struct_time | None) -> datetime | None:
    """Feedparser's time as a datetime."""
    return datetime(*parsed[:6], tzinfo=UTC) if parsed else None


async def store(connection: psycopg.AsyncConnection[Any], feed_id: int, parsed: Any) -> int:
    """Insert the entries that are not there yet. Gives how many."""
    new = 0
    for entry in parsed.entries:
        guid = entry.get("id") or entry.get("link")
        found = await connection.execute(
            "SELECT 1 FROM item WHERE feed_id = %s AND guid = %s", (feed_id, guid)
        )
        if await found.fetchone():
            continue
        await connection.execute(
            """INSERT INTO item (feed_id, guid, url, title, summary, content, authors, categories,
                   published_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                feed_id,
                guid,
                entry.get("link"),
                entry.get("title"),
                entry.get("summary"),
                entry.content[0].value if "content" in entry else "",
                entry.get("author"),
                json.dumps([tag.term for tag in entry.get("tags", [])]),
                moment(entry.get("published_parsed")),
                moment(entry.get("updated_parsed")),
            ),
        )
        new += 1
    return new


async def poll(
    client: httpx.AsyncClient, connection: psycopg.AsyncConnection[Any], row: tuple[Any, ...]
) -> int:
    """Poll one feed and store what is new."""
    feed_id, url, etag, modified = row
    wanted = {"If-None-Match": etag, "If-Modified-Since": modified}
    response = await client.get(url, headers={key: v for key, v in wanted.items() if v})
    new, title = 0, None
    if response.status_code == 200:
        parsed = feedparser.parse(response.content, response_headers=dict(response.headers))
        title = parsed.feed.get("title")
        new = await store(connection, feed_id, parsed)
    await connection.execute(
        """UPDATE feed SET etag = coalesce(%s, etag), last_modified = coalesce(%s, last_modified),
               title = coalesce(%s, title), status = %s, polled_at = now() WHERE id = %s""",
        (
            response.headers.get("etag"),
            response.headers.get("last-modified"),
            title,
            response.status_code,
            feed_id,
        ),
    )
    await connection.commit()
    return new


async def poll_all(
    client: httpx.AsyncClient, connections: list[psycopg.AsyncConnection[Any]]
) -> int:
    """Poll every feed once, each connection working off the same queue."""
    found = await connections[0].execute("SELECT id, url, etag, last_modified FROM feed")
    waiting = await found.fetchall()
    await connections[0].commit()

    async def work(connection: psycopg.AsyncConnection[Any]) -> int:
        new = 0
        while waiting:
            new += await poll(client, connection, waiting.pop())
        return new

    return sum(await asyncio.gather(*(work(each) for each in connections)))


async def main() -> None:
    """Serve rounds until standard input ends."""
    database = os.environ["BENCH_DATABASE"]
    connections = [await psycopg.AsyncConnection.connect(database) for _ in range(AT_ONCE)]
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(limits=limits, timeout=30, follow_redirects=True) as client:
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(await poll_all(client, connections), flush=True)
    for connection in connections:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
