"""A store with articles of the past, as tagging would have left them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from worker.model import Article, Entry, ItemState, Kind, Mention
from worker.store import articles, feeds, items, stories
from worker.store.engine import run
from worker.store.items import NewItem
from worker.stories import features
from worker.stories.decision import NEW


def mention(kind: Kind, key: str, name: str, text: str = "") -> Mention:
    """A mention wherever its name stands in a text."""
    place = text.find(name)
    spans = ((place, place + len(name)),) if place >= 0 else ()
    return Mention(
        kind=kind, key=key, name=name, count=1, salience=0.5, in_title=False, spans=spans
    )


def putin(text: str) -> Mention:
    """A mention of Vladimir Putin, where a text says "Putin"."""
    return mention(Kind.PERSON, "person:vladimir-putin", "Putin", text)


@dataclass
class Archive:
    """Adds tagged articles; each is a story of its own unless ``story`` names that of another."""

    engine: Engine
    feeds: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        title: str,
        text: str,
        *,
        ago: timedelta = timedelta(hours=1),
        feed: str = "gazette",
        mentions: tuple[Mention, ...] = (),
        story: int | None = None,
        baseline: bool = False,
    ) -> int:
        """Store an article that was seen so long ago; gives the item's id."""
        url = f"http://{feed}.example/{len(title)}-{abs(hash((title, text, ago)))}"
        entry = Entry(guid=url, url=url, title=title, summary=text[:80], language="en")
        with self.engine.begin() as connection:
            if feed not in self.feeds:
                self.feeds[feed] = feeds.put_feed(
                    connection, name=feed, url=f"http://{feed}.example/rss", outlet=feed.title()
                )
            new = NewItem(
                identity=f"guid:{url}",
                fingerprint="1",
                entry=entry,
                state=ItemState.TAGGED,
                baseline=baseline,
            )
            ((owed,),) = items.insert_items(connection, {self.feeds[feed]: [new]}).values()
            article = Article(title=title, text=text, language="en", url=url, outlet=feed.title())
            tagged = articles.Tagged(item_id=owed.id, article=article, mentions=mentions)
            articles.save_articles(connection, [tagged])
            joined = story or stories.create_stories(connection, [title])[0]
            arrival = stories.Arrival(
                item_id=owed.id,
                title=title,
                outlet=feed.title(),
                features=features(article, mentions, datetime.now(UTC)),
                keys=(),
            )
            stories.save_assigned(connection, [(arrival, joined, NEW)])
            stories.join_stories(connection, {owed.id: joined})
            run(
                connection,
                "UPDATE item SET seen_at = now() - :ago, tagged_at = now() - :ago WHERE id = :id",
                id=owed.id,
                ago=ago,
            )
        return owed.id

    def story_of(self, item_id: int) -> int:
        """The story of an item."""
        with self.engine.connect() as connection:
            return stories.story_ids(connection, [item_id])[item_id]
