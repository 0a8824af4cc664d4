"""What the newsroom printed in the days before the play, as if Tocsin had read it when it came."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from worker.alerts.rehearsal import Past
from worker.demo.stage import Stage
from worker.model import Entry, ItemState
from worker.store import articles, items, stories
from worker.store.feeds import all_feeds
from worker.store.history import past_articles
from worker.store.items import NewItem

HOURS = 96
"""One article an hour: of 72 hours a spike watch must know."""


def file_archive(stage: Stage) -> str:
    """Store an article an hour of the last days: the older ones again. What was done, in words."""
    now = datetime.now(UTC)
    with stage.engine.begin() as connection:
        feed_of = {feed.name: feed.id for feed in all_feeds(connection)}
        older = [one for some in past_articles(connection, now - timedelta(days=1)) for one in some]
        for ago in range(1, HOURS + 1):
            past = older[ago % len(older)]
            _file(connection, feed_of[past.feed_name], past, now - timedelta(hours=ago))
    return f"the store is given {HOURS} articles of the last days, one an hour"


def _file(connection: Connection, feed_id: int, past: Past, seen_at: datetime) -> None:
    url = f"{past.article.url}?{seen_at:%Y%m%d%H}"
    article = replace(past.article, url=url, published=seen_at)
    new = NewItem(
        identity=f"archive:{url}",
        fingerprint="1",
        entry=Entry(url=url, title=article.title, language=article.language),
        state=ItemState.TAGGED,
    )
    ((owed,),) = items.insert_items(connection, {feed_id: [new]}).values()
    items.date_back(connection, owed.id, seen_at)
    tagged = articles.Tagged(item_id=owed.id, article=article, mentions=past.mentions)
    articles.save_articles(connection, [tagged])
    (story_id,) = stories.create_stories(connection, [article.title])
    stories.join_stories(connection, {owed.id: story_id})
