"""feeds.yaml: what is read, which mistakes are found and where, and what applying would change."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker import channels
from worker.catalogue import (
    SECTIONS,
    Catalogue,
    CatalogueError,
    DeclaredChannel,
    DeclaredEntity,
    DeclaredFeed,
    DeclaredHost,
    DeclaredWatch,
    Defaults,
    FreeNames,
    Mistake,
    Pace,
    Stored,
    VariableError,
    diff,
    fill,
    fill_all,
    name_from_url,
    read_catalogue,
    references,
)
from worker.catalogue.reader import DEFAULTS_KEYS, ENTITY_KEYS, FEED_KEYS, HOST_KEYS, WATCH_KEYS
from worker.catalogue.topics import TOPIC_KEYS
from worker.model import (
    Channel,
    Confidence,
    Entity,
    Feed,
    FeedOptions,
    FeedState,
    Kind,
    Policy,
    Topic,
    Watch,
)
from worker.settings import Settings, is_secret

ROOT = Path(__file__).parent.parent
KINDS = ("console", "email", "webhook")
CONSOLE = "channels: [{name: console, kind: console}]\n"


def read(text: str, **environ: str) -> Catalogue:
    """The catalogue a text declares, with these variables set."""
    return read_catalogue(text, filename="feeds.yaml", environ=environ, known_kinds=KINDS)


def mistakes(text: str, **environ: str) -> list[str]:
    """The mistakes found in a text, without the file's name."""
    with pytest.raises(CatalogueError) as caught:
        read(text, **environ)
    return [line.removeprefix("feeds.yaml:") for line in caught.value.lines()]


# ------------------------------------------------------------------------------------- reading


def test_everything_declared_is_read() -> None:
    """Every key of every section arrives in the declared values."""
    text = """
defaults: {interval: 10m, channels: [console], backfill: 2}
feeds:
  - {name: one, url: https://example.org/a, outlet: One, language: en, tags: [x, y],
     interval: 1h, backfill: 5, paused: true}
entities:
  - {kind: person, name: Jane Doe, aliases: [J. Doe], countries: [gb], role: chair,
     unmistakable: true}
watches:
  - {name: "Jane, watched", query: jane, channels: [], enabled: no}
channels:
  - {name: console, kind: console, colour: true, width: 80}
"""
    expected = Catalogue(
        defaults=Defaults(
            pace=Pace(interval=timedelta(minutes=10)), channels=("console",), backfill=2
        ),
        feeds=(
            DeclaredFeed(
                name="one",
                url="https://example.org/a",
                outlet="One",
                language="en",
                tags=("x", "y"),
                interval=timedelta(hours=1),
                backfill=5,
                paused=True,
            ),
        ),
        entities=(
            DeclaredEntity(
                kind=Kind.PERSON,
                name="Jane Doe",
                aliases=("J. Doe",),
                countries=("GB",),
                role="chair",
                unmistakable=True,
            ),
        ),
        watches=(DeclaredWatch(name="Jane, watched", query="jane", channels=(), enabled=False),),
        channels=(
            DeclaredChannel(name="console", kind="console", config={"colour": True, "width": 80}),
        ),
    )

    assert expected == read(text)


def test_defaults_fill_what_feeds_and_watches_leave_out() -> None:
    """Interval, backfill and channels come from ``defaults`` where nothing else is said."""
    catalogue = read(
        "defaults: {interval: 1d, channels: [console], backfill: 3}\n"
        "feeds: [{name: a, url: 'https://example.org/'}]\n"
        "watches: [{name: w, query: x}]\n" + CONSOLE
    )

    feed, watch = catalogue.feeds[0], catalogue.watches[0]
    assert (timedelta(days=1), 3, None) == (feed.interval, feed.backfill, feed.paused)
    assert (("console",), True) == (watch.channels, watch.enabled)


def test_a_watch_rings_as_the_defaults_say_unless_it_says_otherwise() -> None:
    """Key by key; ``none`` takes away what the defaults give."""
    first, second = read(
        "defaults: {channels: [], zone: Europe/Berlin, cap: 20, quiet: 22:00-7:00}\n"
        "watches:\n"
        "- {name: a, query: x}\n"
        "- {name: b, query: x, cap: none, floor: likely, updates: {outlets: [20, 5]}}\n"
    ).watches

    given = Policy(zone="Europe/Berlin", quiet="22:00-07:00", cap=20)
    assert given == first.policy
    assert replace(given, cap=None, floor=Confidence.LIKELY, outlets=(5, 20)) == second.policy


def test_how_a_watch_rings_is_compared_key_by_key() -> None:
    """A plan shows what changes of it."""
    text = (
        "watches: [{name: w, query: x, channels: [], cap: 3, floor: likely, updates: {outlets: 5}}]"
    )
    policy = Policy(cap=10, floor=Confidence.LIKELY, quiet="22:00-07:00")
    stored = Watch(id=1, name="w", query="x", declared=True, policy=policy)
    (change,) = diff(read(text), Stored(watches=(stored,))).watches.changed
    assert ["quiet: 22:00-07:00 -> none", "cap: 10 -> 3", "updates.outlets: none -> 5"] == [
        str(one) for one in change.fields
    ]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.theguardian.com/world/rss", "theguardian-com-world"),
        ("https://feeds.bbci.co.uk/news/world/rss.xml", "bbci-co-uk-news-world"),
        ("https://example.org/feed.xml", "example-org"),
        ("https://example.org/${KEY}/news", "example-org-news"),
    ],
)
def test_a_bare_address_is_a_feed_named_for_it(url: str, name: str) -> None:
    """Host and path make the name, without words every feed address has, and without secrets."""
    assert name == read(f"feeds: ['{url}']", KEY="hidden").feeds[0].name


@pytest.mark.parametrize("text", ["", "# nothing\n", "feeds:\nwatches:\n", "---\n"])
def test_a_file_may_declare_nothing(text: str) -> None:
    """Empty files and sections whose lines are all comments are no mistake."""
    assert Catalogue() == read(text)


def test_yaml_does_not_turn_words_into_other_things() -> None:
    """Norway stays NO, a number can be a name, and 'on' can be an alias."""
    catalogue = read(
        "entities: [{kind: organization, name: 2024, aliases: [on, 1.50], countries: [NO]}]"
    )

    entity = catalogue.entities[0]
    assert ("2024", ("on", "1.50"), ("NO",)) == (entity.name, entity.aliases, entity.countries)


