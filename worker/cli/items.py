"""``tocsin items``: the stories that came in."""

import difflib
import textwrap
from itertools import pairwise
from typing import Annotated

import typer

from worker.cli.explaining import named_surely
from worker.cli.output import (
    CliError,
    JsonOption,
    LimitOption,
    ago,
    clip,
    load_settings,
    print_json,
    print_table,
)
from worker.cli.searching import search_items
from worker.cli.when import shown
from worker.model import Article, Form, ItemState, Kind, Mention

app = typer.Typer(no_args_is_help=True, help="The stories that came in: list, search, show.")
app.command("search")(search_items)


@app.command("list")
def list_items(
    limit: LimitOption = 20,
    feed: Annotated[str, typer.Option(help="Only this feed.")] = "",
    state: Annotated[
        str, typer.Option(help="Only discovered, fetched, tagged or failed ones.")
    ] = "",
    mention: Annotated[
        str, typer.Option(help='Only those naming this, as "Vladimir Putin" or UA.')
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List items, newest first.

    Example: `tocsin items list --mention "Vladimir Putin" -n 5`
    """
    from worker.cli.feeds.app import one_feed
    from worker.store.articles import load_mentions
    from worker.store.lookup import list_items as read
    from worker.supervisor import open_store

    states = [one.value for one in ItemState]
    if state and state not in states:
        raise CliError(f"no state named {state!r}: there are {', '.join(states)}")
    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = read(connection, limit=limit, feed=feed, state=state, mention=mention)
        if feed and not found:
            one_feed(connection, feed)
        mentions = load_mentions(connection, [item.id for item in found])
    if as_json:
        print_json([{"item": item, "mentions": mentions[item.id]} for item in found])
        return
    print_table(
        ["id", "seen", "feed", "state", "title", "about"],
        [
            [
                str(item.id),
                ago(item.seen_at),
                item.feed_name,
                item.state.value,
                clip(item.entry.title),
                clip(about(mentions[item.id]), 50),
            ]
            for item in found
        ],
        empty="No items are like that."
        if feed or state or mention
        else "No items yet. Feeds are polled by tocsin up.",
    )


def about(mentions: tuple[Mention, ...], most: int = 5) -> str:
    """The names of what an article is most about."""
    return ", ".join(mention.name for mention in mentions[:most])


@app.command("show")
def show_item(
    which: Annotated[str, typer.Argument(metavar="ID|URL", help="The item's id or URL.")],
    as_json: JsonOption = False,
) -> None:
    """Show an item: its text, what it names, what was removed from its page, and its way so far.

    Example: `tocsin items show 42`
    """
    from worker.store.articles import load_articles, load_mentions
    from worker.store.lookup import find_item
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        item = find_item(connection, which)
        if item is None:
            raise CliError(f"no item {which!r}: see tocsin items list")
        article = load_articles(connection, [item.id]).get(item.id)
        mentions = load_mentions(connection, [item.id])[item.id]
    if as_json:
        print_json({"item": item, "article": article, "mentions": mentions})
        return
    print(article.title if article else item.entry.title)
    print(f"  url:    {item.entry.url}")
    print(f"  feed:   {item.feed_name} ({item.outlet})")
    print(f"  state:  {item.state.value}{': ' + item.reason if item.reason else ''}")
    print(f"  seen:   {shown(item.seen_at)}" + ", baseline" * item.baseline)
    print(f"  story:  {item.story_id}, revision {item.revision}")
    if article is not None:
        _show_facts(article)
    for kind in Kind:
        named = [named_surely(m) for m in mentions if m.kind is kind]
        if named:
            print(f"  {kind.value + ':':<14}{', '.join(named)}")
    if article is not None:
        print(f"\n{article.text}")
        _show_round(article)


def _show_facts(article: Article) -> None:
    """What an article is, beside its text."""
    because = f" because {article.note}" if article.note else ""
    cut = f"; cut short: {article.cut}" if article.cut else ""
    wall = ", behind a wall" if article.walled else ""
    form = "" if article.form is Form.ARTICLE else f"{article.form.value}, "
    print(
        f"  text:   {form}{article.language or '?'}, from the {article.source.value}{because}{wall}{cut}"
    )
    facts = {
        "by": ", ".join(article.authors),
        "section": article.section,
        "published": shown(article.published) if article.published else "",
        "modified": shown(article.modified) if article.modified else "",
        "canonical": article.canonical if article.canonical != article.url else "",
        "image": article.image,
    }
    for name, value in facts.items():
        if value:
            print(f"  {name + ':':<11}{clip(value, 160)}")


def _show_round(article: Article) -> None:
    """What stood round an article's text: captions, credits, and what was removed, with the reason."""
    for name, found in (("Captions", article.captions), ("Credits", article.credits)):
        if found:
            print(f"\n{name}:")
            print("\n".join(f"  {line}" for line in found))
    if article.removed:
        print("\nRemoved:")
        print("\n".join(f"  {clip(one.line, 100)} - {one.reason}" for one in article.removed))


@app.command("revisions")
def show_revisions(
    which: Annotated[str, typer.Argument(metavar="ID|URL", help="The item's id or URL.")],
    as_json: JsonOption = False,
) -> None:
    """Show what an item said before each edit, and what the edit changed.

    Example: `tocsin items revisions 42`
    """
    from worker.store.lookup import find_item, revisions_of
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        item = find_item(connection, which)
        if item is None:
            raise CliError(f"no item {which!r}: see tocsin items list")
        former = revisions_of(connection, item.id)
    if as_json:
        print_json({"item": item, "revisions": former})
        return
    if not former:
        print(f"Item {item.id} was never edited.")
    entry = item.entry
    texts = [
        *(_lines(one.title, one.summary, one.content) for one in former),
        _lines(entry.title, entry.summary, entry.content),
    ]
    for one, (before, after) in zip(former, pairwise(texts), strict=True):
        print(f"Edit {one.number + 1}, seen {shown(one.replaced_at)}:")
        for line in difflib.unified_diff(before, after, n=1, lineterm=""):
            if not line.startswith(("---", "+++", "@@")):
                print(f"  {line}")


def _lines(*texts: str) -> list[str]:
    """What a reader sees of texts with mark-up, wrapped so that a change is found in a line."""
    from worker.markup import visible_text

    return [line for text in texts for line in textwrap.wrap(visible_text(text), 96)]
