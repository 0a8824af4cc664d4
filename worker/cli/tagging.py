"""``tocsin tag``: who, where and what texts are about."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli import crew, documents
from worker.cli.declarations import declared_in, known_from
from worker.cli.documents import STDIN, named
from worker.cli.output import CliError, load_settings
from worker.model import Article, Mention

if TYPE_CHECKING:
    from worker.tagging import Tagger

Jobs = Annotated[
    int, typer.Option(help="Processes to use for many documents; 0: one for each core.", min=0)
]
#: A document as it came, and its place for errors.
Placed = tuple[dict[str, Any], str]


def tag(
    source: Annotated[
        str,
        typer.Argument(help="A file, a folder, or - for standard input.", metavar="FILE|FOLDER|-"),
    ] = STDIN,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON document a line.")] = False,
    lang: Annotated[
        str, typer.Option(help="Language (ISO 639-1) of what names none; else it is detected.")
    ] = "",
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Keep title and text, as tocsin match needs them.")
    ] = False,
    clean: Annotated[
        bool,
        typer.Option(
            "--clean",
            help="Take the text for a whole page's: menus, captions, notices and credits are no part of "
            "the article. Its text is printed too, with what was removed and why.",
        ),
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show each decision under its paragraph, also what was found and not taken, and why.",
        ),
    ] = False,
    entities: Annotated[
        Path | None,
        typer.Option(help="A feeds.yaml whose entities and topics are to be known too."),
    ] = None,
    jobs: Jobs = 0,
) -> None:
    """Name the people, organizations, countries and topics of plain text or article JSON.

    Spans count code points of the text as it came in. With --jsonl there is one document
    (`{"id", "title"?, "text", "lang"?}`) a line in, and one a line out, in order. Of a folder all
    .txt, .json and .jsonl files are read, gzipped ones too, and printed one a line.

    Examples: `echo "Macron met Zelensky in Paris." | tocsin tag`,
    `tocsin tag --clean --explain page.txt`,
    `tocsin tag --jsonl --with-text < articles.jsonl | tocsin match --watches feeds.yaml`
    """
    from worker.tagging import load_tagger

    models = load_settings().models
    tagger = load_tagger(models=models)
    if entities:
        declared = declared_in(entities, "entities", "topics")
        tagger = load_tagger(known_from(declared.entities), models=models).with_topics(
            declared.topics
        )

    folder = Path(source) if Path(source).is_dir() else None
    many = jsonl or folder is not None
    if explain and not many:
        for document, place in _to_tag(source, jsonl=False):
            _explain(tagger, documents.article_from(document, place, language=lang), clean=clean)
        return

    def work(one: Placed) -> dict[str, Any]:
        return _tagged(
            tagger, *one, language=lang, with_text=with_text, clean=clean, explain=explain
        )

    files = documents.files_in(folder) if folder else []
    if folder and not files:
        raise CliError(f"{source}: no .txt, .json or .jsonl files in this folder")
    inputs = _of_files(folder, files) if folder else _to_tag(source, jsonl=jsonl)
    crew.work_on(
        work,
        inputs,
        documents.write_line if many else documents.write_pretty,
        processes=(jobs or crew.cores()) if many else 1,
        total=len(files) or (documents.count_lines(source) if jsonl else 1),
    )


def _tagged(
    tagger: "Tagger",
    document: dict[str, Any],
    place: str,
    *,
    language: str,
    with_text: bool,
    clean: bool,
    explain: bool,
) -> dict[str, Any]:
    """What is printed for one document."""
    article = documents.article_from(document, place, language=language)
    spanned = article.text
    if clean:
        article, mentions = _tag_raw(tagger, article)
    else:
        article = _in_a_language(article)
        mentions = list(tagger.tag(article))
    tags = documents.tags_json(
        article,
        mentions,
        document_id=document.get("id"),
        with_text=with_text,
        spanned=spanned,
    )
    if clean:
        tags |= {
            "title": article.title,
            "text": article.text,
            "captions": list(article.captions),
            "credits": list(article.credits),
            "removed": [asdict(one) for one in article.removed],
        }
    if explain:
        tags["decisions"] = [asdict(one) for one in tagger.explain(article)]
    if with_text and documents.feed_of(document):
        tags["feed"] = documents.feed_of(document)
    return tags


def _explain(tagger: "Tagger", given: Article, *, clean: bool) -> None:
    """Print an article with every decision."""
    from worker.articles.raw import read_raw
    from worker.cli.explaining import print_explained

    article = _in_a_language(read_raw(given).article if clean else given)
    print_explained(article, tagger.tag(article), tagger.explain(article))


def _tag_raw(tagger: "Tagger", raw: Article) -> tuple[Article, list[Mention]]:
    """The article in a raw text, and its mentions with spans in the text as it came."""
    from worker.articles.raw import read_raw

    read = read_raw(raw)
    article = _in_a_language(read.article)
    return article, [read.in_input(mention) for mention in tagger.tag(article)]


def _of_files(folder: Path, files: list[Path]) -> Iterator[Placed]:
    for path in files:
        name = path.relative_to(folder).as_posix()
        if path.name.removesuffix(".gz").endswith(".jsonl"):
            yield from _to_tag(str(path), jsonl=True)
        else:
            for document, place in _to_tag(str(path), jsonl=False):
                parent = name.rpartition("/")[0]
                yield {**document, "id": f"{parent}/{document['id']}".lstrip("/")}, place


def _to_tag(source: str, *, jsonl: bool) -> Iterator[Placed]:
    """The documents to tag, each with its place for errors."""
    if jsonl:
        yield from ((document, place) for place, document in documents.read_lines(source))
        return
    text = documents.read_text(source)
    if not text.strip():
        raise CliError(f"{named(source)}: nothing to tag; give plain text or article JSON")
    if text.lstrip().startswith("{"):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict):
            yield {"id": documents.stem(source)} | document, named(source)
            return
    yield {"id": documents.stem(source), "text": text}, named(source)


def _in_a_language(article: Article) -> Article:
    from worker.articles.language import detect_language

    if article.language:
        return article
    return replace(article, language=detect_language(f"{article.title}\n{article.text}"))