def test_a_query_may_span_lines() -> None:
    """A folded or literal block becomes a query of one line."""
    text = (
        f"{CONSOLE}watches:\n  - name: w\n    channels: []\n    query: |\n      a AND\n        b\n"
    )

    assert "a AND b" == read(text).watches[0].query


TOPICS = """
topics:
  - name: Undersea cables
    examples: [cable on the seabed is cut, обрыв подводного кабеля, cable on the seabed is cut]
"""


def test_a_topic_of_ones_own_can_be_watched_in_the_same_file() -> None:
    """It gets a key of its name; queries find it by that name, which no other topic may have."""
    watch = "watches: [{name: w, query: 'topic:\"undersea Cables\"', channels: []}]"
    catalogue = read(TOPICS + watch)

    assert catalogue.topics == (
        Topic(
            key="topic:undersea-cables",
            name="Undersea cables",
            examples=("cable on the seabed is cut", "обрыв подводного кабеля"),
        ),
    )
    assert ["there is no topic undersea Cables"] == [
        re.sub(r"^.*?in the query: (.*?); .*$", r"\1", line) for line in mistakes(watch)
    ]


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("{examples: [a b]}", "a topic has no 'name'; add a name for it"),
        ("{name: Cables}", "a topic has no 'examples'; add a few phrases as"),
        ("{name: Cables, examples: []}", "a topic has no examples; add a few phrases as"),
        ("{name: Cables, examples: a cable}", "'examples' is 'a cable'; write a list"),
        ("{name: Cables, phrases: [a], examples: [b]}", "unknown key 'phrases' in a topic"),
        ("{name: Sport, examples: [a]}", "'Sport' is a topic that Tocsin comes with; give yours"),
        ("{name: Cables, examples: [" + "x" * 301 + "]}", "an example has 301 characters; write"),
        ("{name: " + "x" * 81 + ", examples: [a]}", "the name of a topic has 81 characters"),
        ("{name: Cables, examples: [" + "a, " * 50 + "b]}", "more than 50 examples; keep the"),
    ],
)
def test_a_topic_that_cannot_be_used_is_told_in_one_line(topic: str, expected: str) -> None:
    """Each mistake has its place, what is wrong and the mend."""
    (line,) = mistakes(f"topics: [{topic}]")

    assert re.match(r"1:\d+: ", line)
    assert expected in line


def test_a_topic_is_declared_once() -> None:
    """Upper and lower case are one."""
    (line,) = mistakes("topics: [{name: A b, examples: [x]}, {name: a B, examples: [y]}]")

    assert "a second topic 'a B' (the first is on line 1); put all examples in one topic" in line


def test_only_the_sections_asked_for_are_read() -> None:
    """What stands in other sections, be it wrong, does not matter; nor are channels looked up."""
    catalogue = read_catalogue(
        "feeds: [{url: 1}]\nwatches: [{name: w, query: x}, {name: v, query: y, channels: [mail]}]",
        filename="f",
        environ={},
        sections=("watches",),
    )

    assert ["w", "v"] == [watch.name for watch in catalogue.watches]
    assert () == catalogue.feeds


def test_a_feed_may_be_asked_in_its_own_way() -> None:
    """Every option arrives, with its references kept; the bounds of its pace are options too."""
    (feed,) = read(
        """
feeds:
  - name: members
    url: https://example.org/feed
    interval: {min: 5s, max: 1h}
    headers: {X-Api-Key: "${KEY}", Accept-Language: de}
    user: reader
    password: ${KEY}
    proxy: http://${KEY}@proxy.example.org:3128
    certificate: /etc/tocsin/client.pem
    robots: ignore
    flood_gate: no
    crawl_delay: 10s
    silent_after: 7d
""",
        KEY="s3cret",
    ).feeds

    assert feed.interval is None
    assert (
        FeedOptions(
            headers={"X-Api-Key": "${KEY}", "Accept-Language": "de"},
            user="reader",
            password="${KEY}",
            proxy="http://${KEY}@proxy.example.org:3128",
            certificate="/etc/tocsin/client.pem",
            robots=False,
            flood_gate=False,
            crawl_delay=timedelta(seconds=10),
            interval_min=timedelta(seconds=5),
            interval_max=timedelta(hours=1),
            silent_after=timedelta(days=7),
        )
        == feed.options
    )


def test_the_bounds_of_defaults_hold_for_feeds_that_name_no_interval() -> None:
    """A feed's own interval, in either form, takes the place of that of ``defaults``."""
    bounded, fixed, own, bare = read(
        "defaults: {interval: {min: 1m, max: 1h}}\n"
        "feeds: [{name: a, url: 'https://example.org/a'},\n"
        "  {name: b, url: 'https://example.org/b', interval: 15m},\n"
        "  {name: c, url: 'https://example.org/c', interval: {max: 1d}}, 'https://example.org/d']"
    ).feeds

    minute, hour, day = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
    assert (None, minute, hour) == pace(bounded)
    assert (timedelta(minutes=15), None, None) == pace(fixed)
    assert (None, None, day) == pace(own)
    assert (None, minute, hour) == pace(bare)


def pace(feed: DeclaredFeed) -> tuple[timedelta | None, ...]:
    """Interval, shortest and longest of a feed."""
    return feed.interval, feed.options.interval_min, feed.options.interval_max


