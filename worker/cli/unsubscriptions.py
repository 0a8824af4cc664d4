"""``tocsin channels unsubscribed`` and ``resubscribe``: what readers of mails stopped."""

from typing import Annotated

import typer

from worker.cli.channels import ChannelName, app
from worker.cli.output import CliError, JsonOption, ago, load_settings, print_json, print_table

__all__ = ["app"]


@app.command("unsubscribed")
def list_unsubscribed(as_json: JsonOption = False) -> None:
    """List what readers of mails stopped by the link in a mail, the latest first.

    Example: `tocsin channels unsubscribed`
    """
    from worker.store.unsubscriptions import all_unsubscriptions
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = all_unsubscriptions(connection)
    if as_json:
        print_json(found)
        return
    print_table(
        ["channel", "list", "watch", "reader", "stopped"],
        [
            [one.channel, one.list_name, one.watch, one.recipient or "(all of them)", ago(one.at)]
            for one in found
        ],
        empty="Nobody has unsubscribed.",
    )


@app.command("resubscribe")
def resubscribe(
    name: ChannelName,
    list_name: Annotated[
        str, typer.Argument(metavar="LIST", help="The list: watch-4, digest, heartbeat, channel.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Send what comes of a list by a channel again, which its reader had stopped.

    Both names as tocsin channels unsubscribed shows them. What was not sent meanwhile stays so;
    tocsin deliveries replay ID sends it.

    Example: `tocsin channels resubscribe desk-mail watch-4`
    """
    from worker.store.unsubscriptions import lift_unsubscription
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        lifted = lift_unsubscription(connection, name, list_name)
    if not lifted:
        raise CliError(
            f"nobody unsubscribed from {list_name!r} by {name!r}: see tocsin channels unsubscribed"
        )
    if as_json:
        print_json({"channel": name, "list_name": list_name})
        return
    print(f"{name} gets {list_name} again.")
