"""Pages and entries to articles: the text a reader came for, without what stands round it."""

import re
from dataclasses import replace
from datetime import datetime, time
from itertools import islice
from typing import Any

import trafilatura
from lxml import etree

from worker.articles.captions import take_captions
from worker.articles.dates import page_dates
from worker.articles.fullness import CUT_OFF
from worker.articles.furniture import clean
from worker.articles.language import detect_language
from worker.charset import charset_of, decode
from worker.markup import (
    is_markup,
    language_code,
    one_line,
    paragraphs,
    parse_html,
    storable,
    tree_paragraphs,
    visible_text,
)
from worker.model import Article, Entry, TextSource
from worker.moments import moment_of

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
#: Larger pages are cut: no article is longer, and a parser's memory is many times the page's.
_MOST_CHARACTERS = 8_000_000
#: No article's page has more elements; beyond them a page is cut, for extraction takes 0.2 ms each.
_MOST_ELEMENTS = 20_000
_LEAST_LETTERS = 40
#: Extraction without a clock: htmldate leaves out dates after this one.
_DATES = {"extensive_search": False, "original_date": True, "max_date": "2999-12-31"}

#: What a page says that shows something else than the article.
_BARRED = re.compile(
    r"(?:enable|turn on|activate|allow) (?:java ?script|js\b|cookies)|(?:verify|confirm|make sure)[^.]{0,40}(?:human|robot|bot\b)"
    r"|are you a robot|checking (?:your browser|if the site)|unusual (?:traffic|activity)|access (?:to this page )?(?:is |has been )?denied"
    r"|включите javascript|увімкніть javascript|activer javascript|habilit[ae] javascript|javascript (?:aktivieren|zu aktivieren)",
    re.IGNORECASE,
)
_BARRED_LENGTH = 800

#: A page with less than this share of the feed's own text has been cut short.
_LEAST_SHARE = 0.8


class NoArticle(ValueError):  # noqa: N818 - says what it means without a suffix
    """A page has no readable text; the message is one line that says why."""


def extract_page(html: bytes | str, *, url: str = "", content_type: str = "") -> Article:
    """The article of a web page that came from ``url`` with this Content-Type.

    Bytes are decoded by what they are rather than by what they are declared to be. Captions and
    credits are kept apart; teasers, notices and footers are dropped. The language is the detected
    one, else the declared one. Raises NoArticle when there is nothing to read.
    """
    text = _page_text(html, content_type)
    tree = _page_tree(text)
    published, modified = page_dates(tree)
    declared = language_code(
        tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    )
    captions, credits_ = take_captions(tree)
    document = _extracted(tree, url)
    title = _page_title(document)
    cleaned = clean(_body_paragraphs(document.body), title)
    body = "\n\n".join(cleaned.paragraphs)
    if sum(map(str.isalpha, body)) < _LEAST_LETTERS:
        raise NoArticle("no readable text on the page")
    if len(body) < _BARRED_LENGTH and _BARRED.search(f"{title} {body}"):
        raise NoArticle("the page asks for a browser or a human instead of showing the article")
    return Article(
        title=title,
        text=body,
        language=detect_language(body) or declared,
        url=url or one_line(document.url or ""),
        outlet=one_line(document.sitename or ""),
        authors=_page_authors(document.author or ""),
        published=published or moment_of(document.date or ""),
        modified=modified,
        captions=tuple(dict.fromkeys(captions + cleaned.captions)),
        credits=tuple(dict.fromkeys(credits_ + cleaned.credits)),
        removed=cleaned.removed,
    )


def article_from_entry(entry: Entry, *, outlet: str = "", note: str = "") -> Article:
    """The article that a feed's own text makes; ``note`` says why no page is used.

    The text is the entry's content or its summary, whichever says more; it may be ``""``.
    """
    source, lines, captions, credits_ = _entry_text(entry)
    title = visible_text(entry.title) if is_markup(entry.title) else one_line(entry.title)
    cleaned = clean(lines, title)
    text = "\n\n".join(cleaned.paragraphs)
    return Article(
        title=title,
        text=text,
        language=detect_language(f"{title}. {text}") or language_code(entry.language),
        url=entry.url,
        outlet=outlet,
        authors=entry.authors,
        published=entry.published or entry.updated,
        modified=entry.updated,
        captions=tuple(dict.fromkeys(captions + cleaned.captions)),
        credits=tuple(dict.fromkeys(credits_ + cleaned.credits)),
        removed=cleaned.removed,
        source=source,
        note=note,
    )