def test_hosts_are_spared() -> None:
    """A host has a pause of its own; its name is in small letters."""
    catalogue = read("hosts: [{host: Example.org, crawl_delay: 10s}]")

    assert (DeclaredHost(name="example.org", crawl_delay=timedelta(seconds=10)),) == catalogue.hosts


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "password: hunter2\n    user: me",
            (
                "the secret 'password' is written in the file; "
                "keep it in the environment: password: ${FEED_PASSWORD}"
            ),
        ),
        (
            "headers: {Authorization: Basic xyz}",
            (
                "the header Authorization is written in the file; "
                "keep it in the environment: Authorization: ${FEED_AUTHORIZATION}"
            ),
        ),
        (
            "headers: {If-None-Match: x}",
            (
                "the header If-None-Match cannot be set; "
                "leave it out: Tocsin sends back what the server gave"
            ),
        ),
        ("password: ${KEY}", "a feed has no 'user'; add the user that the password is for"),
        (
            "bearer: ${KEY}\n    user: me",
            "both a bearer token and a user are given; keep one of the two",
        ),
        (
            "proxy: http://me:hunter2@proxy.example.org",
            (
                "the password of the proxy is written in the file; "
                "keep it in the environment: http://user:${PROXY_PASSWORD}@host:port"
            ),
        ),
        (
            "proxy: proxy.example.org:3128",
            (
                "'proxy' is not the address of a proxy; "
                "write http://host:port, socks5h://host:port or none"
            ),
        ),
        ("robots: ignored", "'robots' is 'ignored'; did you mean 'ignore'?"),
        ("interval: {min: 1s}", "'min' is under 5 s; write 5s or more"),
        ("interval: {min: 1h, max: 1m}", "'min' is longer than 'max'; swap them"),
        ("interval: {least: 1h}", "unknown key 'least' in 'interval'; the keys here are: min, max"),
        (
            "crawl_delay: slowly",
            "'crawl_delay' is 'slowly'; write a time such as 15m (units: s, m, h, d)",
        ),
    ],
)
def test_options_of_feeds_that_cannot_be_used(lines: str, expected: str) -> None:
    """Each is a mistake with its mend, and no secret is repeated."""
    text = f"feeds:\n  - name: a\n    url: https://example.org/\n    {lines}\n"

    (said,) = mistakes(text, KEY="s3cret")

    assert expected == said.partition(": ")[2]
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (
            "{host: 'https://example.org/feed', crawl_delay: 1s}",
            "'https://example.org/feed' is not the name of a host; write 'example.org'",
        ),
        (
            "{host: example.org}",
            "a host has no 'crawl_delay'; add the pause between two requests, as 10s",
        ),
        ("{crawl_delay: 1s}", "a host has no 'host'; add the host, as 'host: example.org'"),
        (
            "{host: a.org, crawl_delay: 1s}, {host: A.org, crawl_delay: 2s}",
            "a second host 'A.org' (the first is on line 1); keep one",
        ),
    ],
)
def test_hosts_that_cannot_be_used(host: str, expected: str) -> None:
    """Each is a mistake with its mend."""
    (said,) = mistakes(f"hosts: [{host}]")

    assert expected == said.partition(": ")[2]


# ----------------------------------------------------------------------------------- variables


def test_secrets_stay_references_and_other_texts_are_filled_in() -> None:
    """Feed URLs and channel configurations keep ``${NAME}``; names, queries and tags do not."""
    catalogue = read(
        "feeds: [{name: a, url: 'https://example.org/${KEY}', outlet: 'The ${PAPER}'}]\n"
        "channels: [{name: hook, kind: webhook, secret: '${KEY}', deep: {list: ['${KEY}']}}]\n",
        KEY="s3cret",
        PAPER="Times",
    )

    assert "s3cret" not in repr(catalogue)
    assert "https://example.org/${KEY}" == catalogue.feeds[0].url
    assert "The Times" == catalogue.feeds[0].outlet
    assert {"secret": "${KEY}", "deep": {"list": ["${KEY}"]}} == catalogue.channels[0].config


def test_a_doubled_dollar_is_a_literal() -> None:
    """``$${`` gives ``${`` and asks for no variable."""
    assert "${HOME} $5 x" == fill("$${HOME} $5 ${A}", {"A": "x"})
    assert ("A", "B") == references("${A}$${C}${B}${A}")
    assert {"a": ["x", 1, None]} == fill_all({"a": ["${A}", 1, None]}, {"A": "x"})


def test_what_is_filled_in_is_not_looked_through_again() -> None:
    """A secret that looks like a reference is used as it is."""
    assert "${B}" == fill("${A}", {"A": "${B}", "B": "no"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "${NOPE}",
            "environment variable NOPE is not set; set NOPE, or NOPE_FILE, before starting Tocsin",
        ),
        ("${open", "'${' without its '}'; close it, or write '$${' for a literal '${'"),
        ("${a b}", "'${a b}' does not name an environment variable; write letters, digits and"),
    ],
)
def test_a_reference_that_cannot_be_filled_says_why(text: str, said: str) -> None:
    """The error is a KeyError whose text is one plain line."""
    with pytest.raises(VariableError) as caught:
        fill(text, {})
    assert str(caught.value).startswith(said)
    assert isinstance(caught.value, KeyError)


