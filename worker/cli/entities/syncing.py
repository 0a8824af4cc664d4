"""``tocsin entities sync``: people and organizations from Wikidata."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode, urlsplit

import typer
from sqlalchemy import Engine

from worker.catalogue import wikidata
from worker.catalogue.wikidata import Class, WikidataError
from worker.cli.entities.app import Register, app
from worker.cli.entities.changing import country_codes
from worker.cli.output import CliError, load_settings
from worker.store import entities, syncs

if TYPE_CHECKING:
    from worker.net import Net

TRIES = 5
PAUSE_SECONDS = 5.0
_BUSY = frozenset({429, 500, 502, 503, 504})


@app.command("sync")
def sync(
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="politicians, parties, ... or person:Q...; may be repeated."),
    ] = None,
    country: Annotated[
        list[str] | None, typer.Option("--country", "-c", help="A country's code, as UA.")
    ] = None,
    sitelinks: Annotated[
        int, typer.Option(min=0, help="Only those with articles in so many Wikipedias.")
    ] = 10,
    endpoint: Annotated[str, typer.Option(help="A SPARQL endpoint.")] = wikidata.ENDPOINT,
    pause: Annotated[
        float, typer.Option(min=0, help="Seconds to wait after a refusal without Retry-After.")
    ] = PAUSE_SECONDS,
) -> None:
    """Make people and organizations of Wikidata known, by class and country.

    Goes on where it was stopped; run it again later to learn who is new. Who is known already
    gets more names.

    Example: `tocsin entities sync --class politicians --class parties --country UA`
    """
    from worker.supervisor import open_store

    if not classes or not country:
        raise CliError(
            "name a class and a country: tocsin entities sync --class politicians --country UA"
        )
    if urlsplit(endpoint).scheme not in ("http", "https"):
        raise CliError(f"{endpoint!r} is no address: write https://...")
    try:
        wanted = [(word, wikidata.find_class(word)) for word in classes]
    except WikidataError as error:
        raise CliError(str(error)) from None
    asked = [(word, of, code) for word, of in wanted for code in country_codes(country)]
    with open_store(load_settings()) as engine:
        asyncio.run(_sync_all(engine, _Source(endpoint, sitelinks, pause), asked))


@dataclass(frozen=True)
class _Source:
    endpoint: str
    sitelinks: int
    pause: float


async def _sync_all(
    engine: Engine, source: _Source, asked: Sequence[tuple[str, Class, str]]
) -> None:
    from worker.net import Net

    async with Net.from_settings(load_settings()) as net:
        for word, of, code in asked:
            await _sync(engine, net, source, word, of, code)


async def _sync(
    engine: Engine, net: "Net", source: _Source, word: str, of: Class, code: str
) -> None:
    name = f"{source.endpoint} {word} {code} {source.sitelinks}"
    with engine.connect() as connection:
        after, brought = syncs.position(connection, name)
    if after:
        print(f"{word} of {code}: going on after {after} ({brought} so far)")
    added = 0
    while True:
        question = wikidata.question(of, code, sitelinks=source.sitelinks, after=after)
        try:
            page = wikidata.read_answer(await _ask(net, source, question), of.kind)
        except WikidataError as error:
            raise CliError(f"{source.endpoint}: {error}; run the same again to go on") from None
        after = page.last if page.more else ""
        brought += len(page.entities)
        with engine.begin() as connection:
            added += _take(Register(connection), page)
            syncs.move(connection, name, after=after, brought=brought if after else 0)
        if not after:
            print(f"{word} of {code}: {brought} read, {added} of them new")
            return


def _take(register: Register, page: wikidata.Page) -> int:
    """Make the entities of one answer known; gives how many were not."""
    from worker.tagging.identity import keyed

    found = list(keyed(page.entities, register.shipped.find, register.own.values()))
    added = entities.put_entities(register.connection, found, source="Wikidata")
    entities.learn_names(register.connection, found)
    return added


async def _ask(net: "Net", source: _Source, question: str) -> bytes:
    """The answer to a question; a service that is busy is asked again, as it wishes."""
    from worker.feeds.hints import retry_after
    from worker.net import NetError

    url = f"{source.endpoint}?{urlencode({'query': question, 'format': 'json'})}"
    said = ""
    for attempt in range(TRIES):
        wait = source.pause * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
        try:
            answer = await net.get(url, accept="application/sparql-results+json")
        except NetError as error:
            said = str(error)
        else:
            if answer.status == 200:
                return answer.body
            said = f"answered {answer.status}"
            if answer.status not in _BUSY:
                break
            asked = retry_after(answer, datetime.now(UTC))
            if asked is not None:
                wait = asked.total_seconds()
        if attempt < TRIES - 1:
            await asyncio.sleep(wait)
    raise CliError(f"{source.endpoint}: {said}; run the same again to go on where it stopped")
