"""Feed documents for property tests: ordinary ones, odd ones, and ones damaged on purpose."""

from hypothesis import strategies as st

#: Texts and marked-up values in all shapes that feeds are known to send.
TEXTS = (
    "Ferry runs again", "  spaced\n out ", "", "AT&amp;T", "a &lt;b&gt;bold&lt;/b&gt; word", "Été à l’île",
    "caf\u00c3\u00a9 doubly encoded", "\u0091quoted\u0092", "Tom &amp;amp; Ann", "x &amp;eacute; y",
    '<![CDATA[<p>Ships <a href="/port?a=1&b=2">wait</a></p>]]>', "<![CDATA[5 < 6 & 7]]>",
    "<![CDATA[<img src='//cdn.example/i.jpg' alt=\"quay\" width=10><br/>line]]>",
    '<![CDATA[<script>alert(1)</script><p style="color: red">red</p>]]>',
    '<![CDATA[<svg xmlns="http://www.w3.org/2000/svg"><title>t</title></svg>]]>',
    "<![CDATA[a </item> that is none <item>]]>", '&lt;p&gt;one&lt;/p&gt;&lt;p class="b" id="a"&gt;two',
    '&lt;a href="https://news.example/x?a=1&amp;amp;b=2#top"&gt;link&lt;/a&gt;', "&#8217;&#38;&#60;",
    "<!-- a remark -->after", "Mon, 23 Nov 2026 10:00:00 +0100", "2026-11-23T10:00:00Z", "2026-11-23",
    "https://news.example/story?id=1&amp;ref=rss", "/relative/story", "story.html", "tag:news.example,2026:1",
    "Ingrid Salt", "ingrid@news.example (Ingrid Salt)", "Ingrid Salt &lt;ingrid@news.example&gt;", "en-GB",
    "<b>not text</b>", "<div>div</div>", "one,two, three", "true", "12",
)  # fmt: skip
ATTRIBUTES = (
    "", "", "", "", ' type="html"', ' type="text"', ' type="text/plain"', ' TYPE="HTML"', ' type="xhtml"',
    ' isPermaLink="false"', ' isPermaLink="true"', ' href="https://news.example/a?b=c&amp;d=e"', ' href="/a"',
    ' rel="alternate" href="x"', ' rel="Enclosure" href="https://cdn.example/a.mp3" type="audio/mpeg" length="9"',
    ' url="https://cdn.example/a.jpg" medium="image"', ' url="https://cdn.example/a.mp3" length="1" type="audio/mpeg"',
    ' term="ports"', ' term="ports" scheme="s" label="Ports"', ' domain="d"', ' xml:lang="fr"',
    ' xml:base="https://other.example/"', ' lang="de"', ' rel="self" href="/self"', ' role="author"',
)  # fmt: skip
NAMES = (
    "title", "title", "link", "link", "guid", "id", "description", "description", "content:encoded",
    "content", "summary", "pubDate", "published", "updated", "dc:date", "dc:creator", "author", "category",
    "category", "dc:subject", "enclosure", "source", "media:content", "media:title", "media:description",
    "media:thumbnail", "media:keywords", "media:category", "media:credit", "comments", "slash:comments", "wfw:commentRss",
    "thr:total", "language", "dc:language", "feedburner:origLink", "atom:link", "atom:updated", "odd:thing",
    "itunes:author", "itunes:summary", "itunes:duration", "itunes:image", "created", "dcterms:modified", "image", "georss:point",
    "contributor", "rights", "Title", "PubDate",
)  # fmt: skip
_SPACES = (
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"'
    ' xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:odd="https://odd.example/ns"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:georss="http://www.georss.org/georss"'
    ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
)
_HEAD_NAMES = (
    "title", "link", "description", "language", "ttl", "lastBuildDate", "atom:link", "sy:updatePeriod",
    "sy:updateFrequency", "generator", "managingEditor", "category", "subtitle", "id", "updated", "author", "copyright",
    "dc:language", "itunes:image", "odd:thing", "itunes:summary", "itunes:owner", "summary", "content", "rights",
)  # fmt: skip
_HEAD_TEXTS = (
    "Harbour &amp; News",
    "https://news.example/",
    "en-GB",
    "60",
    "hourly",
    "2",
    "",
    "/",
    "<b>x</b>",
    "x &lt;i&gt;y&lt;/i&gt;",
)
_ORDINARY = (
    "<title>Pilots &amp; crews</title>", "<link>https://news.example/1?utm=a&amp;b=c</link>",
    '<guid isPermaLink="false">https://news.example/?p=1</guid>', "<pubDate>Mon, 23 Nov 2026 08:15:00 GMT</pubDate>",
    "<dc:creator><![CDATA[Ingrid Salt]]></dc:creator>", "<category><![CDATA[News]]></category>", "<category>Ports</category>",
    '<description><![CDATA[<p>Forty <a href="https://news.example/2">ships</a> wait.<br/></p>]]></description>',
    '<content:encoded><![CDATA[<figure><img src="/i.jpg" loading="lazy" alt="Quay"/></figure><p>It&#8217;s long &amp; slow</p>]]></content:encoded>',
    '<media:content url="https://cdn.example/1.jpg" medium="image"><media:title>Quay</media:title><media:credit role="x">Al</media:credit></media:content>',
    '<media:group><media:content url="https://cdn.example/1.jpg"/><media:description type="plain">Quay</media:description></media:group>',
    "<author><name>Jeanne Quai</name><email>jeanne@news.example</email></author>", "<author><name>Al Beam</name><uri>/al</uri></author>",
    '<source url="https://other.example/feed">Other</source>', '<enclosure url="https://cdn.example/1.mp3" length="12" type="audio/mpeg"/>',
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Text <b>bold</b></p></div></content>',
    "<contributor><name>Bo</name></contributor>", "<source><title>Elsewhere</title><updated>2020-01-01T00:00:00Z</updated></source>",
)  # fmt: skip