# ------------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("feed: []", "1:1: unknown key 'feed' in the file; did you mean 'feeds'?"),
        ("- a", "1:1: the file is a list; begin it with one of: defaults, feeds, hosts,"),
        ("feeds: no", "1:8: 'feeds' is 'no'; write a list: one '- ' line for each"),
        ("defaults: [1]", "1:11: 'defaults' is a list; write it as 'key: value' lines"),
        ("defaults: {interval: 15}", "1:22: 'interval' is '15'; write a time such as 15m"),
        ("defaults: {interval: 0m}", "1:22: 'interval' is '0m'; write a time such as 15m"),
        ("defaults: {interval: soon}", "1:22: 'interval' is 'soon'; write a time such as 15m"),
        ("defaults: {interval: 90d}", "1:22: 'interval' is '90d'; write a time such as 15m"),
        ("defaults: {backfill: -1}", "1:22: 'backfill' is '-1'; write a whole number from 0"),
        ("defaults: {backfill: }", "1:21: 'backfill' has no value; write a whole number from 0"),
        ("defaults: {zzz: 1}", "1:12: unknown key 'zzz' in 'defaults'; the keys here are: inter"),
        ("feeds: [{name: a}]", "1:9: a feed has no 'url'; add its address: 'url: https://...'"),
        (
            "feeds: [{url: 'https://example.org/news'}]",
            "1:9: a feed has no 'name'; add 'name: example-org-news'",
        ),
        ("feeds: [[a]]", "1:9: a feed is a list; write it as 'key: value' lines"),
        ("feeds: [example.org/x]", "1:9: 'example.org/x' has no https:// or http://; write 'https"),
        ("feeds: ['feed://x.org/']", "1:9: 'feed://x.org/' begins with 'feed:'; begin it with htt"),
        ("feeds: ['https://a b.org']", "1:9: 'https://a b.org' has blanks in it; write an addres"),
        ("feeds: ['https:///x']", "1:9: 'https:///x' has no host; write an address such as"),
        ("feeds: ['https://x.org:0/']", "1:9: 'https://x.org:0/' has no host; write an address"),
        ("feeds: ['https://[x/']", "1:9: 'https://[x/' is not an address; write an address such"),
        ("feeds: ['https://u:pw@x.org/']", "1:9: a password stands in the address; keep it in"),
        (
            "feeds: [{name: BBC World, url: 'https://x.org'}]",
            "1:16: 'BBC World' is not a name of small letters, digits and hyphens, at most 64; write",
        ),
        (
            "feeds: [{name: a, url: 'https://x.org', language: en-GB}]",
            "1:51: 'en-GB' is not an ISO 639-1 language code; write 'en'",
        ),
        (
            "feeds: [{name: a, url: 'https://x.org', paused: maybe}]",
            "1:49: 'paused' is 'maybe'; write true or false",
        ),
        (
            "feeds: [{name: a, url: 'https://x.org', tags: war}]",
            "1:47: 'tags' is 'war'; write a list: one '- ' line for each",
        ),
        ("entities: [{kind: persn, name: A}]", "1:19: unknown kind of entity 'persn'; did you me"),
        ("entities: [{name: A}]", "1:12: an entity has no 'kind'; add 'kind: person' or 'kind: or"),
        (
            "entities: [{kind: person, name: A, countries: [UK]}]",
            "1:48: 'UK' is not an ISO 3166-1 country code; write GB",
        ),
        ("watches: [{name: a, channels: []}]", "1:11: a watch has no 'query'; add one: query:"),
        ("watches: [{query: a, channels: []}]", "1:11: a watch has no 'name'; add a name for it"),
        ("watches: [{name: a, query: b}]", "1:11: a watch has no 'channels'; name some, or set"),
        (
            CONSOLE + "watches: [{name: a, query: b, channels: [consol]}]",
            "2:42: unknown channel 'consol'; did you mean 'console'?",
        ),
        (
            "watches: [{name: a, query: b, channels: [mail]}]",
            "1:42: unknown channel 'mail'; the channels declared here are: none",
        ),
        ("channels: [{name: a, kind: emial}]", "1:28: unknown kind of channel 'emial'; did you m"),
        ("channels: [{name: a}]", "1:12: a channel has no 'kind'; add 'kind: console'"),
        (
            "channels: [{name: a, kind: email, smtp: {password: hunter2}}]",
            "1:42: the secret 'password' is written in the file; keep it in the environment: pass",
        ),
        (
            "channels: [{name: a, kind: email, to: [x, '${TO}']}]",
            "1:43: environment variable TO is not set; set TO, or TO_FILE, before starting Tocsin",
        ),
        ("channels: [{name: a, kind: email, [x]: y, key: 1}]", "1:35: a key in a channel is a li"),
        ("channels:\r\n- {name: a, kind: emial}\r\n", "2:19: unknown kind of channel 'emial'"),
        ("\ufeffchannels: [~]", "1:12: a channel is nothing; write it as 'key: value' lines"),
        ("feeds: [~]", "1:9: a feed has no value; write text"),
        ("watches: [{name: a, query: '${Q}', channels: []}]", "1:28: environment variable Q is"),
        ("feeds: [{name: a, name: b, url: 'https://x.org'}]", "1:19: 'name' is written twice in"),
        (
            "feeds: [{name: a, url: 'https://x.org/'}, {name: a, url: 'https://y.org/'}]",
            "1:50: a second feed 'a' (the first is on line 1); give one of them another name",
        ),
        (
            "feeds:\n- {name: a, url: 'https://x.org/'}\n- {name: b, url: 'https://X.org/#top'}",
            "3:18: a second feed with the address 'https://X.org/#top' (the first is on line 2)",
        ),
        (
            "entities:\n- {kind: person, name: Ann}\n- {kind: person, name: ANN}",
            "3:24: a second entity 'ANN' (the first is on line 2); put all aliases in one entity",
        ),
        (
            "watches: [{name: w, query: x, channels: [], updates: {outlets: [5, x]}}]",
            "1:55: 'outlets' holds 'x'; write numbers from 2, as [5, 20, 100]",
        ),
        (
            "defaults: {quiet: late}",
            "1:12: 'quiet' is 'late'; write two times of day, as 22:00-07:00",
        ),
    ],
)
def test_a_mistake_has_its_place_and_its_mend(text: str, expected: str) -> None:
    """One mistake gives one line: line, column, what is wrong, and what to write instead."""
    found = mistakes(text)

    assert [expected] == [line[: len(expected)] for line in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("feeds:\n\t- a", "2:1: a tab stands in the indentation; indent with spaces"),
        ("feeds: [1\n", "1:8: a '[' list is never closed; separate with ',' and end with ']'"),
        ("feeds: {a: 1\n", "1:8: a '{' is never closed; separate with ',' and end with '}'"),
        ("feeds: 'a\nb\n", "1:8: a quote is never closed; close it"),
        ("a: b: c", "1:5: a ':' where none can be; put the text in quotes"),
        ("feeds:\n - a\n- b\n", "3:1: the indentation does not fit the lines above; line keys"),
        ("a: @x", "1:4: a character that cannot begin a value; put the text in quotes"),
        ('a: "\\q"', "1:6: an unknown '\\' escape in double quotes; use single quotes"),
        ("a: 1\n---\nb: 2", "2:1: a second document begins here; keep one: remove the '---'"),
        ("a: *x", "1:4: aliases ('*name') are not read; write the value out, or quote it"),
        ("a: &x [1]\nb: *x", "2:4: aliases ('*name') are not read; write the value out, or"),
        ("ok: 1\na: \x01", "2:4: the character U+0001 cannot stand in YAML; remove it"),
        ("[" * 1000, "1:1: lists and mappings are nested too deeply; close every bracket"),
        ("feeds: [!!python/object:os.system x]", "1:9: a feed has the tag 'tag:yaml.org,2002:py"),
        ("feeds: [{name: !x a, url: 'https://x.org'}]", "1:16: 'name' has the tag '!x'; remove"),
    ],
)
def test_yaml_mistakes_are_told_in_plain_words(text: str, expected: str) -> None:
    """Syntax errors name their place without the library's own terms; no tag is ever acted on."""
    assert [expected] == [line[: len(expected)] for line in mistakes(text)]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    """Mistakes of every section come together, sorted by place; the file's name leads each."""
    text = "watches:\n- {name: w, query: x, channels: [a]}\nfeeds:\n- {nam: 1}\nchannels:\n- {}\n"
    with pytest.raises(CatalogueError) as caught:
        read(text)

    places = [(mistake.line, mistake.column) for mistake in caught.value.mistakes]
    assert [(2, 34), (4, 3), (4, 3), (4, 4), (6, 3), (6, 3)] == places
    assert str(caught.value).splitlines()[0].startswith("feeds.yaml:2:34: unknown channel 'a'")


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("query: a AND )", (4, 18)),
        ("query: 'it''s AND )'", (4, 23)),
        (r'query: "\u0061 \"b\" AND )"', (4, 30)),
        ('query: "a AND\n       )"', (5, 8)),
        ("query: |\n      a AND\n      )", (6, 7)),
        ("query: >-\n      a\n      AND  )", (6, 12)),
    ],
)
def test_a_mistake_inside_a_query_is_found_at_its_own_place(
    written: str, place: tuple[int, int]
) -> None:
    """The column inside the query is carried back through quotes, escapes and folded lines."""
    from worker.watches.errors import QueryError

    def refuse(query: str) -> None:
        raise QueryError("Unexpected )", query, query.index(")"), "Remove it.")

    text = f"{CONSOLE}watches:\n  - name: w\n    {written}\n    channels: []\n"
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(text, filename="f", environ={}, known_kinds=KINDS, check_query=refuse)

    mistake = caught.value.mistakes[0]
    assert ("in the query: unexpected )", "remove it") == (mistake.problem, mistake.mend)
    row, column = mistake.line, mistake.column
    assert ")" == text.splitlines()[row - 1][column - 1]
    assert place == (row, column)


