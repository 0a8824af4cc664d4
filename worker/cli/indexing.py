"""``tocsin db index``: have articles from before there was an index found by it."""

from worker.cli.output import load_settings

_AT_ONCE = 200


def index_articles() -> None:
    """Index the articles that were stored before `items search` came, the newest first.

    Needed once, after the upgrade that brought it; until then such articles are searched one by one. It
    may be stopped and started again.

    Example: `tocsin db index`
    """
    from worker.store import search
    from worker.store.articles import load_articles, load_mentions
    from worker.supervisor import open_store

    done = 0
    with open_store(load_settings()) as engine:
        while True:
            with engine.begin() as connection:
                high = search.unindexed(connection)
                items = search.items_up_to(connection, (0, high), most=_AT_ONCE)
                found, mentions = load_articles(connection, items), load_mentions(connection, items)
                search.index_articles(connection, {i: (found[i], mentions[i]) for i in found})
                search.set_unindexed(connection, items[-1] - 1 if items else 0)
            done += len(items)
            if not items:
                break
    print(f"{done:,} articles were indexed." if done else "All articles are indexed.")
