"""Misbehaviour of feed documents: bombs, broken XML, wrong charsets, restless identities."""

import gzip
from collections.abc import Callable

from tests.integration.hostile.papers import PROLOG, item, rss
from tests.integration.hostile.server import Outcome, Visit, misbehaviour
from worker.model import EventKind

READ = Outcome(items=3, news=0, revised=0)
CYRILLIC = "Министр посетил Париж"
ENOUGH = 10_000


def document(name: str, outcome: Outcome, *, kind: str = "application/rss+xml") -> Callable[
    [Callable[[Visit], bytes | str]], Callable[[Visit], bytes | str]
]:  # fmt: skip
    """Register what a server prints; it may depend on the visit."""

    def register(printed: Callable[[Visit], bytes | str]) -> Callable[[Visit], bytes | str]:
        @misbehaviour(name, outcome=outcome)
        async def act(visit: Visit) -> None:
            await visit.answer(printed(visit), kind=kind)

        return printed

    return register


# ------------------------------------------------------------------------------ not a feed


@document("a web page", Outcome(error="web page", items=0), kind="text/html")
def web_page(_visit: Visit) -> str:
    """A sign-in page, a parked domain, a consent wall."""
    return "<!doctype html><html><head><title>Hi</title></head><body><p>Buy it</p></body></html>"


@document("a web page called a feed", Outcome(error="web page", items=0))
def web_page_called_feed(_visit: Visit) -> str:
    """The same under a feed's media type."""
    return "<html><body><h1>We are closed</h1></body></html>"


@document("a JSON interface", Outcome(error="Feed", items=0), kind="application/json")
def json_api(_visit: Visit) -> str:
    """JSON, but no JSON Feed."""
    return '{"error": {"code": 42, "items": [1, 2, 3]}}'


@document("deeply nested JSON", Outcome(error=" ", items=0), kind="application/json")
def nested_json(_visit: Visit) -> str:
    """A hundred thousand brackets."""
    return '{"version": "https://jsonfeed.org/version/1.1", "items": ' + "[" * 100_000


@document("XML of another kind", Outcome(error="XML but not a feed", items=0))
def other_xml(_visit: Visit) -> str:
    """An error message in XML."""
    return f"{PROLOG}<Error><Code>AccessDenied</Code></Error>"


@document("an image", Outcome(error="neither RSS, Atom nor JSON Feed", items=0), kind="image/png")
def image(_visit: Visit) -> bytes:
    """Bytes of a picture."""
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 64


@document("a feed without items", Outcome(items=0, visits=(2, 999)))
def no_items(_visit: Visit) -> str:
    """Empty is not wrong."""
    return rss("<!-- nothing today -->")


# ------------------------------------------------------------------------------- broken XML


@document("truncated XML", Outcome(items=2))
def truncated(_visit: Visit) -> str:
    """It breaks off in the third item; what came before is read."""
    whole = rss()
    return whole[: whole.rfind("<item>") + 8]


@document("control characters", READ)
def control_characters(_visit: Visit) -> str:
    """Characters that XML does not allow."""
    return rss().replace("Report", "Re\x0bport\x01")


@document("NUL bytes", READ)
def nul_bytes(_visit: Visit) -> bytes:
    """Bytes that Postgres does not take."""
    return rss().replace("Report", "Re\0port").encode()


@document("surrogates by number", READ)
def surrogates(_visit: Visit) -> str:
    """Character references that name no character."""
    return rss().replace("Report", "Report &#xD800; &#0; &#x110000;")


@document("bare ampersands", READ)
def bare_ampersands(_visit: Visit) -> str:
    """Mark-up that nobody escaped."""
    return rss().replace("Report", "AT&T & R&D &unknown; report <b>")


@document("unclosed items", Outcome(items=0, visits=(2, 999)))
def unclosed_items(_visit: Visit) -> str:
    """Thousands of items that never end: quadratic work for a careless reader."""
    opened = "".join(f"<item><title>Part {n}<description>and so on" for n in range(8_000))
    return f'{PROLOG}<rss version="2.0"><channel><title>Paper</title>{opened}'


@document("nested twenty thousand deep", Outcome(items=1, news=0))
def nested_deep(_visit: Visit) -> str:
    """Elements in elements."""
    deep = "<div>" * 20_000
    return rss(f"<item><title>Deep</title><description>{deep}</description></item>")


@document("words before the document", READ)
def leading_words(_visit: Visit) -> str:
    """What a broken plug-in prints first."""
    return f"\n\n<!-- cached -->\n{rss()}"


@document("words after the document", READ)
def trailing_words(_visit: Visit) -> str:
    """And what another prints last."""
    return f"{rss()}\n<script>track()</script><!-- 0.2 s -->"


@document("an item of five megabytes", Outcome(items=3, news=0))
def enormous_item(_visit: Visit) -> str:
    """A whole book in one description."""
    return rss(item(1, text="A long story. " * 370_000), item(2), item(3))


