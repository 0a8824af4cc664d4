"""``tocsin deliveries``: what was sent where, what the receivers said, and sending it again."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.output import (
    LARGEST_ID,
    CliError,
    JsonOption,
    LimitOption,
    ago,
    clip,
    load_settings,
    print_json,
    print_pairs,
    print_table,
)
from worker.cli.when import shown
from worker.model import DeliveryState

if TYPE_CHECKING:
    from worker.settings import Settings
    from worker.store.deliveries import DeliveryRecord

app = typer.Typer(
    no_args_is_help=True, help="What was sent where: list, show, replay, replay-dead."
)

DeliveryId = Annotated[
    int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The delivery's id.")
]
ChannelOption = Annotated[str, typer.Option(help="Only of this channel.")]


@app.command("list")
def list_deliveries(
    limit: LimitOption = 20,
    state: Annotated[
        DeliveryState | None, typer.Option(help="Only pending, sent, dead or unsubscribed ones.")
    ] = None,
    channel: ChannelOption = "",
    since: Annotated[str, typer.Option(help="Only those that became due since: 2h, 7d.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List deliveries, newest first: one for each alert and channel, with the reason of its state.

    Example: `tocsin deliveries list --state dead --since 7d`
    """
    from worker.cli.when import how_long
    from worker.store.deliveries import list_deliveries as read
    from worker.supervisor import open_store

    span = how_long(since) if since else None
    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = read(connection, limit=limit, state=state, channel=channel, since=span)
    if as_json:
        print_json(found)
        return
    print_table(
        ["id", "alert", "of", "channel", "due", "state", "tries", "reason"],
        [
            [
                str(one.id),
                str(one.alert_id),
                one.watch,
                one.channel,
                ago(one.next_attempt_at if one.state is DeliveryState.PENDING else one.owed_at),
                one.state.value,
                str(len(one.attempts)),
                clip(one.reason, 90),
            ]
            for one in found
        ],
        empty="No such delivery.",
    )


@app.command("show")
def show_delivery(delivery_id: DeliveryId, as_json: JsonOption = False) -> None:
    """Show a delivery: its ids, its state and why, and every attempt with the receiver's answer.

    Example: `tocsin deliveries show 42`
    """
    from worker.store.deliveries import find_delivery
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = find_delivery(connection, delivery_id)
    if found is None:
        raise CliError(f"no delivery {delivery_id}: see tocsin deliveries list")
    if as_json:
        print_json(found)
        return
    _show(found)


def _show(one: "DeliveryRecord") -> None:
    print(f"Delivery {one.id} of alert {one.alert_id} ({one.watch}) by {one.channel} ({one.kind})")
    print_pairs(facts_of(one), by=2)


def facts_of(one: "DeliveryRecord") -> list[tuple[str, str]]:
    """What is known of a delivery, its state first, with labels."""
    facts = [("state", f"{one.state.value}: {one.reason}"), ("message", one.message_id)]
    facts.append(("owed since", shown(one.owed_at, seconds=True)))
    if one.state is DeliveryState.PENDING:
        facts.append(("next try", shown(one.next_attempt_at, seconds=True)))
    for attempt in one.attempts:
        told = re.findall(r"\d+", attempt.detail)
        unsaid = attempt.status is not None and str(attempt.status) not in told
        how = f"{attempt.status} " if unsaid else ""
        facts.append(
            (
                f"try {attempt.number}",
                f"{shown(attempt.at, seconds=True)}, {attempt.elapsed:.2f} s: {how}{attempt.detail}",
            )
        )
        answer = clip(" ".join(attempt.answer.split()), 400)
        if answer not in attempt.detail:
            facts.append(("", answer))
    return facts


@app.command("replay")
def replay(delivery_id: DeliveryId, as_json: JsonOption = False) -> None:
    """Send a delivery again, from its first try and with the same ids, whatever became of it.

    Example: `tocsin deliveries replay 42`
    """
    from worker.store.deliveries import find_delivery
    from worker.store.deliveries import replay as again
    from worker.supervisor import open_store

    settings = load_settings()
    with open_store(settings) as engine, engine.begin() as connection:
        found = find_delivery(connection, delivery_id)
        if found is None:
            raise CliError(f"no delivery {delivery_id}: see tocsin deliveries list")
        if not again(connection, delivery_id):
            raise CliError(
                f"delivery {delivery_id} is under way, its reader unsubscribed, or channel "
                f"{found.channel!r} was removed: see tocsin deliveries show {delivery_id} "
                "and tocsin channels unsubscribed"
            )
    _wake(settings, [delivery_id])
    if as_json:
        print_json({"replayed": [delivery_id]})
        return
    print(f"Delivery {delivery_id} is sent again by {found.channel}, as {found.message_id}.")


@app.command("replay-dead")
def replay_dead(
    since: Annotated[str, typer.Option(help="Those that became due since: 2h, 7d.")],
    channel: ChannelOption = "",
    as_json: JsonOption = False,
) -> None:
    """Send again what was given up: each from its first try, with the same ids.

    Example: `tocsin deliveries replay-dead --since 3d --channel newsroom-bot`
    """
    from worker.cli.when import how_long
    from worker.store.deliveries import replay_dead as again
    from worker.supervisor import open_store

    settings, span = load_settings(), how_long(since)
    with open_store(settings) as engine, engine.begin() as connection:
        ids = again(connection, since=span, channel=channel)
    _wake(settings, ids)
    if as_json:
        print_json({"replayed": ids})
        return
    print(f"{len(ids)} {'delivery is' if len(ids) == 1 else 'deliveries are'} sent again.")


def _wake(settings: "Settings", ids: list[int]) -> None:
    """Wake who delivers; without Valkey it finds them by itself within seconds."""
    from worker.queue import DELIVER
    from worker.supervisor import queues_of

    if queues := queues_of(settings):
        queues.wake(DELIVER, ids)
        queues.close()
