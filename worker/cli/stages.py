"""Each stage alone, on a file or standard input, printing JSON: parse, extract, tag, match.

A document that goes through all four takes the way of an item through the workers. Libraries
are imported by the command that needs them: models and extractors take seconds to load.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.catalogue import DeclaredEntity
from worker.cli import crew, documents
from worker.cli.declarations import declared_in, known_from
from worker.cli.documents import STDIN, named, stem
from worker.cli.output import CliError, load_settings
from worker.cli.tagging import Jobs
from worker.model import Article, Watch

if TYPE_CHECKING:
    from worker.tagging.gazetteer import Gazetteer

Source = Annotated[str, typer.Argument(help="A file, or - for standard input.", metavar="FILE|-")]
JsonLines = Annotated[bool, typer.Option("--jsonl", help="One JSON document a line.")]


# --------------------------------------------------------------------------------------- parse


def parse(
    source: Source = STDIN,
    url: Annotated[str, typer.Option(help="Where the feed was found, for relative links.")] = "",
) -> None:
    """Parse a feed document (RSS, Atom, JSON Feed or news sitemap) into JSON.

    Example: `curl -s https://feeds.bbci.co.uk/news/world/rss.xml | tocsin parse`
    """
    from worker.feeds.parse import NotAFeed, parse_feed

    try:
        document = parse_feed(documents.read_bytes(source), url=url)
    except NotAFeed as error:
        raise CliError(f"{named(source)}: {error}") from None
    documents.write_pretty(documents.feed_json(document))


# ------------------------------------------------------------------------------------- extract


def extract(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Pages: .html or .html.gz files, or - for stdin.", metavar="FILES..."),
    ] = None,
    url: Annotated[
        str, typer.Option(help="The page's address; without a file it is fetched.")
    ] = "",
    jsonl: JsonLines = False,
    jobs: Jobs = 0,
) -> None:
    """Find the article in web pages: title, text, language, authors, section, dates, captions.

    With --jsonl a page without readable text is a line with an empty text and a note; else it is
    an error.

    Examples: `tocsin extract --url https://example.org/story.html`,
    `tocsin extract pages/*.html.gz --jsonl > articles.jsonl`
    """
    sources = files or []
    if url and len(sources) > 1:
        raise CliError("--url is the address of one page: name one file with it")
    if url and not sources:
        pages: Iterator[tuple[str, str, bytes]] = iter([_fetch(url)])
    else:
        pages = ((stem(one), url, documents.read_bytes(one)) for one in sources or [STDIN])
    if jsonl:
        crew.work_on(
            lambda page: _extract(*page, lenient=True),
            pages,
            documents.write_line,
            processes=jobs or crew.cores(),
            total=max(1, len(sources)),
        )
        return
    found = [_extract(*page, lenient=False) for page in pages]
    documents.write_pretty(found[0] if len(found) == 1 else found)


def _fetch(url: str) -> tuple[str, str, bytes]:
    """Get a page: its id, its final address and its body."""
    import asyncio

    from worker.net import Net, NetError

    async def get() -> tuple[str, str, bytes]:
        async with Net.from_settings(load_settings()) as net:
            answer = await net.get(url)
        if answer.status != 200:
            raise CliError(f"{url}: answered {answer.status}; check the address")
        return url, answer.url, answer.body

    try:
        return asyncio.run(get())
    except NetError as error:
        raise CliError(f"{url}: {error}") from None


def _extract(name: str, url: str, html: bytes, *, lenient: bool) -> dict[str, Any]:
    from worker.articles.extract import NoArticle, extract_page

    try:
        return documents.article_json(extract_page(html, url=url), document_id=name)
    except NoArticle as error:
        if not lenient:
            raise CliError(f"{named(name)}: {error}") from None
        empty = Article(title="", text="", url=url, note=str(error))
        return documents.article_json(empty, document_id=name)


# --------------------------------------------------------------------------------------- match


def match(
    watches: Annotated[
        Path,
        typer.Option(
            "--watches", help="A feeds.yaml whose watches (and entities and topics) count."
        ),
    ],
    source: Source = STDIN,
) -> None:
    """Match tagged documents, one JSON a line, against watches; one line for each match.

    Reads what `tocsin tag --jsonl --with-text` prints. Disabled watches are left out.

    Example: `tocsin tag --jsonl --with-text < articles.jsonl | tocsin match --watches feeds.yaml`
    """
    from worker.watches.context import Context
    from worker.watches.matcher import Matcher
    from worker.watches.resolve import with_topics

    declared = declared_in(watches, "defaults", "entities", "topics", "watches")
    known = [
        Watch(id=number, name=one.name, query=one.query, channels=one.channels)
        for number, one in enumerate(declared.watches)
        if one.enabled
    ]
    by_id = {one.id: one for one in known}
    matcher = Matcher(known, with_topics(_gazetteer(declared.entities).find, declared.topics))
    for number, problem in matcher.problems.items():
        raise CliError(f"{watches}: watch {by_id[number].name!r}: {problem}")
    for place, document in documents.read_lines(source):
        article = documents.article_from({"text": ""} | document, place)
        mentions = documents.mentions_from(document, place)
        context = Context(feed_name=documents.feed_of(document))
        for found in matcher.match(article, mentions, context=context):
            documents.write_line(
                documents.match_json(
                    by_id[found.watch_id], found.evidence, article, document_id=document.get("id")
                )
            )


def _gazetteer(declared: Sequence[DeclaredEntity]) -> "Gazetteer":
    """The entities that ship with Tocsin under those of a feeds.yaml; no models are loaded."""
    from worker.tagging.gazetteer import Gazetteer, known_from_entity
    from worker.tagging.shipped import shipped

    return Gazetteer(map(known_from_entity, known_from(declared)), over=Gazetteer(shipped()))