@document("a title of a megabyte", Outcome(items=3, news=0))
def enormous_title(_visit: Visit) -> str:
    """No headline is that long."""
    return rss(item(1, title="Long " * 200_000), item(2), item(3))


@document("an attribute of two megabytes", Outcome(items=3, news=0))
def enormous_attribute(_visit: Visit) -> str:
    """Nor any attribute."""
    return rss(item(1, text=f'<![CDATA[<a href="{"x" * 2_000_000}">link</a>]]>'), item(2), item(3))


@document("twelve thousand items", Outcome(items=ENOUGH, news=0))
def too_many_items(_visit: Visit) -> str:
    """More than any feed has reason to hold: the first ten thousand are read."""
    return rss(*(item(number, text="Short.") for number in range(12_000)))


# -------------------------------------------------------------------------------- entities


@document("a file of ours as an entity", Outcome(items=3, never="root:"))
def external_entity(_visit: Visit) -> str:
    """XXE: the reader's own files in the text."""
    doctype = '<!DOCTYPE rss [<!ENTITY own SYSTEM "file:///etc/passwd">]>'
    return rss(prolog=PROLOG + doctype).replace("Report", "Report &own;")


@misbehaviour("an external DTD", outcome=Outcome(items=3))
async def external_dtd(visit: Visit) -> None:
    """A DTD, an entity and a stylesheet that would have to be fetched."""
    if visit.target != "/feed":
        visit.breach(f"{visit.target} of a document was fetched")
    doctype = (
        f'<!DOCTYPE rss SYSTEM "{visit.url("/dtd")}" [<!ENTITY e SYSTEM "{visit.url("/e")}">]>'
    )
    style = f'<?xml-stylesheet href="{visit.url("/style")}"?>'
    await visit.answer(rss(prolog=PROLOG + style + doctype).replace("Report", "Report &e;"))


@document("a billion laughs", Outcome(perhaps="takes too much memory", never="hahaha"))
def billion_laughs(_visit: Visit) -> str:
    """Entities of entities of entities."""
    layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{layers}]>'
    return rss(prolog=PROLOG + doctype).replace("Report", "Report &l9;")


@document("quadratic blow-up", Outcome(items=3))
def quadratic_blow_up(_visit: Visit) -> str:
    """One long entity, often."""
    doctype = f'<!DOCTYPE rss [<!ENTITY long "{"x" * 50_000}">]>'
    return rss(prolog=PROLOG + doctype).replace("in short", "&long;" * 2_000)


# -------------------------------------------------------------------------------- charsets


@document("says UTF-8, is Windows-1251", Outcome(items=3, title=f"{CYRILLIC} 2"))
def wrong_charset(_visit: Visit) -> bytes:
    """A wrong declaration."""
    return _cyrillic(PROLOG).encode("windows-1251")


@document("says nothing, is Windows-1251", Outcome(items=3, title=f"{CYRILLIC} 2"))
def undeclared_charset(_visit: Visit) -> bytes:
    """No declaration, and not the default either."""
    return _cyrillic('<?xml version="1.0"?>').encode("windows-1251")


@document("a charset that does not exist", Outcome(items=3, title=f"{CYRILLIC} 2"))
def unknown_charset(_visit: Visit) -> str:
    """It is UTF-8 all the same."""
    return _cyrillic('<?xml version="1.0" encoding="utf-klingon"?>')


@document("two charsets", Outcome(items=3, title=f"{CYRILLIC} 2"), kind="text/xml; charset=utf-16")
def two_charsets(_visit: Visit) -> str:
    """The header says one, the document another: the document is right."""
    return _cyrillic(PROLOG)


@document("UTF-8 with a mark", READ)
def utf_8_mark(_visit: Visit) -> bytes:
    """A byte order mark, twice."""
    return b"\xef\xbb\xbf" * 2 + rss().encode()


@document("UTF-16 with a mark", Outcome(items=3, title=f"{CYRILLIC} 2"))
def utf_16_mark(_visit: Visit) -> bytes:
    """As some editors save it."""
    return _cyrillic('<?xml version="1.0" encoding="utf-16"?>').encode("utf-16")


@document("UTF-16 without a mark", Outcome(items=3, title=f"{CYRILLIC} 2"))
def utf_16_bare(_visit: Visit) -> bytes:
    """The declaration itself is in it."""
    return _cyrillic('<?xml version="1.0" encoding="utf-16"?>').encode("utf-16-be")


@document("UTF-32", Outcome(items=3, title=f"{CYRILLIC} 2"))
def utf_32(_visit: Visit) -> bytes:
    """As nobody should."""
    return _cyrillic('<?xml version="1.0" encoding="utf-32"?>').encode("utf-32")


@document("an encoding within the encoding", Outcome(error="neither RSS, Atom nor JSON", items=0))
def undeclared_gzip(_visit: Visit) -> bytes:
    """A gzip file served as it lies on the disk, without saying so."""
    return gzip.compress(rss().encode())


@document("a feed that is an octet-stream", READ, kind="application/octet-stream")
def octet_stream(_visit: Visit) -> str:
    """A wrong media type."""
    return rss()


