"""Whether every alert arrives while workers, Valkey and Postgres are killed, and what arrives twice.

A whole Tocsin runs as a user would start it. Alerts become owed in portions to three webhooks, a
mail server and the console, whose receivers have moods (see ``moody``); between the portions
something is killed with kill -9. At the end what the receivers took is held against the database.
"""

import argparse
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bench.folders import own_folder
from bench.killing import TARGETS, System
from bench.moody import Arrival, Receivers
from bench.outgoing import make_alerts
from bench.report import Bar, report, show
from worker.store import feeds
from worker.store.engine import run

PRINTED = re.compile(r"report (\d+) .*https://news\.example/(\d+)$")
ANSWERED_WITHIN = 5.0  # seconds from an arrival to the end of its attempt, at the longest
HELD_WITHIN = 60.0  # seconds for which a process keeps what it could not write down, at the longest
CUT_SECONDS = 20  # waits for another try that are longer are ended at once
WITHHELD = "twice_answer_withheld"
LATE = "twice_answer_too_late"
KILLED = "twice_killed_before_it_was_written"
LAPSED = "twice_claim_ended_meanwhile"
UNEXPLAINED = "twice_unexplained"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is sent and killed."""

    seed: int
    alerts: int
    kills: int
    lease: int = 10
    workers: int = 2
    gap: tuple[float, float] = (0.2, 2.5)
    settle_seconds: float = 420.0


@dataclass
class Outcome:
    """What the run was and what came of it: figures, and the first of what is wrong, in words."""

    figures: dict[str, float]
    wrong: list[str] = field(default_factory=list)


def catalogue(receivers: Receivers) -> str:
    """The feeds.yaml of the run."""

    def hook(name: str, **more: str) -> dict[str, Any]:
        url = f"{receivers.url}/hook/{name}"
        secret = "${BENCH_SECRET}"
        return {"name": name, "kind": "webhook", "url": url, "secret": secret, "timeout": 3} | more

    mail = {
        "name": "mail", "kind": "email", "host": "127.0.0.1", "port": receivers.mail_port, "security": "none",
        "from": "tocsin@example.org", "to": "ann@example.org", "timeout": 4, "concurrency": 6,
    }  # fmt: skip
    channels = [
        hook("first"),
        hook("second"),
        hook("events", format="cloudevents"),
        mail,
        {"name": "screen", "kind": "console", "style": "plain"},
    ]
    quiet = {"name": "quiet", "url": f"{receivers.url}/feed"}
    return json.dumps({"feeds": [quiet], "channels": channels, "watches": []})


def prepare(connection: Connection, count: int) -> None:
    """The alerts, of which nothing is owed yet, of a feed that is not there any more."""
    if not run(connection, "SELECT 1 FROM alert LIMIT 1"):
        make_alerts(connection, count)
        run(connection, "UPDATE item SET state = 'tagged', tagged_at = now()")
        feeds.remove_feeds(
            connection, [one.id for one in feeds.all_feeds(connection) if one.name == "gazette"]
        )


def owe(connection: Connection, first: int, last: int) -> None:
    """Owe some of the alerts, counted from 0, to every channel."""
    run(
        connection,
        """INSERT INTO delivery (alert_id, channel_id, message_id)
           SELECT portion.id, channel.id, '<' || gen_random_uuid() || '@bench.local>'
           FROM (SELECT id FROM alert ORDER BY id OFFSET :first LIMIT :count) AS portion
           CROSS JOIN channel ON CONFLICT (alert_id, channel_id) DO NOTHING""",
        first=first,
        count=last - first,
    )


def carry_out(plan: Plan, folder: Path) -> Outcome:
    """Run it once."""
    with Receivers(plan.seed) as receivers:
        (folder / "feeds.yaml").write_text(catalogue(receivers))
        system = System(folder, lease=plan.lease, workers=plan.workers)
        try:
            system.start()
            system.store(lambda connection: prepare(connection, plan.alerts))
            begun = time.monotonic()
            send_and_kill(plan, system)
            killing = time.monotonic() - begun
            cut = settle(plan, system)
            deliveries = read(system)
        finally:
            system.stop()
        outcome = judge(plan, system, receivers, deliveries)
    outcome.figures |= {
        "seconds_of_killing": round(killing, 1),
        "seconds_in_all": round(time.monotonic() - begun, 1),
        "waits_cut_short": cut,
    }
    return outcome


def targets(plan: Plan) -> list[str]:
    """What is killed, in this order."""
    return random.Random(plan.seed).choices([*TARGETS], [*TARGETS.values()], k=plan.kills)


def send_and_kill(plan: Plan, system: System) -> None:
    """Have alerts become owed in as many portions as there are kills, and kill while they go out."""
    rng = random.Random(f"{plan.seed}/when")
    for number, target in enumerate(targets(plan)):
        first, last = (plan.alerts * n // plan.kills for n in (number, number + 1))
        system.store(lambda connection, a=first, b=last: owe(connection, a, b))  # type: ignore[misc]
        system.wake()
        time.sleep(rng.uniform(*plan.gap))
        system.kill(target, rng)
        print(f"kill {number + 1} of {plan.kills}: {dict(system.killed)}", file=sys.stderr)


def settle(plan: Plan, system: System) -> int:
    """Wait until nothing is pending; gives how many long waits for another try were cut short."""
    found = Counter[str]()

    def look(connection: Connection) -> None:
        found["cut"] += len(
            run(
                connection,
                """UPDATE delivery SET next_attempt_at = now() WHERE state = 'pending'
                   AND lease_until IS NULL AND next_attempt_at > now() + :most * interval '1 s'
                   RETURNING id""",
                most=CUT_SECONDS,
            )
        )
        pending = "SELECT count(*) AS n FROM delivery WHERE state = 'pending'"
        found["pending"] = run(connection, pending)[0]["n"]

    deadline = time.monotonic() + plan.settle_seconds
    while time.monotonic() < deadline:
        system.store(look)
        if not found["pending"]:
            break
        system.look_after()
        time.sleep(0.5)
    return found["cut"]


def read(system: System) -> list[dict[str, Any]]:
    """Every delivery with its attempts, as the database has them."""
    found: list[dict[str, Any]] = []

    def look(connection: Connection) -> None:
        found[:] = run(
            connection,
            """SELECT channel.name AS channel, alert_id, state, attempts, message_id, article.title,
                   ARRAY(SELECT extract(epoch FROM at)::float8 FROM attempt
                         WHERE delivery_id = delivery.id AND delivered ORDER BY at) AS taken,
                   ARRAY(SELECT extract(epoch FROM at)::float8 FROM attempt
                         WHERE delivery_id = delivery.id AND NOT delivered ORDER BY at) AS failed
               FROM delivery JOIN channel ON channel.id = channel_id
               JOIN alert ON alert.id = alert_id JOIN article USING (item_id)""",
        )

    system.store(look)
    return found


# -------------------------------------------------------------------------------------- judgement


def judge(
    plan: Plan, system: System, receivers: Receivers, deliveries: Sequence[dict[str, Any]]
) -> Outcome:
    """Hold what arrived against what was owed and what was written down."""
    arrived: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
    for one in [*receivers.arrivals, *printed(system)]:
        arrived[one.channel, one.about].append(one)
    counts: Counter[str] = Counter(
        owed=len(deliveries),
        attempts=sum(len(row["taken"]) + len(row["failed"]) for row in deliveries),
    )
    wrong: list[str] = []

    def add(what: str, row: dict[str, Any]) -> None:
        counts[what] += 1
        wrong.append(f"{what}: {row}")

    for row in deliveries:
        number = row["title"].rpartition(" ")[2]
        names = (f"alert {row['alert_id']}", f"report {number}")
        came = [one for name in names for one in arrived.pop((row["channel"], name), ())]
        copies = [one for one in came if one.taken]
        if not copies:
            add("missing", row)
        if row["state"] != "sent":
            add("not_sent", row)
        if not row["taken"] or row["attempts"] < 1:
            add("without_record", row)
        if len({one.identity for one in came}) > 1:
            add("with_other_ids", row)
        for cause in causes(copies, row["taken"], row["failed"], system.worker_kills):
            counts["twice"] += 1
            counts[cause] += 1
            counts[f"twice_{row['channel']}"] += 1
            if cause == UNEXPLAINED:
                wrong.append(f"{cause}: {copies} {row}")
    counts["never_owed"] = len(arrived)
    counts["forged"] = receivers.forged
    counts["ended_by_themselves"] = system.ended_by_themselves
    counts["ended_at_start"] = system.ended_at_start
    counts["dropped"] = system.dropped()
    counts["not_owed"] = plan.alerts * 5 - len(deliveries)
    for what in (*BARS, WITHHELD, LATE, KILLED, LAPSED):
        counts.setdefault(what, 0)
    figures: dict[str, float] = dict(sorted(counts.items()))
    figures |= {f"killed_{name}": n for name, n in sorted(system.killed.items())}
    figures |= {name.replace(" ", "_"): n for name, n in sorted(receivers.moods.items())}
    return Outcome(figures, wrong)


def printed(system: System) -> list[Arrival]:
    """What came on the screen, which knows no ids."""
    return [
        Arrival("screen", f"report {found[1]}", "", 0.0, taken=True, answered=True)
        for line in system.printed()
        if (found := PRINTED.search(line))
    ]


def causes(
    copies: Sequence[Arrival],
    taken: Sequence[float],
    failed: Sequence[float],
    kills: Sequence[float],
) -> Iterator[str]:
    """Why it came again after each of the copies but the last.

    Told by what the receiver did, and by when attempts ended that are written down: it took them, or
    gave no answer in time. What was taken, answered and not written down was known to a process that
    has died, as none that lives has dropped anything, and none has ended but those that were killed.
    """
    written = list(taken)
    for copy in copies[:-1]:
        if not copy.answered:
            yield WITHHELD
            continue
        own = next((at for at in written if not copy.at or -1 < at - copy.at < ANSWERED_WITHIN), 0)
        if own and (copy.at or len(written) > 1):
            written.remove(own)
            yield LAPSED
        elif any(abs(at - copy.at) < ANSWERED_WITHIN for at in failed):
            yield LATE
        elif not copy.at or any(-ANSWERED_WITHIN < kill - copy.at < HELD_WITHIN for kill in kills):
            yield KILLED
        else:
            yield UNEXPLAINED


#: What must not be, whatever is killed.
BARS = ("missing", "not_sent", "not_owed", "without_record", "with_other_ids", "never_owed",
        "forged", "dropped", "ended_by_themselves", UNEXPLAINED)  # fmt: skip


def main() -> None:
    """Run it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alerts", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--lease", type=int, default=10, help="TOCSIN_LEASE in seconds")
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs")
    options = parser.parse_args()
    plan = Plan(
        seed=options.seed, alerts=options.alerts, kills=options.kills, lease=options.lease
    )  # fmt: skip
    with own_folder("kill", keep=options.keep) as folder:
        outcome = carry_out(plan, folder)
    show(outcome.figures, outcome.wrong)
    report(
        "kill",
        outcome.figures,
        {name: Bar(outcome.figures[name], 0, most=True) for name in BARS},
    )
    sys.exit(any(outcome.figures[name] for name in BARS))


if __name__ == "__main__":
    main()
