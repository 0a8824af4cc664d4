"""Stories in a store, as tests of what is told of them need."""

from sqlalchemy import Connection

from worker.model import Article, Entry, ItemState
from worker.store import articles, feeds, items, stories
from worker.store.articles import Tagged
from worker.store.items import NewItem


def make_stories(connection: Connection, count: int) -> list[tuple[int, int]]:
    """Stories of one item each, as (story, item)."""
    feed_id = feeds.put_feed(connection, name="gazette", url="http://example.org/feed")
    new = [
        NewItem(
            identity=f"guid:{n}",
            fingerprint=str(n),
            entry=Entry(title=f"Report {n}", url=f"https://news.example/{n}"),
            state=ItemState.FETCHED,
        )
        for n in range(count)
    ]
    ids = [one.id for one in items.insert_items(connection, {feed_id: new})[feed_id]]
    made = stories.create_stories(connection, [f"Report {n}" for n in range(count)])
    articles.save_articles(
        connection,
        [
            Tagged(
                item_id=item_id,
                article=Article(title=f"Report {n}", text="Putin spoke.", outlet="Gazette"),
                mentions=(),
                tagger="1",
            )
            for n, item_id in enumerate(ids)
        ],
    )
    stories.join_stories(connection, dict(zip(ids, made, strict=True)))
    return list(zip(made, ids, strict=True))
