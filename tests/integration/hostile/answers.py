"""Misbehaviour of HTTP answers: statuses, redirects, validators, cookies."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.integration.hostile.papers import item, rss
from tests.integration.hostile.server import Outcome, Visit, misbehaviour
from worker.model import EventKind, FeedState

READ = Outcome(items=3, news=0, revised=0)
HTML = "<!doctype html><html><head><title>Sign in</title></head><body><p>Hello</p></body></html>"
NOT_ALLOWED = Outcome(error="address not allowed", items=0, unmoved=True)


def status(name: str, answer: str, *headers: str, outcome: Outcome) -> None:
    """Register a server that always answers the same status."""

    @misbehaviour(name, outcome=outcome)
    async def act(visit: Visit) -> None:
        await visit.answer(HTML, *headers, status=answer, kind="text/html")


status("401 for ever", "401 Unauthorized", 'WWW-Authenticate: Basic realm="x"',
       outcome=Outcome(error="401", items=0))  # fmt: skip
status("403 for ever", "403 Forbidden", outcome=Outcome(error="403", items=0))
status("404 for ever", "404 Not Found", outcome=Outcome(error="404", items=0, visits=(2, 99)))
status("500 for ever", "500 Oops", outcome=Outcome(error="500", items=0, visits=(2, 99)))
status("599", "599 Made Up", outcome=Outcome(error="599", items=0))
status("204", "204 No Content", outcome=Outcome(error="204", items=0))
status("206 that nobody asked for", "206 Partial Content", outcome=Outcome(error="206", items=0))
status("410 for ever", "410 Gone",
       outcome=Outcome(error="410", state=FeedState.RETIRED, event=EventKind.GONE))  # fmt: skip
status("429 with seconds", "429 Too Many Requests", "Retry-After: 3600",
       outcome=Outcome(error="429", reason="Retry-After", visits=(1, 6)))  # fmt: skip
status("429 with garbage", "429 Too Many Requests", "Retry-After: soon, please",
       outcome=Outcome(error="429", visits=(2, 99)))  # fmt: skip
status("429 with an enormous number", "429 Too Many Requests", f"Retry-After: {10**40}",
       outcome=Outcome(error="429", visits=(1, 99)))  # fmt: skip
status("503 with a wish", "503 Service Unavailable", "Retry-After: 1800",
       outcome=Outcome(error="503", reason="Retry-After", visits=(1, 6)))  # fmt: skip


@misbehaviour("429 with a date", outcome=Outcome(error="429", reason="Retry-After", visits=(1, 6)))
async def rate_limit_with_date(visit: Visit) -> None:
    """Retry-After as an HTTP date."""
    later = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    await visit.answer(HTML, f"Retry-After: {later}", status="429 Slow Down", kind="text/html")


@misbehaviour("410 once, then back", outcome=READ)
async def gone_once(visit: Visit) -> None:
    """A slip of the publisher's."""
    if visit.number == 1:
        await visit.answer(HTML, status="410 Gone", kind="text/html")
    else:
        await visit.answer(rss())


@misbehaviour("breaks after a while", outcome=Outcome(error="502", items=3, news=0))
async def breaks_after_a_while(visit: Visit) -> None:
    """A feed, and then a machine behind it that is broken for good: what was read stays."""
    if visit.number > 2:
        await visit.answer(HTML, status="502 Bad Gateway", kind="text/html")
    else:
        await visit.answer(rss())


@misbehaviour("nothing at all in a 200", outcome=Outcome(error="the answer is empty", items=0))
async def empty_answer(visit: Visit) -> None:
    """200 and no body."""
    await visit.answer(b"")


@misbehaviour("304 to whoever asks first", outcome=Outcome(error="304", items=0))
async def unasked_304(visit: Visit) -> None:
    """Not modified since when? No validator was sent."""
    await visit.answer(b"", status="304 Not Modified", kind="")


@misbehaviour("lying 304", outcome=Outcome(event=EventKind.LYING, items=6))
async def lying_304(visit: Visit) -> None:
    """It answers 304 to every condition, whatever is new."""
    if visit.headers.keys() & {"if-none-match", "if-modified-since"}:
        await visit.answer(b"", 'ETag: "always"', status="304 Not Modified", kind="")
        return
    items = [item(number) for number in range(3 if visit.number == 1 else 6)]
    await visit.answer(rss(*reversed(items)), 'ETag: "always"')


# -------------------------------------------------------------------------------- redirects


@misbehaviour("redirect loop", outcome=Outcome(error="too many redirects", items=0))
async def redirect_loop(visit: Visit) -> None:
    """Back to itself."""
    await visit.redirect(visit.url())