def element(names: tuple[str, ...], texts: tuple[str, ...]) -> st.SearchStrategy[str]:
    """One element with some attributes and a text, at times with elements where none belong."""
    flat = _filled(names, st.sampled_from(texts))
    inner = st.lists(_filled(NAMES, st.sampled_from(TEXTS)), min_size=1, max_size=2).map("".join)
    return st.one_of(flat, flat, flat, flat, _filled(names, inner))


def _filled(names: tuple[str, ...], content: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, attributes, text: f"<{name}{attributes}>{text}</{name}>",
        st.sampled_from(names),
        st.sampled_from(ATTRIBUTES),
        content,
    )


def entries(name: str) -> st.SearchStrategy[str]:
    """One entry: mostly ordinary elements, some odd ones, in any order."""
    ordinary = st.lists(st.sampled_from(_ORDINARY), max_size=7)
    odd = st.lists(element(NAMES, TEXTS), max_size=3)
    return st.tuples(ordinary, odd).flatmap(
        lambda parts: st.permutations([*parts[0], *parts[1]]).map(
            lambda children: f"<{name}>{''.join(children)}</{name}>"
        )
    )


@st.composite
def ordinary_documents(draw: st.DrawFn) -> str:
    """RSS with nothing out of the ordinary in it but the order of things."""
    items = draw(st.lists(st.lists(st.sampled_from(_ORDINARY[:11]), max_size=8), max_size=4))
    body = "".join(f"<item>{''.join(item)}</item>" for item in items)
    return f'<rss version="2.0"{_SPACES}><channel><title>News</title><link>/</link>{body}</channel></rss>'


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A well-formed RSS, RDF or Atom document."""
    kind = draw(st.sampled_from(("rss", "rss", "atom", "rdf")))
    name = "entry" if kind == "atom" else "item"
    head = "".join(draw(st.lists(element(_HEAD_NAMES, _HEAD_TEXTS), max_size=5)))
    skips = draw(st.sampled_from(("", "", "<skipHours><hour>3</hour><hour>24</hour></skipHours>")))
    picture = draw(
        st.sampled_from(("", "<image><url>/i.png</url><title>I</title><link>/i</link></image>"))
    )
    body = draw(st.sampled_from(("", "\n  "))).join(draw(st.lists(entries(name), max_size=4)))
    language = draw(st.sampled_from(("", "", ' xml:lang="pt_BR"')))
    if kind == "rss":
        return f'<?xml version="1.0"?><rss version="2.0"{_SPACES}{language}><channel>{head}{picture}{skips}{body}</channel></rss>'
    if kind == "atom":
        return f'<feed xmlns="http://www.w3.org/2005/Atom"{_SPACES}{language}>{head}{body}</feed>'
    return (
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        f"{_SPACES}{language}><channel>{head}</channel>{body}</rdf:RDF>"
    )
