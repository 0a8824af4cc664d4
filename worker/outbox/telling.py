"""What is told of an attempt once it is written down: a line in the log, and metrics."""

from worker.model import DeliveryState, Receipt, RetryDecision
from worker.observe import facts, logger
from worker.store.outbox import Attempt

log = logger(__name__)


def tell(one: Attempt, decision: RetryDecision) -> None:
    """Count an attempt and log it."""
    told = one.delivery.told
    log.info(
        "delivery attempted",
        delivery=told.delivery_id,
        alert=told.alert_id,
        state=decision.state.value,
        reason=decision.reason,
    )
    outcome = outcome_of(one.receipt, decision)
    facts.count("deliveries_total", kind=one.kind, outcome=outcome)
    if one.receipt.delivered:
        waited = (one.at - told.alerted_at).total_seconds()
        facts.measure("tagged_to_delivered_seconds", [waited], kind=one.kind)
    elif outcome != "put_off":
        facts.count("failures_total", stage="deliver", reason=reason_of(one.receipt))
        if outcome == "retried":
            facts.count("retries_total", stage="deliver")


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
