"""Stages run alone: parse, extract, tag and match on files and standard input."""

import gzip
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import worker.cli
from worker.cli import documents
from worker.model import Article, Confidence, Entity, Kind, Mention
from worker.tagging import Tagger, load_tagger

RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Port News</title>
<link>https://example.org/</link><ttl>30</ttl><item><title>Ferry late again</title>
<link>/ferry</link><guid>7</guid><pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""
PARAGRAPH = (
    "The harbour council met on Tuesday to decide whether the old ferry is to be kept in service "
    "for another winter, and after four hours of debate its members agreed to mend the engine."
)
PAGE = f"""<html lang="en"><head><title>Ferry stays</title></head><body><nav>Home</nav><article>
<h1>Ferry stays for the winter</h1><p>{PARAGRAPH}</p><p>{PARAGRAPH[::1]} Nobody objected.</p>
<p>The mayor, Ann Example, said that islanders had waited long enough for a decision.</p>
</article></body></html>""".encode()


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Run]
STAGES = ("parse", "extract", "tag", "match")


@pytest.fixture
def tocsin(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs ``tocsin ARGUMENTS`` in this process with bytes on standard input."""

    def run(*arguments: str | Path, stdin: bytes | str = b"") -> Run:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["tocsin", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            try:
                worker.cli.main()
                code = 0
            except SystemExit as ended:
                code = int(ended.code or 0)
        out.flush()
        err.flush()
        return Run(code, _written(out), _written(err))

    return run


def _written(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def assert_refused(run: Run, said: str) -> None:
    """Exit code 2 and one line on standard error, no traceback."""
    assert (2, 1) == (run.code, len(run.err.splitlines())), run.err
    assert said in run.err


# --------------------------------------------------------------------------------------- parse


def test_parse_prints_a_feed_document(tocsin: Command) -> None:
    """A feed on standard input becomes JSON: ISO times, seconds, absolute links."""
    document = tocsin("parse", "--url", "https://example.org/feed.xml", stdin=RSS).json

    assert ("Port News", "rss20", 1800) == (
        document["title"],
        document["version"],
        document["ttl"],
    )
    entry = document["entries"][0]
    assert ("7", "Ferry late again") == (entry["guid"], entry["title"])
    assert "https://example.org/ferry" == entry["url"]
    assert "2026-01-05T10:00:00+00:00" == entry["published"]


def test_parse_reads_a_file(tocsin: Command, tmp_path: Path) -> None:
    """A named file, plain or gzipped, is read instead of standard input."""
    (tmp_path / "feed.xml").write_bytes(RSS)
    (tmp_path / "feed.xml.gz").write_bytes(gzip.compress(RSS))

    plain = tocsin("parse", tmp_path / "feed.xml")
    packed = tocsin("parse", tmp_path / "feed.xml.gz")

    assert "Port News" == plain.json["title"]
    assert plain == packed


def test_parse_refuses_what_is_no_feed(tocsin: Command, tmp_path: Path) -> None:
    """A web page, a missing file and damaged data are one line that names them, and exit code 2."""
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(gzip.compress(RSS)[:40])

    assert_refused(tocsin("parse", stdin=PAGE), "standard input: this is a web page, not a feed")
    assert_refused(tocsin("parse", "no.xml"), "no.xml: no such file or directory")
    assert_refused(tocsin("parse", damaged), "damaged.gz: damaged gzip data")


# ------------------------------------------------------------------------------------- extract


def test_extract_finds_the_article_of_a_page(tocsin: Command, tmp_path: Path) -> None:
    """One page gives one JSON document with its file's stem as id."""
    page = tmp_path / "ferry.html"
    page.write_bytes(PAGE)

    found = tocsin("extract", page, "--url", "https://example.org/ferry").json

    assert ("ferry", "en") == (found["id"], found["language"])
    assert "Ferry stays" in found["title"]
    assert found["text"].startswith("The harbour council met")
    assert "Home" not in found["text"]
    assert {"url", "authors", "published", "captions", "credits"} <= found.keys()


def test_extract_prints_a_line_for_each_page(tocsin: Command, tmp_path: Path) -> None:
    """With --jsonl pages keep their order; one without an article is a line that says why."""
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(PAGE))
    (tmp_path / "b.html").write_bytes(b"<html><body><nav>Home</nav></body></html>")

    run = tocsin("extract", "--jsonl", tmp_path / "b.html", tmp_path / "a.html.gz")

    assert ["b", "a"] == [line["id"] for line in run.lines]
    assert "" == run.lines[0]["text"]
    assert run.lines[0]["note"]
    assert "harbour" in run.lines[1]["text"]


