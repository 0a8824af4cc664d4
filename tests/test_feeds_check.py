"""What a feed is said to offer, and its problems in plain words."""

from datetime import UTC, datetime, timedelta

from worker.feeds.check import check_feed
from worker.model import Entry, FeedDocument, PollLimits, Response

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def answer(status: int = 200, **headers: str) -> Response:
    """An answer of the feed's server."""
    sent = {name.replace("_", "-"): value.encode() for name, value in headers.items()}
    return Response(
        url="https://p.example/f", status=status, headers=sent, body=b"x" * 1000, elapsed=0.1
    )


def entries(count: int) -> tuple[Entry, ...]:
    """Entries of the last days, one an hour."""
    return tuple(
        Entry(
            guid=f"g{n}",
            url=f"https://p.example/{n}",
            title=f"T{n}",
            summary="Short.",
            published=NOW - timedelta(hours=n),
        )
        for n in range(count)
    )


def test_a_good_feed_has_no_problems() -> None:
    """Validators that work, dates and ids that are sound; what it offers is told."""
    document = FeedDocument(version="rss20", entries=entries(48), ttl=timedelta(minutes=30))
    first = answer(etag='"a"', cache_control="max-age=600")
    report = check_feed(first, document, answer(304), now=NOW, limits=PollLimits())
    offers = dict(report.offers)
    assert () == report.problems
    assert "etag; asked again, it answers 304" == offers["validators"]
    assert "max-age 10 min, ttl 30 min" == offers["hints"]
    assert "rss20, 48 entries" == offers["format"]
    assert offers["requests"].endswith("one in 35 min")
    assert 15 < float(offers["rhythm"].split()[1]) < 35


def test_problems_are_told_in_plain_words() -> None:
    """What is missing, repeated or odd, and validators that are not kept."""
    odd = (
        *entries(2),
        Entry(guid="g0", title="Again"),
        Entry(url="https://p.example/x", date_rule="future"),
    )
    document = FeedDocument(version="rss20", entries=odd)
    report = check_feed(answer(etag='"a"'), document, answer(200), now=NOW, limits=PollLimits())
    assert (
        "it has validators but does not answer 304 to them",
        "1 entries share their id with another",
        "1 of 4 entries have no id",
        "1 of 4 entries have no link",
        "1 of 4 entries have no title",
        "1 of 4 entries have no date",
        "1 dates are odd: future",
    ) == report.problems
