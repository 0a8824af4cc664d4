"""Stories: copies and rewrites of one report join, other events with the same people do not."""

import struct
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.model import Article, Kind, Mention
from worker.stories import (
    Candidate,
    Features,
    Rarity,
    Relation,
    RelationKind,
    decide_story,
    features,
    keys_of,
    learn,
    relate,
)
from worker.stories.minhash import resemblance, sign
from worker.stories.rarity import rarity as unpacked_rarity
from worker.stories.terms import fold, terms

AGENCY = """President Marta Lind arrived in Oslo on Tuesday for two days of talks on fishing \
rights in the northern sea, the first visit of a head of state since the dispute began last \
autumn.

Ministers of both governments said they hoped to sign a framework before the winter \
season opens in December. Fishermen in the harbour of Vardo blocked the quay for an hour in \
protest, saying that the draft would cost them a third of their catch.

The two countries have argued over the boundary for more than forty years. A spokesman for the \
presidency said the talks were frank and would go on until late in the evening. Neither side would \
comment on reports that a joint patrol had been agreed in principle."""

COPIES = (
    "OSLO (Agency) - " + AGENCY.replace("on Tuesday", "Tuesday").replace("frank", "open"),
    AGENCY.rsplit(". ", 1)[0] + ". Reporting by our staff in Oslo; editing by the night desk.",
    AGENCY.upper().replace("VARDO", "VARDØ"),
)

OTHER = """President Marta Lind told a crowd in the capital on Tuesday that she will seek a \
second term, ending months of speculation about her health and her plans. Her party has named \
no other candidate for the vote in May. Rivals said the announcement came too late and accused \
the president of using a state ceremony for her campaign. Polls give her a narrow lead over the \
mayor of the second city, who has promised to halve the tax on wages."""

CHINESE = "外交部发言人星期二表示两国代表团将于下周在日内瓦举行新一轮会谈讨论边境贸易与渔业合作问题"
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def named(key: str, kind: Kind = Kind.PERSON) -> Mention:
    """Somebody who stands in the title."""
    return Mention(kind=kind, key=key, name=key, count=2, salience=0.8, in_title=True)


LIND = named("person:marta-lind")


def taken(text: str, title: str = "", at: datetime = NOON, *mentions: Mention) -> Features:
    """The features of an article."""
    return features(Article(title=title, text=text, language="en"), mentions, at)


def related(earlier: Features, later: Features) -> Relation:
    """What the later is to the earlier, before anything was learned."""
    return relate(earlier, later, Rarity())


@pytest.mark.parametrize("copy", COPIES)
def test_edited_copies_of_one_report_are_the_same(copy: str) -> None:
    """A dateline, an edit, a cut end, capitals: still a copy, and it is found by a key."""
    first, second = taken(AGENCY), taken(copy)
    assert RelationKind.SAME is related(first, second).kind
    assert "copy" == related(first, second).reason
    assert set(keys_of(first, Rarity())) & set(keys_of(second, Rarity()))


def test_the_first_paragraph_of_a_report_is_a_cut_copy() -> None:
    """Whichever of both came first."""
    whole, cut = taken(AGENCY), taken(AGENCY.split("\n\n", maxsplit=1)[0])
    assert ["cut copy"] * 2 == [related(whole, cut).reason, related(cut, whole).reason]
    assert set(keys_of(whole, Rarity())) & set(keys_of(cut, Rarity()))


def test_two_events_with_one_president_are_different() -> None:
    """The same name and day do not make a story."""
    first = taken(AGENCY, "Lind in Oslo for talks on fishing", NOON, LIND)
    second = taken(OTHER, "Lind to seek a second term", NOON + timedelta(hours=2), LIND)
    assert RelationKind.DIFFERENT is related(first, second).kind


