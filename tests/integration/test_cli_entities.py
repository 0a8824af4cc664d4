"""``tocsin entities`` as an operator uses it, and what workers learn of it, on real servers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.command import Run, one_line
from worker.jobs import workplace
from worker.jobs.bench import up_to_date
from worker.jobs.warmth import keep_warm
from worker.model import Article, Confidence, Entry, ItemState, Kind, Mention
from worker.settings import Settings
from worker.store import articles, feeds, items, lookup
from worker.store.articles import Tagged
from worker.store.items import NewItem


def mention(key: str, name: str, *spans: tuple[int, int], salience: float = 0.5) -> Mention:
    """A mention of a person."""
    return Mention(
        kind=Kind.PERSON,
        key=key,
        name=name,
        count=len(spans),
        salience=salience,
        in_title=False,
        spans=spans,
    )


def store(engine: Engine, *mentions: Mention) -> int:
    """A tagged item with these mentions."""
    with engine.begin() as connection:
        feed = feeds.find_feed(connection, "gazette")
        feed_id = (
            feed.id
            if feed
            else feeds.put_feed(connection, name="gazette", url="https://g.example/")
        )
        number = len(lookup.list_items(connection, limit=9))
        entry = Entry(title=f"Story {number}")
        new = NewItem(identity=f"{number}", fingerprint="f", entry=entry, state=ItemState.FETCHED)
        ((owed,),) = items.insert_items(connection, {feed_id: [new]}).values()
        article = Article(title=entry.title, text="Jane Roe met J. Roe.", language="en")
        articles.save_articles(
            connection,
            [Tagged(item_id=owed.id, article=article, mentions=mentions)],
        )
    return owed.id


def mentions_of(engine: Engine, item: int) -> dict[str, Mention]:
    """What an item names, by key."""
    with engine.connect() as connection:
        return {one.key: one for one in articles.load_mentions(connection, [item])[item]}


def shown(tocsin: Run, who: str) -> dict[str, Any]:
    """An entity as ``show --json`` prints it."""
    found: dict[str, Any] = json.loads(tocsin("entities", "show", who, "--json").stdout)
    return found


def test_shipped_people_are_found_by_any_name(tocsin: Run) -> None:
    """In any script, by the beginnings of words; told where they come from."""
    for words in ("Zelensky", "zelens vol", "зеленськ", "泽连斯基"):
        found = json.loads(tocsin("entities", "search", words, "--json").stdout)
        assert "person:volodymyr-zelensky" in [one["key"] for one in found], words
    assert "shipped" in tocsin("entities", "search", "Zelensky").stdout
    assert "Nobody is known" in tocsin("entities", "search", "Xyzzy Quux").stdout
    shown_one = tocsin("entities", "show", "Volodymyr Zelensky").stdout
    assert "president of Ukraine" in shown_one
    assert "countries: UA" in shown_one
    assert "No" not in tocsin("entities", "list", "--json").stdout


def test_somebody_added_takes_over_the_stories_under_their_names(
    tocsin: Run, engine: Engine
) -> None:
    """Mentions under several names in one article become one."""
    both = store(
        engine,
        mention("person:j-roe", "J. Roe", (13, 19)),
        mention("person:jane-roe", "Jane Roe", (0, 8), salience=0.7),
        mention("person:john-doe", "John Doe", (1, 2)),
    )
    one = store(engine, mention("person:j-roe", "J. Roe", (13, 19), (13, 19)))
    done = tocsin("entities", "add", "Jane Roe", "-a", "J. Roe", "-c", "us", "--role", "mayor")
    assert "Added Jane Roe (person:jane-roe)." in done.stdout
    assert "2 stored items" in done.stdout
    found = mentions_of(engine, both)
    assert {"person:jane-roe", "person:john-doe"} == set(found)
    roe = found["person:jane-roe"]
    assert (2, 0.7, {(0, 8), (13, 19)}) == (roe.count, roe.salience, set(roe.spans))
    assert ["Jane Roe"] == [m.name for m in mentions_of(engine, one).values()]
    after = shown(tocsin, "J. Roe")
    assert ("Jane Roe", ["US"], "mayor", 2) == (
        after["name"], after["countries"], after["role"], after["items"],
    )  # fmt: skip
    assert "tocsin entities add" == after["source"]
    tocsin("entities", "add", "Jane Roe", "-a", "Джейн Роу")
    assert ["J. Roe", "Джейн Роу"] == shown(tocsin, "Джейн Роу")["aliases"]


def test_a_joined_mention_is_as_sure_as_the_surest(tocsin: Run, engine: Engine) -> None:
    """And keeps that one's reason."""
    surer = replace(mention("person:jane-roe", "Jane Roe", (0, 8)), support="full name")
    bare = replace(
        mention("person:j-roe", "J. Roe", (13, 19)),
        confidence=Confidence.POSSIBLE,
        support="bare surname, no support",
    )
    item = store(engine, surer, bare)
    tocsin("entities", "add", "Jane Roe", "-a", "J. Roe")
    (roe,) = mentions_of(engine, item).values()
    assert (Confidence.CERTAIN, "full name") == (roe.confidence, roe.support)
    assert "Jane Roe (0.50, certain: full name)" in tocsin("items", "show", str(item)).stdout


