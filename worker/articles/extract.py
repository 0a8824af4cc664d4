"""Pages and entries to articles: the text a reader came for, without what stands round it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time

from worker.articles.captions import take_captions
from worker.articles.facts import PageFacts, page_facts
from worker.articles.fullness import cut_off
from worker.articles.furniture import Cleaned, clean
from worker.articles.language import detect_language
from worker.articles.page import NoArticle, page_story, page_text, page_tree
from worker.articles.walls import asks_for_money
from worker.markup import (
    is_markup,
    language_code,
    one_line,
    paragraphs,
    parse_html,
    tree_paragraphs,
    visible_text,
)
from worker.model import Article, Entry, Form, TextSource

__all__ = ["NoArticle", "article_from_entry", "combine", "extract_page"]

_LEAST_LETTERS = 40
#: What a page says that shows something else than the article.
_BARRED = re.compile(
    r"(?:enable|turn on|activate|allow) (?:java ?script|js\b|cookies)|(?:verify|confirm|make sure)[^.]{0,40}(?:human|robot|bot\b)"
    r"|are you a robot|checking (?:your browser|if the site)|unusual (?:traffic|activity)|access (?:to this page )?(?:is |has been )?denied"
    r"|включите javascript|увімкніть javascript|activer javascript|habilit[ae] javascript|javascript (?:aktivieren|zu aktivieren)",
    re.IGNORECASE,
)
_BARRED_LENGTH = 800
_ENDED = re.compile(r"[.!?…:;。！？।؟*)\]\"'”’»]\s*$")

#: A page with less than this share of the feed's own text has been cut short.
_LEAST_SHARE = 0.8


#: Linked data hold the text too, as it seems, if they hold more than this many characters.
_LEAST_DATA = 250
#: A text of less than this share of the words the page counts has been cut short.
_LEAST_WORDS = 0.5


def extract_page(html: bytes | str, *, url: str = "", content_type: str = "") -> Article:
    """The article of a web page that came from ``url`` with this Content-Type.

    Captions and credits are kept apart; teasers, notices and footers are dropped. The language is
    the detected one, else the declared one. Raises NoArticle when there is nothing to read.
    """
    text = page_text(html, content_type)
    tree = page_tree(text)
    facts = page_facts(tree, url)
    lines, captions, credits_ = page_story(tree, text, url)
    cleaned = clean(lines, facts.title)
    if not _says_much(cleaned.paragraphs) and len(facts.text) >= _LEAST_DATA:
        cleaned = clean(paragraphs(facts.text), facts.title)
    captions = tuple(dict.fromkeys(captions + cleaned.captions))
    if facts.form is Form.GALLERY or not _says_much(cleaned.paragraphs):
        # What a gallery tells, it tells under its pictures.
        cleaned, captions = replace(cleaned, paragraphs=cleaned.paragraphs + captions), ()
    body = "\n\n".join(cleaned.paragraphs)
    if not _says_much(cleaned.paragraphs):
        raise NoArticle("no readable text on the page")
    if len(body) < _BARRED_LENGTH and _BARRED.search(f"{facts.title} {body}"):
        raise NoArticle("the page asks for a browser or a human instead of showing the article")
    asked = any(asks_for_money(line) for line in _all_lines(cleaned))
    return Article(
        title=facts.title,
        text=body,
        language=detect_language(body) or facts.language,
        url=url or facts.canonical,
        outlet=facts.outlet,
        authors=facts.authors,
        published=facts.published,
        modified=facts.modified,
        captions=captions,
        credits=tuple(dict.fromkeys(credits_ + cleaned.credits)),
        removed=cleaned.removed,
        section=facts.section,
        canonical=facts.canonical,
        image=facts.image,
        form=facts.form,
        walled=facts.walled or asked,
        cut="the page asks to subscribe" if asked else _why_cut(body, facts),
    )


def _says_much(lines: Sequence[str]) -> bool:
    """Whether there are letters enough for a text."""
    letters = 0
    for line in lines:
        letters += sum(map(str.isalpha, line))
        if letters >= _LEAST_LETTERS:
            return True
    return False


def _all_lines(cleaned: Cleaned) -> tuple[str, ...]:
    return cleaned.paragraphs[-2:] + tuple(one.line for one in cleaned.removed)


def _why_cut(body: str, facts: PageFacts) -> str:
    """Why a page's text seems not to be the whole, ``""`` where it does."""
    words = len(body.split())
    if facts.words and words < _LEAST_WORDS * facts.words:
        return f"{words} of the {facts.words} words the page counts"
    if len(body) < _LEAST_WORDS * len(facts.text):
        return f"{len(body)} of the {len(facts.text)} characters in the page's linked data"
    if body.endswith(("...", "…")):
        return "it ends in an ellipsis"
    return "a sentence is cut off at its end" if facts.walled and not _ENDED.search(body) else ""


def article_from_entry(entry: Entry, *, outlet: str = "", note: str = "") -> Article:
    """The article that a feed's own text makes; ``note`` says why no page is used.

    The text is the entry's content or its summary, whichever says more; it may be ``""``.
    """
    article = _entry_article(entry, outlet, note)
    return replace(article, language=_entry_language(article, entry))


def _entry_language(article: Article, entry: Entry) -> str:
    return detect_language(f"{article.title}. {article.text}") or language_code(entry.language)


def _entry_article(entry: Entry, outlet: str, note: str) -> Article:
    """The article of an entry, but for its language, which takes most of the time."""
    source, lines, captions, credits_ = _entry_text(entry)
    title = visible_text(entry.title) if is_markup(entry.title) else one_line(entry.title)
    cleaned = clean(lines, title)
    text = "\n\n".join(cleaned.paragraphs)
    return Article(
        title=title,
        text=text,
        language="",
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
    if page is None:
        return article_from_entry(entry, outlet=outlet, note=note)
    feed = _entry_article(entry, outlet, note)
    if len(page.text) < _LEAST_SHARE * len(feed.text):
        return replace(
            feed,
            language=_entry_language(feed, entry),
            section=page.section,
            canonical=page.canonical,
            image=feed.image or page.image,
            form=page.form,
            walled=page.walled,
            note=note or "the page holds less of the text than the feed",
        )
    return replace(
        page,
        title=_better_title(page.title, feed.title),
        language=page.language or _entry_language(feed, entry),
        url=page.url or feed.url,
        outlet=outlet or page.outlet,
        authors=page.authors or feed.authors,
        published=_better_time(page.published, feed.published),
        modified=_better_time(page.modified, feed.modified),
        captions=page.captions or feed.captions,
        image=page.image or feed.image,
        section=page.section or feed.section,
        note="",
    )


def _picture(entry: Entry) -> str:
    """The first picture that an entry carries."""
    pictures = (one.url for one in entry.enclosures if one.type.startswith("image/"))
    return next(pictures, "")


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
    found = cut_off(lines[-1]) if lines else None
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