def test_queries_are_judged_by_the_real_grammar() -> None:
    """Without a ``check_query`` of the caller's, the query language itself decides."""
    found = mistakes(CONSOLE + "watches:\n- {name: w, query: 'person:', channels: []}")

    assert 1 == len(found)
    assert re.match(r"3:2\d: in the query: ", found[0])


def spoiled() -> st.SearchStrategy[str]:
    """The shipped file with a few characters put in, taken out or doubled anywhere."""
    text = (ROOT / "feeds.yaml").read_text(encoding="utf-8")[-2500:]
    pieces = st.sampled_from(["", "\n", "  ", "- ", ": ", "[", "]", "{", "}", "'", '"', "${", "}",
                              "? ", "|\n", ">", "&a ", "*a", "!x ", "#", "\t", "~", "\r\n", "0"])  # fmt: skip
    edit = st.tuples(st.integers(0, len(text)), st.integers(0, 6), pieces)

    def apply(edits: list[tuple[int, int, str]]) -> str:
        changed = text
        for at, cut, piece in edits:
            changed = changed[:at] + piece + changed[at + cut :]
        return changed

    return st.lists(edit, min_size=1, max_size=5).map(apply)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(spoiled())
def test_whatever_stands_in_the_file_only_mistakes_come_of_it(text: str) -> None:
    """A spoiled file is read or refused with places inside it; nothing else is ever raised."""
    found: Catalogue | tuple[Mistake, ...]
    try:
        found = read(text)
    except CatalogueError as error:
        found = error.mistakes

    rows = len(text.splitlines()) + 1
    assert isinstance(found, Catalogue) or found
    assert isinstance(found, Catalogue) or all(
        1 <= one.line <= rows and one.column >= 1 for one in found
    )


def test_channel_problems_are_placed_at_their_key() -> None:
    """The validator's path leads to the key or element; it sees the values filled in."""
    seen: list[tuple[str, Mapping[str, Any]]] = []

    def validate(
        kind: str, config: Mapping[str, Any]
    ) -> Sequence[tuple[str | Sequence[str | int], str, str]]:
        seen.append((kind, config))
        return [
            (("to", 1), "no address", "write one"),
            ("host", "'host' is missing", "add 'host: ...'"),
        ]

    text = "channels:\n- name: mail\n  kind: email\n  to: [a@x.org, b]\n  secret: ${KEY}\n"
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(
            text,
            filename="f",
            environ={"KEY": "hidden"},
            known_kinds=KINDS,
            validate_channel=validate,
        )

    assert [("email", {"to": ["a@x.org", "b"], "secret": "hidden"})] == seen
    assert [
        "f:2:3: channel 'mail': 'host' is missing; add 'host: ...'",
        "f:4:17: channel 'mail': 'to.1': no address; write one",
    ] == caught.value.lines()
    assert "hidden" not in str(caught.value)


def test_a_filled_in_secret_is_never_quoted() -> None:
    """A bad address made of a secret is told by its reference."""
    found = mistakes("feeds: [{name: a, url: '${URL}'}]", URL="ftp://user:pw@host/")

    assert 1 == len(found)
    assert "pw" not in found[0]
    assert "'${URL}' is not an http or https address" in found[0]


# ---------------------------------------------------------------------------------------- diff


NOW = datetime(2026, 1, 1, tzinfo=UTC)
FEED = Feed(id=1, name="a", url="https://x.org/", next_poll_at=NOW, declared=True)
DECLARED = DeclaredFeed(name="a", url="https://x.org/")


def test_nothing_to_do_is_an_empty_plan() -> None:
    """What is stored as declared gives no lines, and its names as unchanged."""
    entity = Entity(kind=Kind.PERSON, key="person:ann", name="Ann")
    stored = Stored(
        feeds=(FEED,),
        entities=(entity,),
        watches=(Watch(id=1, name="w", query="x", channels=("c",), declared=True),),
        channels=(Channel(id=1, name="c", kind="console", declared=True),),
    )
    declared = Catalogue(
        feeds=(DECLARED,),
        entities=(DeclaredEntity(kind=Kind.PERSON, name="Ann"),),
        watches=(DeclaredWatch(name="w", query="x", channels=("c",)),),
        channels=(DeclaredChannel(name="c", kind="console"),),
    )

    plan = diff(declared, stored, prune=True)

    assert plan.is_empty
    assert [] == plan.lines()
    assert (("a",), ("Ann",)) == (plan.feeds.unchanged, plan.entities.unchanged)


