"""Every metric: its name, what it says, its labels. docs/observation.md lists them all."""

from dataclasses import dataclass

COUNTER, HISTOGRAM, GAUGE = "counter", "histogram", "gauge"

#: Seconds from publication to sight: feeds are asked every few minutes.
LONG = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0)  # fmt: skip
#: Seconds of our own work.
SHORT = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. No label holds a URL, a name of somebody, or the id of an item."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


METRICS = (
    # What processes state.
    Metric("tocsin_polls_total", COUNTER, "Polls of feeds, by what came of them.", ("outcome",)),
    Metric("tocsin_items_seen_total", COUNTER, "New items; old: there at a first poll; held: a flood.", ("kind",)),
    Metric("tocsin_items_tagged_total", COUNTER, "Items tagged for the first time or after an edit."),
    Metric("tocsin_alerts_planned_total", COUNTER, "Alerts decided on while tagging."),
    Metric("tocsin_deliveries_total", COUNTER, "Attempts at deliveries, by kind of channel and what came of them.", ("kind", "outcome")),
    Metric("tocsin_retries_total", COUNTER, "Work put back to be tried again.", ("stage",)),
    Metric("tocsin_failures_total", COUNTER, "What went wrong, by stage and named reason.", ("stage", "reason")),
    Metric("tocsin_publish_to_seen_seconds", HISTOGRAM, "From the time an entry gives to when we saw it; not of what was there at a first poll.", (), LONG),
    Metric("tocsin_seen_to_tagged_seconds", HISTOGRAM, "From when an item was seen to when it was tagged, stored and decided on.", (), SHORT),
    Metric("tocsin_tagged_to_delivered_seconds", HISTOGRAM, "From when an alert was decided on, which is when its item was tagged, to the receipt.", ("kind",), SHORT),
    Metric("tocsin_job_seconds", HISTOGRAM, "How long jobs took.", ("queue",), SHORT),
    Metric("tocsin_model_info", GAUGE, "1 for each model that tag workers have loaded.", ("language", "model", "version")),
    Metric("tocsin_build_info", GAUGE, "1, with the version of Tocsin.", ("version",)),
    Metric("tocsin_facts_lost_total", COUNTER, "Facts that processes could not hand over: figures above are too low by so many."),
    Metric("tocsin_loop_turn_age_seconds", GAUGE, "How long since a main loop last turned.", ("loop",)),
    Metric("tocsin_loop_turn_limit_seconds", GAUGE, "After how long without a turn a loop counts as wedged.", ("loop",)),
    # What the servers are asked when somebody reads the metrics.
    Metric("tocsin_database_up", GAUGE, "1 while Postgres answers and its schema is this version's."),
    Metric("tocsin_valkey_up", GAUGE, "1 while Valkey answers."),
    Metric("tocsin_queue_jobs", GAUGE, "Jobs that wait in Valkey.", ("queue",)),
    Metric("tocsin_queue_waiting", GAUGE, "What Postgres says is owed; counted up to 100,000.", ("queue",)),
    Metric("tocsin_queue_lag_seconds", GAUGE, "Age of the oldest that is owed and due.", ("queue",)),
    Metric("tocsin_items", GAUGE, "Items in the store; tagged ones are estimated where there are many.", ("state",)),
    Metric("tocsin_feeds", GAUGE, "Feeds, by how they are.", ("state",)),
    Metric("tocsin_feeds_overdue", GAUGE, "Active feeds whose poll is due for more than a minute."),
    Metric("tocsin_hosts_limited", GAUGE, "Hosts that asked for fewer requests within the last hour."),
    Metric("tocsin_deliveries_dead", GAUGE, "Deliveries that were given up."),
    Metric("tocsin_circuits_open", GAUGE, "Channels left alone for a while since they give no answer."),
    Metric("tocsin_last_story_age_seconds", GAUGE, "How long since an article last joined a story."),
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}