@misbehaviour("chain of six redirects", outcome=Outcome(error="too many redirects", items=0))
async def chain_of_six(visit: Visit) -> None:
    """One more than is followed."""
    await _chain(visit, 6)


@misbehaviour("chain of five redirects", outcome=READ)
async def chain_of_five(visit: Visit) -> None:
    """As many as are followed."""
    await _chain(visit, 5)


async def _chain(visit: Visit, length: int) -> None:
    step = int(visit.target.partition("?")[2] or 0)
    if step == length:
        await visit.answer(rss())
    else:
        await visit.redirect(visit.url(f"/feed?{step + 1}"))


@misbehaviour("https to http", tls=True, outcome=Outcome(error="redirect to http", items=0))
async def https_to_http(visit: Visit) -> None:
    """From a safe place to an unsafe one."""
    await visit.redirect(visit.url(to="a quiet place"))


@misbehaviour("redirect to a private address", outcome=NOT_ALLOWED)
async def redirect_to_private(visit: Visit) -> None:
    """Into the network of whoever runs the poller."""
    await visit.redirect("http://10.0.0.1/feed", status="301 Moved Permanently")


@misbehaviour("redirect to the cloud's metadata", outcome=NOT_ALLOWED)
async def redirect_to_metadata(visit: Visit) -> None:
    """To where the machine's own secrets are."""
    await visit.redirect("http://169.254.169.254/latest/meta-data/iam/")


@misbehaviour("redirect to an address in disguise", outcome=NOT_ALLOWED)
async def redirect_to_mapped(visit: Visit) -> None:
    """The same, as an IPv4-mapped IPv6 address."""
    await visit.redirect("http://[::ffff:169.254.169.254]/latest/")


@misbehaviour("redirect to a file", outcome=Outcome(error="not http", items=0))
async def redirect_to_file(visit: Visit) -> None:
    """A file of the poller's own."""
    await visit.redirect("file:///etc/passwd")


@misbehaviour("redirect to a script", outcome=Outcome(error="not http", items=0))
async def redirect_to_script(visit: Visit) -> None:
    """For browsers only."""
    await visit.redirect("javascript:alert(1)")


@misbehaviour("redirect to nonsense", outcome=Outcome(error="bad url", items=0))
async def redirect_to_nonsense(visit: Visit) -> None:
    """No URL at all."""
    await visit.redirect("http://[not an address/")


@misbehaviour("redirect without a place", outcome=Outcome(error="302", items=0))
async def redirect_to_nowhere(visit: Visit) -> None:
    """302, and no Location."""
    await visit.answer(HTML, status="302 Found", kind="text/html")


@misbehaviour("two places to go to", outcome=Outcome(items=0, error=":", unmoved=True))
async def two_locations(visit: Visit) -> None:
    """Two Location headers that differ: neither is believed."""
    await visit.redirect(
        "http://10.0.0.1/one", "Location: http://10.0.0.2/two", status="301 Moved Permanently"
    )


@misbehaviour("redirect with credentials", outcome=READ)
async def redirect_with_credentials(visit: Visit) -> None:
    """A password in the Location that is not ours to use."""
    if "authorization" in visit.headers:
        visit.breach("credentials of a redirect were sent")
    if visit.target == "/feed":
        await visit.redirect(visit.url("/there").replace("//", "//eve:secret@", 1))
    else:
        await visit.answer(rss())


@misbehaviour("sends our password on", userinfo="ann:secret", outcome=READ)
async def sends_password_on(visit: Visit) -> None:
    """The feed's own credentials must stay with its own host and port."""
    if "authorization" not in visit.headers:
        visit.breach("the feed's own credentials were not sent")
    await visit.redirect(visit.url("/stolen", to="a quiet place"))


@misbehaviour(
    "301 for a night", outcome=Outcome(items=3, news=0, unmoved=True, no_event=EventKind.MOVED)
)
async def hijack(visit: Visit) -> None:
    """A captured site sends everybody elsewhere, twice; then it is itself again."""
    if visit.number <= 2:
        await visit.redirect(
            visit.url("/stolen", to="a quiet place"), status="301 Moved Permanently"
        )
    else:
        await visit.answer(rss())


@misbehaviour("301 for good", outcome=Outcome(items=3, news=0, moved_to="/new-home"))
async def moved_for_good(visit: Visit) -> None:
    """The feed moved: adopted once it is confirmed."""
    if visit.target == "/new-home":
        await visit.answer(rss())
    else:
        await visit.redirect(visit.url("/new-home"), status="301 Moved Permanently")


@misbehaviour("302 for ever", outcome=Outcome(items=3, unmoved=True, no_event=EventKind.MOVED))
async def found_elsewhere(visit: Visit) -> None:
    """A temporary redirect is never adopted."""
    if visit.target == "/today":
        await visit.answer(rss())
    else:
        await visit.redirect(visit.url("/today"))