def test_of_a_feeds_options_only_what_is_no_secret_is_shown() -> None:
    """Bounds and thresholds are shown with their values; credentials only as set, new or gone."""
    old = replace(FEED, options=FeedOptions(bearer="${OLD}", silent_after=timedelta(days=3)))
    new = FeedOptions(bearer="${NEW}", proxy="http://p:1", interval_min=timedelta(seconds=5))

    plan = diff(Catalogue(feeds=(replace(DECLARED, options=new),)), Stored(feeds=(old,)))

    assert [
        "~ feed a",
        "    interval.min: none -> 5s",
        "    silent_after: 3d -> none",
        "    bearer: (old value) -> (new value)",
        "    proxy: none -> (set)",
    ] == plan.lines()


def test_hosts_are_compared_by_name() -> None:
    """A host is added, changed, kept, and removed with prune."""
    stored = Stored(hosts=(spared("a.org", 1), spared("b.org", 2), spared("c.org", 3)))
    declared = Catalogue(hosts=(spared("a.org", 1), spared("b.org", 5), spared("d.org", 4)))

    assert [
        "+ host d.org",
        "~ host b.org",
        "    crawl_delay: 2s -> 5s",
        "  host c.org: no longer declared, kept (use --prune)",
    ] == diff(declared, stored).lines()
    assert "- host c.org" in diff(declared, stored, prune=True).lines()


def spared(name: str, seconds: int) -> DeclaredHost:
    """A host with a pause."""
    return DeclaredHost(name=name, crawl_delay=timedelta(seconds=seconds))


def test_the_difference_is_shown_and_ready_to_apply() -> None:
    """Additions, changes with old and new values and ids, and removals, for every kind of thing."""
    stored = Stored(
        feeds=(
            replace(FEED, interval=timedelta(minutes=15)),
            replace(FEED, id=2, name="old", url="u"),
        ),
        entities=(Entity(kind=Kind.PERSON, key="person:ann", name="Ann"),),
        watches=(Watch(id=7, name="w", query="x", channels=("c",), declared=True),),
        channels=(Channel(id=3, name="c", kind="webhook", config={"url": "u1"}, declared=True),),
    )
    declared = Catalogue(
        feeds=(
            replace(DECLARED, interval=timedelta(hours=1), tags=("t",)),
            DeclaredFeed(name="n", url="v"),
        ),
        entities=(DeclaredEntity(kind=Kind.PERSON, name="Ann", aliases=("A",)),),
        watches=(DeclaredWatch(name="w", query="y", channels=(), enabled=False),),
        channels=(DeclaredChannel(name="c", kind="webhook", config={"url": "u2", "secret": "s"}),),
    )

    plan = diff(declared, stored, prune=True)

    assert [
        "~ channel c",
        "    url: (old value) -> (new value)",
        "    secret: none -> (set)",
        "+ feed n",
        "~ feed a",
        "    tags: none -> t",
        "    interval: 15m -> 1h",
        "- feed old",
        "~ entity Ann",
        "    aliases: none -> A",
        "~ watch w",
        "    query: x -> y",
        "    channels: c -> none",
        "    enabled: yes -> no",
    ] == plan.lines()
    assert "1 to add, 4 to change, 1 to remove" == plan.summary()
    assert (3, 1, "person:ann", 7) == (
        plan.channels.changed[0].id,
        plan.feeds.changed[0].id,
        plan.entities.changed[0].id,
        plan.watches.changed[0].id,
    )
    assert 2 == plan.feeds.removed[0].id


def test_topics_are_added_changed_and_removed_by_their_key() -> None:
    """Changed phrases are shown; a topic that is declared no longer goes with --prune."""
    old = Topic(key="topic:cables", name="Cables", examples=("a",))
    gone = Topic(key="topic:gone", name="Gone", examples=("g",))
    new = Topic(key="topic:new", name="New", examples=("n",))

    plan = diff(
        Catalogue(topics=(replace(old, examples=("a", "b")), new)),
        Stored(topics=(old, gone)),
        prune=True,
    )

    assert [
        "+ topic New",
        "~ topic Cables",
        "    examples: a -> a, b",
        "- topic Gone",
    ] == plan.lines()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("topic:Gone", True),
        ("storm AND NOT topic:gone", True),
        ('topic:("Old cables"|Gone)', True),
        ("gone", False),
        ('topic:"Old cables"', False),
    ],
)
def test_a_topic_that_a_watch_asks_for_is_not_pruned(query: str, *, told: bool) -> None:
    """The watch was added by hand and would find nothing any more; a file's own are checked with it."""
    topics = (Topic(key="topic:gone", name="Gone", examples=("g",)),)
    kept = (Topic(key="topic:old-cables", name="Old cables", examples=("c",)),)
    stored = Stored(topics=topics + kept, watches=(Watch(id=1, name="w", query=query),))
    plan = diff(Catalogue(topics=kept), stored, prune=True)
    assert told == bool(plan.conflicts)
    assert all("watches remove w" in line for line in plan.conflicts)
    assert () == diff(Catalogue(topics=kept), stored).conflicts


def test_what_waits_for_a_digest_of_a_pruned_watch_is_counted() -> None:
    """It is not told, and the plan says so."""
    watches = tuple(Watch(id=n, name=f"w{n}", query="x", declared=True) for n in (1, 2, 3))
    stored = Stored(watches=watches, waiting={1: 3, 2: 1})
    assert [
        "- watch w1",
        "    3 stories wait for a digest: not told",
        "- watch w2",
        "    1 story waits for a digest: not told",
        "- watch w3",
    ] == diff(Catalogue(), stored, prune=True).lines()


def test_without_prune_what_is_no_longer_declared_is_kept_and_said() -> None:
    """Nothing is removed unasked; the plan stays empty but tells."""
    plan = diff(Catalogue(), Stored(feeds=(FEED,)))

    assert plan.is_empty
    assert ["  feed a: no longer declared, kept (use --prune)"] == plan.lines()