def test_pairs_of_one_fact_are_keys_side_by_side() -> None:
    """They lie in few pages of the store's index: 45 pairs of ten facts in nine places."""
    pairs = keys_of(taken(AGENCY, "Lind in Oslo for talks on fishing", NOON, LIND), Rarity())[11:]
    places = len({pair >> 32 for pair in pairs})
    assert places > 4
    assert len(pairs) == len(set(pairs)) == places * (places + 1) / 2


@given(st.text(alphabet="aB1_ .,’“”–—…•\n-", max_size=80))
def test_words_are_the_same_whatever_letters_a_text_has(text: str) -> None:
    """A text of plain letters is read in another way than one with others."""
    plain = sign(f"{AGENCY} {text} end")
    other = sign(f"{AGENCY} {text} end é")
    assert plain
    assert other
    assert plain.lead == other.lead
    assert plain.size + 1 == other.size
    assert terms(text) == terms(f"{text} щ")


def test_a_short_text_is_no_copy() -> None:
    """A standing phrase is no story."""
    short = taken("Read the full story on our website.")
    assert short.signature is None
    assert RelationKind.DIFFERENT is related(short, taken("", "Something else")).kind


def test_languages_without_spaces_are_compared_by_characters() -> None:
    """A Chinese copy with one word changed is near, another text is not."""
    copy = CHINESE.replace("星期二", "周二")
    other = "气象部门周三发布暴雨预警提醒沿海城市居民注意防范台风带来的强降雨和大风天气影响"
    assert RelationKind.SAME is related(taken(CHINESE), taken(copy)).kind
    assert RelationKind.DIFFERENT is related(taken(CHINESE), taken(other)).kind


def test_words_fold_and_lose_their_endings() -> None:
    """Case, accents, width and endings do not matter; numbers are what they count."""
    assert terms("Müller strikes banks") == terms("MULLER ｓtrike Bank")
    assert terms("4,200 5.2") == terms("4.200 5,2")
    assert terms("٣") == terms("3")
    assert "ель" == fold("Ёль")
    assert [] == terms("the of and der die")


def test_rarity_is_learned_and_fades() -> None:
    """What stands in every article weighs less than what stands in one; the table keeps its size."""
    many = [taken(f"parliament vote number {n} on bill {n * 7}") for n in range(400)]
    known = learn(Rarity(), many)
    (common,), (rare,) = terms("parliament"), terms("haddock")
    assert known.weight(common) < 0.1
    assert known.weight(rare) > 0.5
    assert 400 == known.articles
    again = unpacked_rarity(known.articles, known.packed())
    assert known.weight(common) == again.weight(common)
    later = learn(replace(known, articles=40_000), [taken("haddock")])
    assert (20_001, len(known.counts)) == (later.articles, len(later.counts))


def test_a_term_never_seen_weighs_more_than_a_country() -> None:
    """Before anything is learned, names of people tell more than names of countries."""
    person = taken("", "", NOON, LIND).names
    country = taken("", "", NOON, named("NO", Kind.COUNTRY)).countries
    assert Rarity().weight(next(iter(person))) > Rarity().weight(next(iter(country)))


def test_packed_features_are_read_back() -> None:
    """Storage loses nothing, and what was damaged is refused."""
    for one in (taken(AGENCY, "Lind in Oslo", NOON, LIND), taken("")):
        again = Features(one.packed)
        assert one == again
        assert NOON == again.at
        assert (one.names, "en", one.signature) == (again.names, again.language, again.signature)
    assert NOON + HOUR == taken(AGENCY).published(NOON + HOUR).at
    assert taken(AGENCY) == taken(AGENCY).published(NOON + HOUR).published(NOON)
    with pytest.raises(ValueError, match="3 bytes hold no features"):
        Features(b"abc")
    with pytest.raises(ValueError, match="cut short"):
        Features(taken(AGENCY).packed[:-4])