def test_extract_refuses_what_has_no_article(tocsin: Command) -> None:
    """Without --jsonl a page without text is an error; so is one --url for two files."""
    empty = tocsin("extract", stdin=b"<html><body></body></html>")
    two = tocsin("extract", "a.html", "b.html", "--url", "https://example.org/")

    assert_refused(empty, "standard input: ")
    assert_refused(two, "--url is the address of one page")


def test_extract_fetches_through_the_guard(tocsin: Command) -> None:
    """--url alone fetches, and addresses of this machine's own networks are refused."""
    assert_refused(tocsin("extract", "--url", "http://127.0.0.1/secret"), "http://127.0.0.1/secret")


# ----------------------------------------------------------------------- documents of the stages


MENTIONS = (
    Mention(
        kind=Kind.PERSON,
        key="person:ann-example",
        name="Ann Example",
        count=2,
        salience=0.51234,
        in_title=True,
        spans=((0, 3),),
        title_spans=((4, 15),),
        confidence=Confidence.LIKELY,
        support="country",
    ),
    Mention(
        kind=Kind.COUNTRY,
        key="UA",
        name="Ukraine",
        count=1,
        salience=0.2,
        in_title=False,
        spans=((5, 12),),
    ),
    Mention(
        kind=Kind.TOPIC,
        key="medtop:11000000",
        name="politics and government",
        count=1,
        salience=0.75,
        in_title=False,
    ),
)
TOPICS = (
    Mention(
        kind=Kind.TOPIC,
        key="medtop:15000000",
        name="sport",
        count=3,
        salience=0.9,
        in_title=True,
        spans=((0, 7), (12, 16)),
        title_spans=((0, 4),),
    ),
    Mention(
        kind=Kind.TOPIC,
        key="medtop:20001065",
        name="soccer",
        count=1,
        salience=0.6,
        in_title=False,
        spans=((0, 7),),
    ),
)
ARTICLE = Article(title="Hi, Ann Example", text="Ann, Ukraine", language="en")


def test_topics_are_printed_with_their_words_and_the_narrower_ones_in_them() -> None:
    """Each word once, as it stands; read again, narrower topics stand beside broader ones."""
    article = Article(title="Goal", text="Penalty and goal", language="en")
    shown = documents.tags_json(article, TOPICS, document_id=3, with_text=True)
    assert shown["topics"] == [
        {
            "code": "medtop:15000000",
            "name": "sport",
            "score": 0.9,
            "confidence": "certain",
            "support": "",
            "words": ["goal", "penalty"],
            "spans": [[0, 7], [12, 16]],
            "title_spans": [[0, 4]],
            "narrower": [
                {
                    "code": "medtop:20001065",
                    "name": "soccer",
                    "score": 0.6,
                    "confidence": "certain",
                    "support": "",
                    "words": ["penalty"],
                    "spans": [[0, 7]],
                    "title_spans": [],
                }
            ],
        }
    ]
    read = documents.mentions_from(shown, "here")
    assert [one.key for one in read] == ["medtop:15000000", "medtop:20001065"]


def test_tags_are_printed_in_the_documented_form() -> None:
    """The fields and their order are those other programs rely on."""
    expected = {
        "id": 3,
        "language": "en",
        "people": [
            {
                "name": "Ann Example",
                "key": "person:ann-example",
                "count": 2,
                "salience": 0.5123,
                "confidence": "likely",
                "support": "country",
                "in_title": True,
                "spans": [[0, 3]],
            }
        ],
        "organizations": [],
        "countries": [
            {
                "code": "UA",
                "name": "Ukraine",
                "count": 1,
                "salience": 0.2,
                "confidence": "certain",
                "support": "",
                "spans": [[5, 12]],
            }
        ],
        "topics": [
            {
                "code": "medtop:11000000",
                "name": "politics and government",
                "score": 0.75,
                "confidence": "certain",
                "support": "",
            }
        ],
    }

    shown = documents.tags_json(ARTICLE, MENTIONS, document_id=3, with_text=False)

    assert json.dumps(expected) == json.dumps(shown)