def test_what_the_cli_added_is_never_pruned() -> None:
    """Only what came from a file can be removed by a file."""
    stored = Stored(
        feeds=(replace(FEED, declared=False),),
        watches=(Watch(id=1, name="w", query="x"),),
        channels=(Channel(id=1, name="c", kind="console"),),
        entities=(Entity(kind=Kind.PERSON, key="person:ann", name="Ann"),),
        declared_entities=frozenset(),
    )

    assert [] == diff(Catalogue(), stored, prune=True).lines()


def test_declaring_what_the_cli_added_adopts_it() -> None:
    """The same name becomes the file's own instead of being added a second time."""
    plan = diff(Catalogue(feeds=(DECLARED,)), Stored(feeds=(replace(FEED, declared=False),)))

    assert ["~ feed a", "    declared: no -> yes"] == plan.lines()


def test_a_feed_is_renamed_by_its_address() -> None:
    """A new name for a known URL changes the feed, so that its items stay known."""
    plan = diff(Catalogue(feeds=(replace(DECLARED, name="b"),)), Stored(feeds=(FEED,)), prune=True)

    assert ["~ feed b", "    name: a -> b"] == plan.lines()
    assert 1 == plan.feeds.changed[0].id


@pytest.mark.parametrize("state", [FeedState.PAUSED, FeedState.ACTIVE])
def test_a_feed_that_does_not_say_paused_stays_as_it_is(state: FeedState) -> None:
    """A pause by hand lasts through the next apply, also when something else changes."""
    stored = Stored(feeds=(replace(FEED, state=state),))

    assert diff(Catalogue(feeds=(DECLARED,)), stored).is_empty
    plan = diff(Catalogue(feeds=(replace(DECLARED, outlet="X"),)), stored)
    assert (state is FeedState.PAUSED) is plan.feeds.changed[0].declared.paused


def test_paused_declared_is_applied_but_never_wakes_a_retired_feed() -> None:
    """``paused: false`` resumes a paused feed and leaves a retired one alone."""
    awake = Catalogue(feeds=(replace(DECLARED, paused=False),))

    paused = diff(awake, Stored(feeds=(replace(FEED, state=FeedState.PAUSED),)))
    retired = diff(awake, Stored(feeds=(replace(FEED, state=FeedState.RETIRED),)))

    assert ["~ feed a", "    paused: yes -> no"] == paused.lines()
    assert retired.is_empty


def test_an_address_held_by_a_kept_feed_is_a_conflict() -> None:
    """Two feeds cannot share a URL: the plan says so with the mend, and pruning resolves it."""
    stored = Stored(feeds=(FEED, replace(FEED, id=2, name="b", url="https://y.org/")))
    declared = Catalogue(feeds=(replace(DECLARED, url="https://y.org/"),))

    plan = diff(declared, stored)

    assert not plan.is_empty
    assert plan.lines()[0] == (
        "! feed a: its address is that of feed b, which is not declared; "
        "use --prune, or: tocsin feeds remove b"
    )
    assert () == diff(declared, stored, prune=True).conflicts


def test_feeds_are_changed_in_an_order_in_which_names_and_addresses_are_free() -> None:
    """Whoever gives an address up is changed before whoever takes it."""
    urls = ["https://1.org/", "https://2.org/", "https://3.org/", "https://4.org/"]
    stored = Stored(
        feeds=tuple(replace(FEED, id=n, name=f"f{n}", url=urls[n]) for n in range(3)),
    )
    declared = Catalogue(
        feeds=tuple(DeclaredFeed(name=f"f{n}", url=urls[n + 1]) for n in range(3)),
    )

    plan = diff(declared, stored)

    assert [2, 1, 0] == [change.id for change in plan.feeds.changed]
    assert () == plan.conflicts


def test_feeds_that_swap_addresses_are_a_conflict() -> None:
    """What no order of changes can do is said, with the way round it."""
    stored = Stored(feeds=(FEED, replace(FEED, id=2, name="b", url="https://y.org/")))
    declared = Catalogue(
        feeds=(replace(DECLARED, url="https://y.org/"), replace(DECLARED, name="b"))
    )

    assert (
        "feed a: feeds cannot swap names or addresses; apply a third one between",
        "feed b: feeds cannot swap names or addresses; apply a third one between",
    ) == diff(declared, stored).conflicts


MOVED = replace(
    FEED, url="https://new.org/", aliases=("https://x.org/",), declared_url="https://x.org/"
)


def test_a_declared_feed_that_has_moved_is_left_where_it_is() -> None:
    """The file's former address is the same feed, also under another name; nothing is to be done."""
    assert diff(Catalogue(feeds=(DECLARED,)), Stored(feeds=(MOVED,))).lines() == []
    renamed = diff(Catalogue(feeds=(replace(DECLARED, name="b"),)), Stored(feeds=(MOVED,)))
    assert ["~ feed b", "    name: a -> b"] == renamed.lines()
    assert "https://new.org/" == renamed.feeds.changed[0].declared.address


def test_what_the_cli_added_and_then_moved_is_adopted_where_it_is() -> None:
    """Declaring its former address neither adds it a second time nor turns it back."""
    stored = Stored(feeds=(replace(MOVED, name="by-hand", declared=False, declared_url=""),))

    plan = diff(Catalogue(feeds=(DECLARED,)), stored)

    assert ["~ feed a", "    name: by-hand -> a", "    declared: no -> yes"] == plan.lines()


def test_a_file_catches_up_with_a_move_and_can_ask_for_the_former_address_again() -> None:
    """The first is noted once; the second is a change like any other."""
    caught_up = Catalogue(feeds=(replace(DECLARED, url="https://new.org/"),))
    noted = diff(caught_up, Stored(feeds=(MOVED,)))
    assert ["~ feed a", "    declared url: https://x.org/ -> https://new.org/"] == noted.lines()

    settled = replace(MOVED, declared_url="https://new.org/")
    assert diff(caught_up, Stored(feeds=(settled,))).is_empty
    back = diff(Catalogue(feeds=(DECLARED,)), Stored(feeds=(settled,)))
    assert ["~ feed a", "    url: https://new.org/ -> https://x.org/"] == back.lines()