def combine(entry: Entry, page: Article | None, *, outlet: str, note: str = "") -> Article:
    """The best article that an entry and its page make together.

    The page's text is used unless there is none (``note`` says why) or it is clearly shorter than
    the feed's. The feed fills gaps, and its title wins over a page's that shares no word with it.
    """
    feed = article_from_entry(entry, outlet=outlet, note=note)
    if page is None:
        return feed
    if len(page.text) < _LEAST_SHARE * len(feed.text):
        return replace(feed, note=note or "the page holds less of the text than the feed")
    return replace(
        page,
        title=_better_title(page.title, feed.title),
        language=page.language or feed.language,
        url=page.url or feed.url,
        outlet=outlet or page.outlet,
        authors=page.authors or feed.authors,
        published=_better_time(page.published, feed.published),
        modified=_better_time(page.modified, feed.modified),
        captions=page.captions or feed.captions,
        note="",
    )


def _page_text(html: bytes | str, content_type: str) -> str:
    if isinstance(html, bytes):
        found = _META_CHARSET.search(html[:4096])
        html = decode(html, (charset_of(content_type), found[1].decode() if found else "")).text
    text = storable(html[:_MOST_CHARACTERS])
    if not text.strip():
        raise NoArticle("the page is empty")
    if "<" not in text or text.startswith("%PDF"):
        raise NoArticle("this is not a web page")
    return text


def _page_tree(text: str) -> Any:
    try:
        tree = trafilatura.load_html(text)
    except (etree.LxmlError, ValueError, TypeError, AssertionError):
        tree = None
    if tree is None:
        tree = parse_html(text)
    if tree is None:
        raise NoArticle("the page is empty")
    for element in list(islice(tree.iter(), _MOST_ELEMENTS, None)):
        element.getparent().remove(element)
    return tree


def _extracted(tree: Any, url: str) -> Any:
    """Trafilatura's document. Raises NoArticle when it finds none or fails on a broken page."""
    try:
        document: Any = trafilatura.bare_extraction(
            tree,
            url=url or None,
            favor_precision=True,
            include_comments=False,
            with_metadata=True,
            date_extraction_params=dict(_DATES),
        )
    except Exception as error:
        reason = one_line(str(error))[:120] or type(error).__name__
        raise NoArticle(f"the page cannot be read: {reason}") from error
    if document is None or document.body is None:
        raise NoArticle("no readable text on the page")
    return document


def _body_paragraphs(body: Any) -> tuple[str, ...]:
    """The paragraphs of trafilatura's own XML, turned back to the HTML it stands for."""
    names = {
        "head": "h2",
        "item": "li",
        "quote": "blockquote",
        "row": "tr",
        "list": "ul",
        "lb": "br",
        "cell": "span",
    }
    for element in body.iter():
        if element.tag == "cell":
            element.tail = f" {element.tail or ''}"
        element.tag = names.get(element.tag, element.tag)
    return tree_paragraphs(body)


def _page_title(document: Any) -> str:
    """The title without the outlet's name behind it."""
    title = one_line(document.title or "")
    site = one_line(document.sitename or "")
    if site:
        title = re.sub(rf"\s+[|·•:–—-]+\s+{re.escape(site)}$", "", title, flags=re.IGNORECASE)
    return title


def _page_authors(authors: str) -> tuple[str, ...]:
    names = (one_line(name) for name in authors.split(";"))
    return tuple(dict.fromkeys(name for name in names if name and len(name) <= 80))


def _entry_text(
    entry: Entry,
) -> tuple[TextSource, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Where an entry's text is from, its paragraphs, captions and photo credits."""
    content, summary = paragraphs(entry.content), paragraphs(entry.summary)
    if sum(map(len, content)) < sum(map(len, summary)):
        return TextSource.FEED_SUMMARY, *_fragment(entry.summary)
    source = TextSource.FEED_CONTENT if content else TextSource.FEED_SUMMARY
    return source, *_fragment(entry.content)


def _fragment(
    markup: str,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    tree = parse_html(f"<div>{markup}</div>") if is_markup(markup) else None
    if tree is None:
        return _without_invitation(paragraphs(markup)), (), ()
    captions, credits_ = take_captions(tree)
    return _without_invitation(tree_paragraphs(tree)), captions, credits_


def _without_invitation(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Paragraphs without a closing "[...]" or "Read more".

    An ellipsis of the text's own stays, and so do these words as the end of a sentence.
    """
    found = CUT_OFF.search(lines[-1]) if lines else None
    if not found or found[0].startswith(("...", "…")):
        return lines
    rest = lines[-1][: found.start()].rstrip()
    is_sentence = rest and not found[0].startswith("[") and rest[-1] not in ".!?…»”\"'"
    return lines if is_sentence else (*lines[:-1], rest)


def _better_title(page: str, feed: str) -> str:
    if not feed or not page:
        return page or feed
    words = set(re.findall(r"\w{3,}", page.casefold()))
    shared = words & set(re.findall(r"\w{3,}", feed.casefold()))
    return page if shared else feed


def _better_time(page: datetime | None, feed: datetime | None) -> datetime | None:
    """The page's time, unless it is only a day and the feed names the hour."""
    if page is None or (feed is not None and page.time() == time()):
        return feed or page
    return page
