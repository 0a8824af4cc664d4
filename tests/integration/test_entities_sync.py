"""``tocsin entities sync`` against a SPARQL endpoint on loopback."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from tests.integration.command import Run, one_line
from tests.integration.newsstand import Served
from worker.catalogue.wikidata import PAGE


def row(number: int, **more: str) -> dict[str, Any]:
    """One item of an answer, in the shape the Wikidata Query Service gives."""
    values = {"name": f"Person Number{number}", "names": f"Person Number{number}\nNumber{number}"}
    values |= {"countries": "UA", "role": "politician"} | more
    item = {"type": "uri", "value": f"http://www.wikidata.org/entity/Q{number}"}
    return {"item": item} | {
        key: {"type": "literal", "value": value} for key, value in values.items() if value
    }


class Endpoint(Served):
    """Answers a page at a time, as asked; ``refusals`` are answered first."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__()
        self.rows = sorted(rows, key=lambda one: one["item"]["value"])
        self.refusals: list[web.Response] = []
        self.questions: list[str] = []

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/sparql", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        if self.refusals:
            return self.refusals.pop(0)
        question = request.query["query"]
        self.questions.append(question)
        after = re.search(r'FILTER\(STR\(\?item\) > "([^"]+)"\)', question)
        left = [one for one in self.rows if not after or one["item"]["value"] > after[1]]
        answer = {"head": {"vars": []}, "results": {"bindings": left[:PAGE]}}
        return web.Response(text=json.dumps(answer), content_type="application/sparql-results+json")


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A running endpoint that knows two hundred and fifty people."""
    with Endpoint([row(number) for number in range(1000, 1250)]) as running:
        yield running


def sync(tocsin: Run, endpoint: Endpoint, *more: str) -> Any:
    """Sync politicians of Ukraine with it."""
    options = ("--class", "politicians", "-c", "UA", "--pause", "0.01", *more)
    return tocsin("entities", "sync", *options, "--endpoint", f"{endpoint.url}/sparql")


def test_a_register_is_read_page_by_page(tocsin: Run, endpoint: Endpoint) -> None:
    """Names that tell nobody apart are left out; a second time nobody is new."""
    done = sync(tocsin, endpoint)
    assert "politicians of UA: 250 read, 250 of them new" in done.stdout, done.stderr
    assert 2 == len(endpoint.questions)
    assert 'wdt:P297 "UA"' in endpoint.questions[0]
    shown = json.loads(tocsin("entities", "show", "Person Number1003", "--json").stdout)
    assert ("Q1003", [], ["UA"], "Wikidata") == (
        shown["wikidata"], shown["aliases"], shown["countries"], shown["source"],
    )  # fmt: skip
    assert "250 read, 0 of them new" in sync(tocsin, endpoint).stdout


def test_after_a_break_it_goes_on(tocsin: Run, endpoint: Endpoint) -> None:
    """What was read stays; a busy service is asked again."""
    endpoint.refusals = [
        web.Response(status=429, headers={"Retry-After": "0"}),
        web.Response(status=503),
    ]
    rows, endpoint.rows = endpoint.rows, endpoint.rows[:PAGE]
    endpoint.rows.append({"item": {"value": "http://www.wikidata.org/entity/Q999x"}})
    stopped = one_line(sync(tocsin, endpoint))
    assert "names 'Q999x', which is no item" in stopped
    assert "run the same again" in stopped
    endpoint.rows = rows
    again = sync(tocsin, endpoint).stdout
    assert "going on after Q1199 (200 so far)" in again
    assert "250 read, 50 of them new" in again


def test_people_who_were_known_get_their_id_and_names(tocsin: Run, endpoint: Endpoint) -> None:
    """A shipped one by the name; a namesake of another country is somebody else."""
    endpoint.rows = [
        row(1, name="Volodymyr Zelensky", names="Volodymyr Zelensky\nZe President"),
        row(2, name="Volodymyr Zelensky", names="", countries="AU", death="2001-01-01T00:00:00Z"),
    ]
    assert "2 read" in sync(tocsin, endpoint).stdout
    found = json.loads(tocsin("entities", "list", "--json").stdout)
    assert [
        ("person:volodymyr-zelensky", "Q1", ["Ze President"], ["UA"]),
        ("person:volodymyr-zelensky-q2", "Q2", [], ["AU"]),
    ] == [(one["key"], one["wikidata"], one["aliases"], one["countries"]) for one in found]
    assert "late politician" == found[1]["role"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (web.Response(status=400), "answered 400"),
        (web.Response(text="<html>busy</html>"), "is not SPARQL results"),
        (web.Response(text='{"results": {"bindings": [{}]}}'), "is not SPARQL results"),
    ],
)
def test_an_answer_that_is_none_is_told(
    tocsin: Run, endpoint: Endpoint, answer: web.Response, said: str
) -> None:
    """In one line, and nothing is stored."""
    endpoint.refusals = [answer]
    assert said in one_line(sync(tocsin, endpoint))
    assert "[]" == tocsin("entities", "list", "--json").stdout.strip()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--class", "poets", "-c", "UA"), "no class 'poets'"),
        (("--class", "person:Q1"), "name a class and a country"),
        (("--class", "person:Q1", "-c", "Ukraine"), "is not an ISO 3166-1"),
        (("--class", "person:Q1", "-c", "UA", "--endpoint", "x"), "'x' is no address"),
    ],
)
def test_what_cannot_be_asked_is_told(tocsin: Run, arguments: tuple[str, ...], said: str) -> None:
    """Before anything is."""
    assert said in one_line(tocsin("entities", "sync", *arguments))