def test_what_earlier_releases_packed_is_read() -> None:
    """They kept names where days and kinds of event are kept now."""
    now = taken(AGENCY, "Lind in Oslo", NOON, LIND)
    lengths = list(struct.unpack_from("<9H", now.packed, 20))
    start, end = (38 + 4 * sum(lengths[:number]) for number in (6, 7))
    lengths[6] = 1
    spare = struct.pack("<I", *now.names)
    before = Features(
        now.packed[:20]
        + struct.pack("<9H", *lengths)
        + now.packed[38:start]
        + spare
        + now.packed[end:]
    )
    assert (now.names, now.countries, now.facts) == (before.names, before.countries, before.facts)
    assert "copy" == related(before, now).reason
    assert now.signature == before.signature


def candidate(story: int, one: Features, item: int = 1) -> Candidate:
    """An article of a story."""
    return Candidate(item_id=item, story_id=story, features=one)


def test_a_copy_joins_the_story_of_its_text_in_any_order() -> None:
    """The most similar wins, of equals the older story; the decision names the article and why."""
    late = taken(COPIES[0])
    pairs = [
        (candidate(story, one, item), related(one, late))
        for story, one, item in ((3, taken(AGENCY), 31), (2, taken(OTHER), 21), (1, late, 11))
    ]
    for order in (pairs, pairs[::-1]):
        decision = decide_story(order)
        assert (1, 11, "copy") == (decision.story_id, decision.near, decision.reason)
    twins = [(candidate(story, late), related(late, late)) for story in (5, 4)]
    assert 4 == decide_story(twins).story_id


def test_without_candidates_or_likeness_there_is_a_new_story() -> None:
    """And it follows none."""
    for pairs in ([], [(candidate(1, taken(OTHER)), related(taken(OTHER), taken(AGENCY)))]):
        decision = decide_story(pairs)
        assert (None, None, "new") == (decision.story_id, decision.follows, decision.reason)


def judged(kind: RelationKind, reason: str, score: float = 0.5) -> Relation:
    """A relation as it would be found."""
    return replace(related(taken(""), taken("")), kind=kind, reason=reason, score=score)


def test_most_of_a_story_has_to_report_the_event() -> None:
    """One likeness among three is a follow-up at most, but one copy is enough."""
    one = taken("")
    other = [
        (candidate(1, one, item), judged(RelationKind.FOLLOW_UP, "follow-up")) for item in (2, 3)
    ]
    event = (candidate(1, one, 4), judged(RelationKind.SAME, "same event"))
    decision = decide_story([*other, event])
    assert (None, 1, 2) == (decision.story_id, decision.follows, decision.near)
    copy = (candidate(1, one, 4), judged(RelationKind.SAME, "copy"))
    assert 1 == decide_story([*other, copy]).story_id


def test_signatures_are_the_same_in_every_process() -> None:
    """Nothing depends on Python's own hashing, which differs from process to process."""
    program = (
        "import sys; from worker.stories.minhash import sign; from worker.stories.terms import terms;"
        "text = sys.stdin.read(); print([*sign(text).values], terms(text))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=AGENCY,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "1"},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    signature = sign(AGENCY)
    assert signature is not None
    assert printed == {f"{[*signature.values]} {terms(AGENCY)}"}
    assert (165960975, 1339377868, 599385899) == struct.unpack("<3I", signature.values[:12])


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_compare(left: str, right: str) -> None:
    """Likeness is bounded, the same both ways, whole with itself; and any features can be stored."""
    base = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    a, b = taken(base + left, right), taken(base + right, left)
    there, back = related(a, b), related(b, a)
    assert there.figures == back.figures
    assert all(
        0.0 <= value <= 1.0 + 1e-9
        for value in (there.figures.text, there.figures.contained, there.figures.body)
    )
    assert RelationKind.SAME is related(a, a).kind
    assert a == Features(a.packed)
    assert a.signature
    assert 1.0 == resemblance(a.signature.values, a.signature.values)
    assert all(-(2**63) <= key < 2**63 for key in keys_of(a, Rarity()))