def test_somebody_unmistakable_is_told(tocsin: Run) -> None:
    """Also where the surname is shipped; saying nothing later does not take it back."""
    tocsin("entities", "add", "Boris Johnson", "--unmistakable")
    assert shown(tocsin, "Boris Johnson")["unmistakable"] is True
    assert "by itself:" in tocsin("entities", "show", "Boris Johnson").stdout
    tocsin("entities", "add", "Boris Johnson", "-a", "BoJo the First")
    assert shown(tocsin, "Boris Johnson")["unmistakable"] is True


def test_a_shipped_person_gets_another_name(tocsin: Run) -> None:
    """Keeps those it has."""
    tocsin("entities", "add", "Volodymyr Zelensky", "-a", "Ze the President")
    found = shown(tocsin, "Ze the President")
    assert "person:volodymyr-zelensky" == found["key"]
    assert {"Ze the President", "Владимир Зеленский"} <= set(found["aliases"])
    assert "added to what is shipped" in tocsin("entities", "show", "Ze the President").stdout
    assert "Removed" in tocsin("entities", "remove", "Volodymyr Zelensky").stdout
    assert "president of Ukraine" in tocsin("entities", "show", "Volodymyr Zelensky").stdout


def test_two_become_one_and_two_again(tocsin: Run, engine: Engine) -> None:
    """Somebody only ever found in stories, and a shipped person under a name nobody listed."""
    item = store(engine, mention("person:v-zelensky", "V Zelensky", (0, 4)))
    done = tocsin("entities", "merge", "person:v-zelensky", "Volodymyr Zelensky")
    assert "V Zelensky (person:v-zelensky) is Volodymyr Zelensky" in done.stdout
    assert ["person:volodymyr-zelensky"] == list(mentions_of(engine, item))
    assert ["person:v-zelensky"] == [one["key"] for one in shown(tocsin, "V Zelensky")["merged"]]
    again = one_line(tocsin("entities", "merge", "person:v-zelensky", "Volodymyr Zelensky"))
    assert "is Volodymyr Zelensky already" in again
    assert "are two again" in tocsin("entities", "split", "person:v-zelensky").stdout
    assert [] == shown(tocsin, "Volodymyr Zelensky")["merged"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", " "), "' ' is no name"),
        (("add", "Jane Roe", "--kind", "city"), "no kind 'city'"),
        (("add", "Jane Roe", "-c", "USA"), "'USA' is not an ISO 3166-1"),
        (("show", "Zelens Volod"), "did you mean Volodymyr Zelensky"),
        (("remove", "Volodymyr Zelensky"), "is shipped with Tocsin"),
        (("remove", "Jane Roe"), "nobody is known as 'Jane Roe'"),
        (("merge", "person:nobody", "Volodymyr Zelensky"), "no stored item names them"),
        (("merge", "Kremlin", "Volodymyr Zelensky"), "is no person"),
        (("split", "person:x"), "was not merged"),
        (("import", "none.csv"), "none.csv does not exist: name a file that does"),
    ],
)
def test_bad_input_is_one_line(tocsin: Run, arguments: tuple[str, ...], said: str) -> None:
    """It names the thing and the mend."""
    assert said in one_line(tocsin("entities", *arguments))


