"""What is told of an attempt once it is written down: a line in the log, and metrics."""

from typing import Any

from worker.model import Announcement, DeliveryState, Notice, Receipt, RetryDecision
from worker.observe import facts, logger
from worker.store.outbox import Attempt
from worker.traces import trace_of

log = logger(__name__)


def tell(one: Attempt, decision: RetryDecision) -> None:
    """Count an attempt and log it."""
    told = one.delivery.told
    log.info(
        "delivery attempted",
        **named(told),
        state=decision.state.value,
        reason=decision.reason,
    )
    outcome = outcome_of(one.receipt, decision)
    _trace(one, outcome)
    facts.count("deliveries_total", kind=one.kind, outcome=outcome)
    if one.receipt.delivered:
        waited = (one.at - told.alerted_at).total_seconds()
        facts.measure("tagged_to_delivered_seconds", [waited], kind=one.kind)
    elif outcome != "put_off":
        facts.count("failures_total", stage="deliver", reason=reason_of(one.receipt))
        if outcome == "retried":
            facts.count("retries_total", stage="deliver")


def _trace(one: Attempt, outcome: str) -> None:
    """State the attempt as a step of its item's life; a notice is of none."""
    names = named(one.delivery.told)
    if "item" in names:
        names |= {"kind": one.kind, "outcome": outcome}
        if outcome in {"retried", "dead"}:
            names[facts.ERROR] = reason_of(one.receipt)
        ended = one.at.timestamp()
        facts.spans("deliver", [names], ended - one.elapsed, ended)


def named(told: Announcement | Notice) -> dict[str, Any]:
    """What a line of the log about a delivery names it by; a notice, of no item, has its own trace."""
    names: dict[str, Any] = {"delivery": told.delivery_id, "alert": told.alert_id}
    if isinstance(told, Announcement) and told.item_id:
        names |= {"watch": told.watch_id, "item": told.item_id, "feed": told.feed_name}
        return names | {"trace": trace_of(told.item_id, told.seen_at)}
    return names | {"trace": trace_of(told.alert_id, told.alerted_at)}


def outcome_of(receipt: Receipt, decision: RetryDecision) -> str:
    """What became of an attempt, in one word of a few."""
    if receipt.delivered:
        return "delivered"
    if receipt.put_off:
        return "put_off"
    return "retried" if decision.state is DeliveryState.PENDING else "dead"


def reason_of(receipt: Receipt) -> str:
    """Why an attempt failed, in one word of a few."""
    if receipt.gone:
        return "gone"
    if receipt.status is not None:
        return f"status_{receipt.status}"
    return "no_answer" if receipt.recoverable else "refused"