def test_tags_with_text_come_back_as_the_mentions_they_were() -> None:
    """What ``tag --with-text`` writes is what ``match`` reads: text, title, keys and spans."""
    shown = documents.tags_json(ARTICLE, MENTIONS, document_id="x", with_text=True)
    again = json.loads(json.dumps(shown))

    read = documents.mentions_from(again, "line 1")

    assert ARTICLE == documents.article_from(again, "line 1")
    assert [
        (one.key, one.spans, one.title_spans, one.confidence, one.support) for one in MENTIONS
    ] == [(one.key, one.spans, one.title_spans, one.confidence, one.support) for one in read]
    assert [one.in_title for one in MENTIONS] == [one.in_title for one in read]


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    """JSON can hold what is no character; it is replaced so that spans stay and output is UTF-8."""
    document = documents.parse_document(rb'{"text": "a\ud83d b \ud83d\ude00 c"}', "line 1")

    assert "a\ufffd b \U0001f600 c" == documents.article_from(document, "line 1").text


# --------------------------------------------------------------------------------------- match


WATCHES = """
entities: [{kind: organization, name: Harbour Council, aliases: [Port Board]}]
watches:
  - {name: Putin, query: 'person:"Vladimir Putin"', channels: [unset]}
  - {name: Board, query: 'org:"Harbour Council" AND ferry'}
  - {name: Off, query: ferry, enabled: false}
channels: [{name: hook, kind: webhook, url: "${NOT_SET}"}]
"""


@pytest.fixture
def watches(tmp_path: Path) -> Path:
    """A feeds.yaml with watches, whose channels need what is not set."""
    path = tmp_path / "watches.yaml"
    path.write_text(WATCHES, encoding="utf-8")
    return path


def tagged(**fields: Any) -> str:
    """One line as ``tocsin tag --jsonl --with-text`` prints it."""
    return json.dumps({"id": "x", "text": "Putin took the ferry.", "people": []} | fields) + "\n"


def test_match_prints_a_line_for_each_match_with_its_evidence(
    tocsin: Command, watches: Path
) -> None:
    """Each watch a document matches gives a line; disabled watches and channels do not matter."""
    putin = {"name": "Vladimir Putin", "key": "person:vladimir-putin", "spans": [[0, 5]]}
    board = {"name": "Harbour Council", "key": "organization:harbour-council", "spans": []}

    run = tocsin(
        "match",
        "--watches",
        watches,
        stdin=tagged(people=[putin]) + tagged(id="y", organizations=[board]) + tagged(id="z"),
    )

    assert [("x", "Putin"), ("y", "Board")] == [(one["id"], one["watch"]) for one in run.lines]
    evidence = run.lines[0]["evidence"]
    assert [('person:"Vladimir Putin"', "Putin", [[0, 5]])] == [
        (one["clause"], one["value"], one["spans"]) for one in evidence
    ]


def test_match_says_which_line_was_not_tagged(tocsin: Command, watches: Path) -> None:
    """Lines that tag did not write are refused by number, after the matches before them."""
    not_tagged = tocsin("match", "--watches", watches, stdin=tagged() + tagged(people=[{"a": 1}]))
    not_json = tocsin("match", "--watches", watches, stdin="\n{\n")

    assert_refused(not_tagged, "standard input line 2: not tagged as by tocsin tag")
    assert_refused(not_json, "standard input line 2: not JSON")


def test_match_shows_the_mistakes_of_the_watches(tocsin: Command, tmp_path: Path) -> None:
    """A wrong query is told with its place in the file."""
    path = tmp_path / "w.yaml"
    path.write_text("watches: [{name: a, query: 'x AND'}]", encoding="utf-8")

    assert_refused(tocsin("match", "--watches", path), "w.yaml:1:")
    assert_refused(tocsin("match", "--watches", tmp_path / "no.yaml"), "no such file")


# ----------------------------------------------------------------------------------------- tag


SPEECH = "Vladimir Putin spoke in Moscow on Monday. Putin did not mention Ukraine in his speech."


@pytest.fixture(scope="session")
def models() -> Tagger:
    """The real tagger, whose models are loaded once for all tests."""
    return load_tagger()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, models: Tagger) -> None:
    """Lets ``tocsin tag`` find its models loaded already."""

    def load(known: Sequence[Entity] = (), **_: object) -> Tagger:
        return models.with_entities(known)

    monkeypatch.setattr("worker.tagging.load_tagger", load)


