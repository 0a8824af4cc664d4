"""``tocsin retag``: the store's articles tagged anew by this version of the tagger."""

from typing import Annotated

import typer

from worker.cli.output import CliError, load_settings
from worker.cli.when import how_long


def retag(
    since: Annotated[str, typer.Option(help="How far back, as 30d or 12h.")] = "",
    feed: Annotated[str, typer.Option(help="Only this feed's items.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also what this version has tagged already.")
    ] = False,
    ring: Annotated[
        bool, typer.Option("--ring", help="Ring for stories that match only now.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Leave what still waits as it is.")] = False,
) -> None:
    """Tag stored articles anew, in the background, after an update or with new entities.

    Tag workers do it when nothing new waits; tocsin status counts what is left. Nothing rings
    unless asked for, and never twice for a story. Articles that this version of the tagger has
    tagged already are left out; --all takes them too, for entities added since. One that cannot be
    tagged keeps its tags; tocsin doctor names it.

    Example: `tocsin retag --since 30d`
    """
    from worker.store import retags
    from worker.store.feeds import find_feed
    from worker.supervisor import open_store
    from worker.tagging.languages import Languages

    if not stop and not since:
        raise CliError("say how far back, as --since 30d")
    length = how_long(since) if since else None
    settings = load_settings()
    with open_store(settings) as engine, engine.begin() as connection:
        if stop:
            print(f"{retags.give_up(connection)} items are left as they are.")
            return
        if feed and find_feed(connection, feed) is None:
            raise CliError(f"no feed {feed!r}: see tocsin feeds list")
        assert length is not None
        asked = retags.ask(
            connection,
            since=length,
            feed=feed,
            other_than="" if everything else Languages(settings.models).version,
            ring=ring,
        )
        waiting = retags.left(connection)
    print(f"{asked} items will be tagged anew; {waiting} wait in all (tocsin status counts them).")