@document("a feed that is a picture", READ, kind="image/png")
def called_picture(_visit: Visit) -> str:
    """A very wrong one."""
    return rss()


@document("a feed of no type", READ, kind="")
def no_type(_visit: Visit) -> str:
    """None at all."""
    return rss()


def _cyrillic(prolog: str) -> str:
    text = "В пятницу состоялась встреча, о которой сообщили все газеты страны."
    items = (item(number, title=f"{CYRILLIC} {number}", text=text) for number in (1, 2, 3))
    return rss(*items, prolog=prolog)


# ------------------------------------------------------------------------ identity and dates


@document("guids that rotate", READ)
def rotating_guids(visit: Visit) -> str:
    """A new guid for each item each time; the links stay."""
    return rss(*(item(number, guid=f"{visit.number}-{number}") for number in (1, 2, 3)))


@document("one guid for all", Outcome(items=10, news=0, revised=0))
def one_guid(_visit: Visit) -> str:
    """Ten items, all called the same."""
    return rss(*(item(number, guid="https://paper.example/") for number in range(10)))


@document("the same item ten times", Outcome(items=1, news=0, revised=0))
def repeated_item(_visit: Visit) -> str:
    """Ten times one."""
    return rss(*[item(1)] * 10)


@document("guids from http to https", READ)
def guids_to_https(visit: Visit) -> str:
    """The site gets a certificate, and every guid a new scheme."""
    scheme = "http" if visit.number == 1 else "https"
    return rss(
        *(
            item(n, guid=f"{scheme}://paper.example/{n}", link=f"{scheme}://paper.example/{n}")
            for n in (1, 2, 3)
        )
    )


@document("links with tracking", READ)
def tracking_links(visit: Visit) -> str:
    """No guids, and another campaign in the links each time."""
    links = (f"https://paper.example/{n}?utm_source={visit.number}" for n in (1, 2, 3))
    return rss(*(item(n, guid="", link=link) for n, link in enumerate(links)))


@document("neither guids nor links", READ)
def no_identity(visit: Visit) -> str:
    """Only texts, and in another order each time."""
    items = [item(n, guid="", link="", date="") for n in (1, 2, 3)]
    return rss(*items[visit.number % 3 :], *items[: visit.number % 3])


@document("another order each time", READ)
def restless_order(visit: Visit) -> str:
    """The same items, shuffled."""
    items = [item(n) for n in (1, 2, 3)]
    return rss(*items[visit.number % 3 :], *items[: visit.number % 3])


@document("dates edited each time", READ)
def restless_dates(visit: Visit) -> str:
    """An edited pubDate is nothing."""
    date = f"Fri, 01 Mar 2024 12:00:{visit.number % 60:02} GMT"
    return rss(*(item(n, date=date) for n in (1, 2, 3)))


@document("a headline edited", Outcome(items=3, news=0, revised=1, title="Report, corrected"))
def edited_title(visit: Visit) -> str:
    """An edit is a revision of the same item, once, and never rings."""
    return rss(item(1, title="" if visit.number == 1 else "Report, corrected"), item(2), item(3))


@document(
    "everything new at once", Outcome(items=60, news=0, held=30, event=EventKind.FLOOD)
)  # fmt: skip
def flood(visit: Visit) -> str:
    """Rebuilt by its publisher: guids, links and texts all look new. Held, not rung."""
    first = 1000 if visit.number > 1 else 0
    return rss(*(item(first + n) for n in range(30)))


@document("old items come back", Outcome(items=40, news=10, no_event=EventKind.FLOOD))
def old_items_return(visit: Visit) -> str:
    """The window shrinks and widens: what was seen once stays known."""
    if visit.number == 1:
        return rss(*(item(n) for n in range(30)))
    if visit.number % 2 == 0:
        return rss(*(item(n) for n in range(25, 40)))
    return rss(*(item(n) for n in range(40)))


@document("dates in the future", READ)
def future_dates(_visit: Visit) -> str:
    """Every item from 2099."""
    return rss(*(item(n, date="Thu, 01 Jan 2099 00:00:00 GMT") for n in (1, 2, 3)))


@document("no dates", READ)
def no_dates(_visit: Visit) -> str:
    """None at all."""
    return rss(*(item(n, date="") for n in (1, 2, 3)))


@document("dates of 1970", READ)
def dates_1970(_visit: Visit) -> str:
    """The epoch, and before."""
    dates = ("Thu, 01 Jan 1970 00:00:00 GMT", "Wed, 31 Dec 1969 00:00:00 GMT", "0000-00-00")
    return rss(*(item(n, date=date) for n, date in enumerate(dates)))


@document("dates of nonsense", READ)
def dates_of_nonsense(_visit: Visit) -> str:
    """Dates nobody can read, or store."""
    dates = ("soon", "Fri, 31 Feb 99999 25:61:61 +9999", "-1")
    return rss(*(item(n, date=date) for n, date in enumerate(dates)))