def test_tag_names_who_and_where_in_plain_text(tocsin: Command) -> None:
    """Plain text on standard input gives one JSON document whose spans point into that text."""
    tags = tocsin("tag", stdin=SPEECH).json

    assert ["id", "language", "people", "organizations", "countries", "topics"] == list(tags)
    putin = next(one for one in tags["people"] if one["key"] == "person:vladimir-putin")
    assert {"Vladimir Putin", "Putin"} == {SPEECH[start:end] for start, end in putin["spans"]}
    assert {"RU", "UA"} == {one["code"] for one in tags["countries"]}


@pytest.mark.usefixtures("loaded")
def test_tag_keeps_the_order_and_ids_of_lines(tocsin: Command) -> None:
    """One line out for each line in, ids kept as they are, unknown fields and blank lines ignored."""
    lines = [{"id": 7, "text": SPEECH, "junk": [1]}, {"id": "b", "text": "Nothing.", "lang": "en"}]

    run = tocsin("tag", "--jsonl", stdin="\n\n".join(map(json.dumps, lines)))

    assert [7, "b"] == [line["id"] for line in run.lines]
    assert ["en", "en"] == [line["language"] for line in run.lines]
    assert [] == run.lines[1]["people"]


@pytest.mark.usefixtures("loaded")
def test_tag_reads_article_json(tocsin: Command, tmp_path: Path) -> None:
    """What extract prints can be tagged as it is: title, language and id come along."""
    article = {"id": "a1", "title": "Putin in Moscow", "text": SPEECH, "language": "en"}
    path = tmp_path / "article.json"
    path.write_text(json.dumps(article), encoding="utf-8")

    tags = tocsin("tag", path).json

    assert "a1" == tags["id"]
    assert next(one for one in tags["people"] if "Putin" in one["name"])["in_title"]


@pytest.mark.usefixtures("loaded")
def test_tag_names_the_bad_line(tocsin: Command) -> None:
    """A line without text, or that is no JSON, ends the run with its number; lines before stand."""
    good = json.dumps({"id": 1, "text": "Nothing."}) + "\n"

    no_text = tocsin("tag", "--jsonl", stdin=good + '{"id": 2}\n')
    no_json = tocsin("tag", "--jsonl", stdin=good + "text\n")

    assert_refused(no_text, "standard input line 2: no 'text'")
    assert_refused(no_json, "standard input line 2: not JSON")
    assert [1] == [line["id"] for line in no_text.lines]


@pytest.mark.usefixtures("loaded")
def test_tag_and_match_work_as_one_pipe(tocsin: Command, watches: Path) -> None:
    """``tag --jsonl --with-text | match --watches`` rings for known people and the user's own."""
    lines = [
        {"id": 1, "text": SPEECH, "lang": "en"},
        {"id": 2, "text": "The Port Board wants to keep the ferry.", "lang": "en"},
    ]
    tagged_lines = tocsin(
        "tag",
        "--jsonl",
        "--with-text",
        "--entities",
        watches,
        stdin="\n".join(map(json.dumps, lines)),
    )

    run = tocsin("match", "--watches", watches, stdin=tagged_lines.out)

    assert [(1, "Putin"), (2, "Board")] == [(one["id"], one["watch"]) for one in run.lines]


@pytest.mark.usefixtures("loaded")
def test_topics_of_a_file_are_tagged_and_watched(tocsin: Command, tmp_path: Path) -> None:
    """A topic of the user's own is shown by tag, with its words, and rings by its name."""
    path = tmp_path / "feeds.yaml"
    path.write_text(
        "topics: [{name: Harbour ferries, examples: [ferry to the harbour, ferry service]}]\n"
        "watches: [{name: Ferries, query: 'topic:\"Harbour ferries\"', channels: []}]\n",
        encoding="utf-8",
    )
    lines = [
        {"id": 1, "text": "The ferry service to the old harbour is back.", "lang": "en"},
        {"id": 2, "text": SPEECH, "lang": "en"},
    ]
    stdin = "\n".join(map(json.dumps, lines))
    out = tocsin("tag", "--jsonl", "--with-text", "--entities", path, stdin=stdin)
    own = [
        [one for one in line["topics"] if one["code"].startswith("topic:")] for line in out.lines
    ]
    assert [["Harbour ferries"], []] == [[one["name"] for one in line] for line in own]
    assert {"ferry", "service"} <= set(own[0][0]["words"])

    run = tocsin("match", "--watches", path, stdin=out.out)

    assert [(1, "Ferries")] == [(one["id"], one["watch"]) for one in run.lines]