def test_a_file_goes_in_whole_or_not_at_all(tocsin: Run, tmp_path: Path, engine: Engine) -> None:
    """A mistake in the last line keeps all lines out; a second import changes nothing."""
    item = store(engine, mention("person:john-doe", "John Doe", (0, 4)))
    file = tmp_path / "people.csv"
    lines = "name,kind,aliases\nJane Roe,person,\nJane Doe,person,John Doe\n"
    file.write_text(lines + "Acme,firm,\n", encoding="utf-8")
    assert "people.csv:4: kind is 'firm'" in one_line(tocsin("entities", "import", str(file)))
    file.write_text(lines, encoding="utf-8")
    assert "Would add 2 entities" in tocsin("entities", "import", str(file), "--dry-run").stdout
    assert [] == json.loads(tocsin("entities", "list", "--json").stdout)
    assert "Added 2 entities; 0" in tocsin("entities", "import", str(file)).stdout
    assert ["person:jane-doe"] == list(mentions_of(engine, item))
    assert "Added 0 entities; 2" in tocsin("entities", "import", str(file)).stdout
    listed = json.loads(tocsin("entities", "list", "--json").stdout)
    assert [("Jane Doe", "people.csv"), ("Jane Roe", "people.csv")] == [
        (one["name"], one["source"]) for one in listed
    ]


def test_topics_of_a_file_take_effect_with_the_next_job(
    tocsin: Run, settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    """Applied, changed and pruned topics, and the watches that name them, as workers see them."""
    file = tmp_path / "feeds.yaml"
    watch = "watches: [{name: w, query: 'topic:Cables', channels: []}]\n"
    article = Article(title="", text="Bei Nacht riss das dritte Seekabel.", language="de")

    def matches(text: str, *options: str) -> list[int]:
        file.write_text(text, encoding="utf-8")
        assert tocsin("apply", str(file), *options).returncode == 0
        with engine.connect() as connection:
            bench = up_to_date(place, connection)
        place.bench = bench
        mentions = bench.tagger.tag(article)
        return [one.watch_id for one in bench.matcher.match(article, mentions)]

    place = workplace.Workplace(settings)
    assert [] == matches("topics: [{name: Cables, examples: [pipeline on the seabed]}]\n" + watch)
    assert 1 == len(matches("topics: [{name: Cables, examples: [Seekabel riss]}]\n" + watch))
    said = tocsin("watches", "add", "v", "topic:cables")
    assert said.returncode == 0
    file.write_text("watches: []\n", encoding="utf-8")
    refused = one_line(tocsin("apply", str(file), "--prune"))
    assert "topic Cables: watch v asks for it, which is not declared" in refused
    tocsin("watches", "remove", "v")
    assert [] == matches("watches: []\n", "--prune")
    assert "no topic cables" in tocsin("watches", "add", "u", "topic:cables").stderr


def test_a_worker_reads_again_only_what_has_changed(
    tocsin: Run, settings: Settings, engine: Engine
) -> None:
    """Before each job, so that the job's process shares it; a lost database is no end."""
    place = workplace.Workplace(settings)
    keep_warm(place, ["tag"])
    first = place.bench
    assert first is not None
    keep_warm(place, ["tag"])
    assert first is place.bench
    tocsin("watches", "add", "w", "storm")
    keep_warm(place, ["tag"])
    assert place.bench is not None
    assert (True, 1) == (first.tagger is place.bench.tagger, len(place.bench.watches))
    tocsin("entities", "add", "Jane Roe")
    with engine.connect() as connection:
        found = up_to_date(place, connection)
    assert found.tagger.find(Kind.PERSON, "Jane Roe") is not None
    lost = workplace.Workplace(
        settings.model_copy(update={"database_url": None}), bench=place.bench
    )
    lost.settings = Settings.model_validate(
        settings.model_dump() | {"database_url": "postgresql://x@127.0.0.1:1/x"}
    )
    keep_warm(lost, ["tag"])
    assert lost.bench is place.bench
    place.close()
    lost.close()
