"""What receivers answer by HTTP, as receipts."""

from datetime import datetime

from worker.alerts.wording import clean_line
from worker.channels.redaction import STRUCK, Redactor
from worker.feeds.hints import retry_after
from worker.model import Receipt, Response
from worker.net import NetError, Reason

#: Code points of the receiver's answer in the line that says how an attempt ended.
WORDS = 300
#: Answers that ask for less from the whole channel.
_SLOW_DOWN = frozenset({429, 502, 504})
#: Mistakes in the URL: no later attempt can end otherwise.
_FINAL = frozenset({Reason.BAD_URL, Reason.NOT_HTTP})


def unanswered(error: NetError, *, transcript: tuple[str, ...] = ()) -> Receipt:
    """An attempt that brought no answer."""
    return Receipt(
        delivered=False,
        detail=str(error),
        recoverable=error.reason not in _FINAL,
        transcript=transcript,
    )


def heard(response: Response) -> tuple[str, ...]:
    """The answer as it may be shown, a line each."""
    lines = [f"{response.status} in {response.elapsed:.2f} s"]
    for name, value in response.headers.items():
        shown = STRUCK if name == "set-cookie" else value.decode("utf-8", "replace")
        lines.append(f"{name}: {shown}")
    lines += ["", *response.body.decode("utf-8", "replace").splitlines()]
    return tuple(f"< {clean_line(line, 500)}".rstrip() for line in lines)


def classify(
    response: Response, *, now: datetime, strike: Redactor, transcript: tuple[str, ...] = ()
) -> Receipt:
    """Read the receiver's answer: 2xx is delivered, 410 is final, all else is tried again.

    Other 4xx are tried again too: a receiver being deployed, or behind a login page for an hour,
    answers 404 or 403, and only 410 (Gone) says that it will never want this.
    """
    status = response.status
    answer = kept_words(response.body, strike)
    words = clean_line(answer, WORDS)
    detail = f"{status} in {response.elapsed:.2f} s" + (f": {words}" if words else "")
    if 300 <= status < 400:
        detail = f"redirects are not followed, give the final URL: {detail}"
    delivered = 200 <= status < 300
    return Receipt(
        delivered=delivered,
        detail=detail,
        recoverable=not delivered and status != 410,
        retry_after=None if delivered else retry_after(response, now),
        status=status,
        answer=answer,
        gone=status == 410,
        slow_down=status in _SLOW_DOWN,
        transcript=transcript,
    )


def kept_words(said: bytes, strike: Redactor) -> str:
    """The receiver's words on one line, without secrets that it says back."""
    most = Receipt.ANSWER_BYTES
    # Struck out before it is cut, lest the beginning of a secret is left, and of the line it became.
    line = strike(clean_line(strike(said.decode("utf-8", "replace")), most))
    return line.encode()[:most].decode("utf-8", "ignore")