# ------------------------------------------------------------------------------ the whole command


def test_help_needs_no_heavy_library() -> None:
    """``tocsin --help`` and ``tocsin parse`` start without models and extractors."""
    code = (
        "import sys, worker.cli, worker.cli.stages, worker.feeds.parse\n"
        "heavy = {'spacy', 'slovnet', 'thinc', 'trafilatura', 'httpx', 'wordllama'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert "[]" == ran.stdout.strip()


def test_every_stage_has_help_with_an_example(tocsin: Command) -> None:
    """The help of each stage shows how it is called."""
    for stage in STAGES:
        shown = re.sub(r"\s+", " ", tocsin(stage, "--help").out)
        assert re.search(rf"Examples?: .*tocsin {stage}", shown), shown


def test_a_broken_pipe_is_quiet(tmp_path: Path) -> None:
    """A reader that goes away early leaves no message behind."""
    pages = tmp_path / "page.html"
    pages.write_bytes(PAGE)
    many = [str(pages)] * 40
    ran = subprocess.Popen(
        [sys.executable, "-m", "worker", "extract", "--jsonl", *many],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert ran.stdout is not None
    assert ran.stderr is not None
    ran.stdout.readline()
    ran.stdout.close()

    said = ran.stderr.read()
    ran.stderr.close()

    assert b"" == said
    assert 1 == ran.wait(timeout=60)


RAW_PAGE = f"""Home
Harbour

Ferry stays for the winter

Captain Olga Brand (left) and Ann Example at the quay in Danang on Monday.

{PARAGRAPH}

The mayor, Ann Example, said that islanders had waited long enough for a decision.

With reporting by AFP
16x9 Image
"""


def test_tag_takes_the_text_for_a_whole_page(tocsin: Command) -> None:
    """--clean: the article alone is the text, and spans count in what came in."""
    done = tocsin("tag", "--clean", stdin=RAW_PAGE).json
    assert done["title"] == "Ferry stays for the winter"
    assert done["text"].startswith(PARAGRAPH)
    assert done["text"].endswith("for a decision.")
    assert {"line": "Home", "reason": "before or after the story"} in done["removed"]
    named = {RAW_PAGE[a:b] for one in done["people"] + done["countries"] for a, b in one["spans"]}
    assert {"Ann Example", "Danang"} <= named


def test_a_place_in_a_caption_counts_but_less(tocsin: Command) -> None:
    """Who is named in the text alone is more what the article is about."""
    lines = [json.dumps({"text": text}) for text in (RAW_PAGE, RAW_PAGE.replace("(left)", ""))]
    caption, text = tocsin("tag", "--jsonl", "--clean", stdin="\n".join(lines)).lines
    salience = [one["salience"] for done in (caption, text) for one in done["countries"]]
    assert len(salience) == 2
    assert 0 < salience[0] < salience[1]


def test_tag_reads_a_folder_in_the_order_of_names(tocsin: Command, tmp_path: Path) -> None:
    """Texts, article JSON and JSON lines, gzipped ones too; everything else is left."""
    (tmp_path / "b").mkdir()
    (tmp_path / "c.txt").write_text("Macron met Zelensky in Paris.", "utf-8")
    (tmp_path / "a.json").write_text(json.dumps({"text": "Kyiv waits.", "lang": "en"}), "utf-8")
    (tmp_path / "b" / "d.txt.gz").write_bytes(gzip.compress(b"Rain in Oslo."))
    (tmp_path / "e.jsonl").write_text(
        '{"id": 7, "text": "Rome."}\n{"id": 8, "text": "Bonn."}', "utf-8"
    )
    (tmp_path / "f.csv").write_text("x", "utf-8")
    done = tocsin("tag", tmp_path, "--jobs", "2")
    assert [one["id"] for one in done.lines] == ["a", "b/d", "c", 7, 8]
    assert [one["countries"][0]["code"] for one in done.lines[:3]] == ["UA", "NO", "FR"]


def test_tag_refuses_a_folder_without_texts(tocsin: Command, tmp_path: Path) -> None:
    """One line that says what is looked for."""
    done = tocsin("tag", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "no .txt, .json or .jsonl files" in done.err
