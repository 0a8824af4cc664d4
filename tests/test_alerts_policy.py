"""How a watch rings: as it is written, kept and shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.alerts.policy import (
    PolicyError,
    policy_of,
    policy_words,
    read_policy,
    schedule_of,
    write_policy,
)
from worker.alerts.schedule import read_schedule
from worker.model import Confidence, Policy

policies = st.builds(
    Policy,
    floor=st.sampled_from(Confidence),
    digest=st.sampled_from(["", "hourly", "daily 08:00", "weekly friday 17:30"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"]),
    quiet=st.sampled_from(["", "22:00-07:00", "00:00-06:30"]),
    cap=st.none() | st.integers(1, 1000),
    outlets=st.sets(st.integers(2, 500)).map(lambda one: tuple(sorted(one))),
    sources=st.sampled_from([(), ("Reuters",), ("Reuters", "Le Monde")]),
    countries=st.booleans(),
)


@given(policies)
def test_what_is_written_is_read_as_it_was(policy: Policy) -> None:
    """By feeds.yaml and by the database, through JSON."""
    written = json.loads(json.dumps(write_policy(policy)))
    assert policy == read_policy(written) == policy_of(written)
    assert policy_words(policy)


def test_what_says_nothing_is_kept_as_nothing() -> None:
    """A watch without any of it rings at once for what is certain."""
    assert {} == write_policy(Policy())
    assert Policy() == read_policy({}) == policy_of({})
    assert read_schedule("daily 08:00") == schedule_of(Policy())


def test_everything_can_be_written() -> None:
    """As a person writes it: YAML's values, or the words of a command line."""
    policy = Policy(
        floor=Confidence.LIKELY,
        digest="weekly monday 08:00",
        zone="Europe/Berlin",
        quiet="22:00-07:00",
        cap=10,
        outlets=(5, 20),
        sources=("Reuters",),
        countries=True,
    )
    updates = {"outlets": [20, 5, 5], "sources": ["Reuters", "Reuters"], "countries": True}
    by_file = {
        "floor": "likely", "digest": "weekly Mon 8:00", "zone": "Europe/Berlin",
        "quiet": "22:00 - 7:00", "cap": 10, "updates": updates,
    }  # fmt: skip
    by_option = by_file | {
        "cap": "10", "updates": {"outlets": ["20", "5"], "sources": "Reuters", "countries": "yes"}
    }  # fmt: skip
    assert policy == read_policy(by_file) == read_policy(by_option)
    assert schedule_of(policy) == read_schedule("weekly monday 08:00")


@pytest.mark.parametrize("nothing", ["none", "", None, False])
def test_what_the_defaults_give_can_be_taken_away(nothing: object) -> None:
    """What is not written stays."""
    base = read_policy(
        {"digest": "hourly", "quiet": "1:00-2:00", "cap": 3, "zone": "Asia/Tokyo",
         "updates": {"outlets": 5}}
    )  # fmt: skip
    taken = dict.fromkeys(("digest", "quiet", "cap", "updates"), nothing)
    assert Policy(zone="Asia/Tokyo") == read_policy(taken, base)
    assert base == read_policy({}, base)


@pytest.mark.parametrize(
    ("written", "path", "said"),
    [
        ({"flor": "likely"}, ("flor",), "unknown key 'flor'; did you mean 'floor'?"),
        ({"x": 1}, ("x",), "unknown key 'x'; the keys here are: floor, digest, zone, quiet,"),
        ({"floor": "sure"}, ("floor",), "'floor' is 'sure'; write certain, likely or possible"),
        ({"digest": "daily"}, ("digest",), "'digest' is 'daily'; write hourly, daily 08:00 or"),
        ({"zone": "Europe/Berln"}, ("zone",), "zone; did you mean 'Europe/Berlin'?"),
        ({"zone": ""}, ("zone",), "'' is not a time zone; write an IANA name"),
        ({"zone": "Europe"}, ("zone",), "'Europe' is not a time zone"),
        ({"zone": "../x"}, ("zone",), "'../x' is not a time zone; write an IANA name, as Europe/"),
        ({"quiet": "22-7"}, ("quiet",), "'quiet' is '22-7'; write two times of day, as 22:00-"),
        ({"cap": 0}, ("cap",), "'cap' is '0'; write a whole number from 1, or none"),
        ({"cap": True}, ("cap",), "'cap' is 'True'; write a whole number from 1, or none"),
        ({"updates": [5]}, ("updates",), "'updates' is '[5]'; write it as {outlets: [5, 20]"),
        ({"updates": {"outlets": [1]}}, ("updates", "outlets"), "holds '1'; write numbers from 2"),
        ({"updates": {"outlet": 5}}, ("updates", "outlet"), "did you mean 'outlets'?"),
        ({"updates": {"countries": "UA"}}, ("updates", "countries"), "write true or false"),
    ],
)
def test_a_mistake_is_one_line_with_its_mend(
    written: dict[str, object], path: tuple[str, ...], said: str
) -> None:
    """And knows the key that it stands under."""
    with pytest.raises(PolicyError) as caught:
        read_policy(written)
    assert path == caught.value.path
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({}, "certain matches at once; likely ones in a digest, daily 08:00 (clock of UTC)"),
        ({"floor": "likely"}, "certain and likely matches at once"),
        ({"floor": "possible", "cap": 3}, "all matches at once; at most 3 an hour"),
        (
            {"digest": "hourly", "zone": "Asia/Tokyo", "quiet": "22:00-07:00"},
            ("certain and likely matches in a digest, hourly; nothing from 22:00 to 07:00 "
            "(clock of Asia/Tokyo)"),
        ),
        (
            {"floor": "likely",
             "updates": {"outlets": [5, 20], "sources": ["Reuters"], "countries": True}},
            ("certain and likely matches at once; again when 5, 20 outlets have a story; "
            "again when Reuters has it; again when it comes to a new country"),
        ),
    ],
)  # fmt: skip
def test_a_policy_is_shown_in_words(written: dict[str, object], words: str) -> None:
    """For whoever looks at a watch."""
    assert words == policy_words(read_policy(written))
