"""Well-behaved feeds beside the hostile ones: their rhythm is what must not suffer."""

from tests.integration.hostile.papers import item, rss
from tests.integration.hostile.server import Visit

NAMES = ("a quiet place", *(f"quiet {number}" for number in range(1, 10)))


async def quiet(visit: Visit) -> None:
    """A feed that answers 304 when it may, and has a new item at every tenth visit."""
    if visit.target == "/stolen" and "authorization" in visit.headers:
        visit.breach("credentials were taken to another place")
    edition = visit.number // 10
    etag = f'"edition-{edition}"'
    if visit.headers.get("if-none-match") == etag.encode():
        await visit.answer(b"", f"ETag: {etag}", status="304 Not Modified", kind="")
    elif visit.target == "/stolen":
        await visit.answer(rss(), f"ETag: {etag}")
    else:
        await visit.answer(rss(*(item(n) for n in range(edition + 3))), f"ETag: {etag}")