def test_two_moves_in_a_row_are_one() -> None:
    """Of the addresses left since, the file may name any."""
    twice = replace(MOVED, url="https://newer.org/", aliases=("https://x.org/", "https://new.org/"))
    assert diff(Catalogue(feeds=(DECLARED,)), Stored(feeds=(twice,))).is_empty
    half_way = Catalogue(feeds=(replace(DECLARED, url="https://new.org/"),))
    plan = diff(half_way, Stored(feeds=(twice,)))
    assert ["~ feed a", "    declared url: https://x.org/ -> https://new.org/"] == plan.lines()


def test_a_name_that_is_taken_gets_a_number_and_stays_short_enough() -> None:
    """Names are at most 64 characters with the number."""
    names = FreeNames({"b", "b-3", "c" * 64})
    assert ["a", "b-2", "b-4", "a-2", "b-5"] == [names.take(name) for name in "abbab"]
    assert ["feed", "feed-2"] == [names.take(""), names.take("")]
    assert f"{'c' * 62}-2" == names.take("c" * 64)


def test_a_feed_is_not_paired_twice_by_its_former_addresses() -> None:
    """Who names its present address has it; another that names a former one is a feed of its own."""
    declared = Catalogue(
        feeds=(replace(DECLARED, name="b"), replace(DECLARED, name="c", url="https://new.org/"))
    )

    plan = diff(declared, Stored(feeds=(MOVED,)))

    assert ["b"] == [one.declared.name for one in plan.feeds.added]
    assert ["c"] == [one.declared.name for one in plan.feeds.changed]


def test_an_address_that_a_feed_has_moved_to_is_a_conflict() -> None:
    """A second feed there is refused, whether new or known."""
    declared = Catalogue(feeds=(DECLARED, replace(DECLARED, name="b", url="https://new.org/")))

    for stored in ((MOVED,), (MOVED, replace(FEED, id=2, name="b", url="https://y.org/"))):
        assert ("feed b: feed a has moved to its address; remove one of them",) == diff(
            declared, Stored(feeds=stored)
        ).conflicts


# -------------------------------------------------------------------- what ships with Tocsin


def test_the_shipped_catalogue_is_read_as_it_is() -> None:
    """feeds.yaml needs no variable, reads many languages, watches Putin and rings the console."""
    catalogue = read((ROOT / "feeds.yaml").read_text(encoding="utf-8"))

    assert len(catalogue.feeds) >= 24
    assert len({feed.language for feed in catalogue.feeds}) >= 8
    assert all(feed.outlet and feed.language for feed in catalogue.feeds)
    assert all(feed.url.startswith("https://") for feed in catalogue.feeds)
    assert ['person:"Vladimir Putin"'] == [watch.query for watch in catalogue.watches]
    assert ["console"] == [channel.kind for channel in catalogue.channels]


def test_the_commented_examples_of_the_shipped_catalogue_can_be_switched_on() -> None:
    """Removing the '#' of every example gives a file that the real channels accept."""
    text = (ROOT / "feeds.yaml").read_text(encoding="utf-8")
    awake = re.sub(r"^  # (?=[- ] )", "  ", text, flags=re.MULTILINE)

    environ = {"SMTP_PASSWORD": "x", "TOCSIN_HOOK_SECRET": "whsec_" + "A" * 32}
    catalogue = read_catalogue(
        awake,
        filename="feeds.yaml",
        environ=environ,
        known_kinds=channels.channel_kinds(),
        validate_channel=lambda kind, config: channels.validate(kind, config, environ),
    )

    assert {"console", "email", "webhook"} == {channel.kind for channel in catalogue.channels}
    assert "example-org-news" in {feed.name for feed in catalogue.feeds}
    assert 1 == len(catalogue.entities)
    assert 2 == len(catalogue.watches)


def examples() -> list[str]:
    """The YAML examples of the page."""
    page = (ROOT / "docs" / "feeds-yaml.md").read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", examples())
def test_every_documented_example_is_right(example: str) -> None:
    """What the docs show can be used as it stands."""
    assert read(example, MEMBERS_KEY="x", AGENCY_KEY="y") != Catalogue()


def test_every_key_is_documented() -> None:
    """Each section has a heading and a table row for every key it knows."""
    page = (ROOT / "docs" / "feeds-yaml.md").read_text(encoding="utf-8")
    parts = dict(re.findall(r"^## (\w+)$(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL))
    keys = {
        "defaults": DEFAULTS_KEYS,
        "feeds": FEED_KEYS,
        "hosts": HOST_KEYS,
        "entities": ENTITY_KEYS,
        "topics": TOPIC_KEYS,
        "watches": WATCH_KEYS,
        "channels": ("name", "kind"),
    }

    assert set(SECTIONS) == keys.keys()
    for section, known in keys.items():
        rows = set(re.findall(r"^\| `(\w+)` \|", parts[section], flags=re.MULTILINE))
        assert set(known) == rows


def test_every_setting_is_documented() -> None:
    """Each TOCSIN_* variable has its row, and no row speaks of one that does not exist."""
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(TOCSIN_\w+)` \| ", page, flags=re.MULTILINE)

    secret = [name for name, field in Settings.model_fields.items() if is_secret(field)]
    known = [f"TOCSIN_{name.upper()}" for name in Settings.model_fields]
    known += [f"TOCSIN_{name.upper()}_FILE" for name in secret]
    assert sorted(known) == sorted(rows)


def test_documented_defaults_are_the_real_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting each variable to its documented default changes nothing."""
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(TOCSIN_\w+)` \| `([^`]+)` \| ", page, flags=re.MULTILINE)
    plain = Settings(_env_file=None)
    for name, default in rows:
        monkeypatch.setenv(name, default)

    assert plain == Settings(_env_file=None)
    assert len(rows) >= 14


def test_names_made_from_addresses_are_names() -> None:
    """Whatever the address, the name is a slug of bounded length or empty."""
    urls = ["https://example.org/" + "long/" * 40, "https://пример.рф/новости", "https://1.2.3.4/"]

    names = [name_from_url(url) for url in urls]

    assert all(re.fullmatch(r"([a-z0-9][a-z0-9-]{0,63})?", name) for name in names)
    assert "1-2-3-4" == names[2]