@misbehaviour("308, then 307", outcome=Outcome(items=3, unmoved=True, no_event=EventKind.MOVED))
async def mixed_redirects(visit: Visit) -> None:
    """Permanent to a place that is temporary: the whole way is not permanent."""
    if visit.target == "/feed":
        await visit.redirect("/second", status="308 Permanent Redirect")
    elif visit.target == "/second":
        await visit.redirect("/third", status="307 Temporary Redirect")
    else:
        await visit.answer(rss())


# ------------------------------------------------------------------- validators and cookies


@misbehaviour("demands cookies", outcome=Outcome(error="too many redirects", items=0))
async def demands_cookies(visit: Visit) -> None:
    """It sends on to itself until its cookie comes back."""
    await visit.redirect(visit.url(), "Set-Cookie: seen=1; Path=/")


@misbehaviour("sets cookies", outcome=READ)
async def sets_cookies(visit: Visit) -> None:
    """Cookies with every answer; none may come back."""
    await visit.answer(rss(), f"Set-Cookie: id={visit.number}", "Set-Cookie: track=1; Secure")


ODD_ETAG = '"\xff\xfe\x80 ü,;=\t\\"'


@misbehaviour("ETag of odd bytes", outcome=READ)
async def odd_etag(visit: Visit) -> None:
    """Validators are opaque bytes: they come back exactly, but for a rare probe without them."""
    sent = visit.headers.get("if-none-match")
    if (visit.number == 2 or sent is not None) and sent != ODD_ETAG.encode("latin-1"):
        visit.breach(f"the validator came back as {sent!r}")
    if sent:
        await visit.answer(b"", f"ETag: {ODD_ETAG}", status="304 Not Modified", kind="")
    else:
        await visit.answer(rss(), f"ETag: {ODD_ETAG}")


@misbehaviour("date that is no date", outcome=READ)
async def odd_last_modified(visit: Visit) -> None:
    """Last-Modified is opaque, too."""
    sent = visit.headers.get("if-modified-since")
    if (visit.number == 2 or sent is not None) and sent != b"yesterday, at noon":
        visit.breach(f"the validator came back as {sent!r}")
    await visit.answer(rss(), "Last-Modified: yesterday, at noon")


@misbehaviour("drops its validators", outcome=Outcome(items=4, news=1))
async def drops_validators(visit: Visit) -> None:
    """An ETag at first, none with a later body: the old one must not be sent any more."""
    if visit.number > 2 and visit.headers.keys() & {"if-none-match", "if-modified-since"}:
        visit.breach("a validator was sent that the server had dropped")
    if visit.number == 1:
        await visit.answer(rss(), 'ETag: "one"', "Last-Modified: Fri, 01 Mar 2024 12:00:00 GMT")
    else:
        await visit.answer(rss(*(item(number) for number in (4, 1, 2, 3))))


@misbehaviour("another ETag each time", outcome=READ)
async def restless_etag(visit: Visit) -> None:
    """The same body under a new name: both validators are those of the last answer."""
    last = visit.headers.get("if-none-match")
    if (visit.number == 2 or last is not None) and last != f'"{visit.number - 1}"'.encode():
        visit.breach(f"the validator sent was {last!r}, not the last one")
    await visit.answer(rss(), f'ETag: "{visit.number}"')


@misbehaviour("varies by everything", outcome=READ)
async def varies(visit: Visit) -> None:
    """Vary tricks: an answer that claims to depend on all there is."""
    await visit.answer(rss(), "Vary: *", "Vary: Cookie, User-Agent", "Cache-Control: no-store")


@misbehaviour("a year of max-age", outcome=Outcome(items=3, reason="max-age", visits=(1, 20)))
async def year_of_max_age(visit: Visit) -> None:
    """Hints are honoured as far as the longest interval, not for ever."""
    await visit.answer(rss(), "Cache-Control: max-age=31536000")


@misbehaviour("nonsense for hints", outcome=Outcome(items=3, visits=(2, 99)))
async def nonsense_hints(visit: Visit) -> None:
    """Hints that cannot be meant."""
    head = (
        "<ttl>-5</ttl><skipHours><hour>99</hour></skipHours><skipDays><day>Noday</day></skipDays>"
    )
    await visit.answer(rss(head=head), "Cache-Control: max-age=-1, max-age=soon", "Expires: 0")


@misbehaviour("answers late, but answers", outcome=READ)
async def answers_late(visit: Visit) -> None:
    """Slow is not wrong."""
    await asyncio.sleep(1.5)
    await visit.answer(rss())
