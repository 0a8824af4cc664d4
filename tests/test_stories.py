"""Stories: edited copies of one report join, different reports do not."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.model import Signature, StoryCandidate
from worker.stories import SAME_STORY, decide_story, pack, sign, similarity, unpack

AGENCY = """President Marta Lind arrived in Oslo on Tuesday for two days of talks on fishing \
rights in the northern sea, the first visit of a head of state since the dispute began last \
autumn. Ministers of both governments said they hoped to sign a framework before the winter \
season opens in December. Fishermen in the harbour of Vardo blocked the quay for an hour in \
protest, saying that the draft would cost them a third of their catch. The two countries have \
argued over the boundary for more than forty years. A spokesman for the presidency said the \
talks were frank and would go on until late in the evening. Neither side would comment on \
reports that a joint patrol had been agreed in principle."""

COPIES = (
    AGENCY,
    "OSLO (Agency) - " + AGENCY.replace("on Tuesday", "Tuesday").replace("frank", "open"),
    AGENCY.rsplit(". ", 2)[0] + ". Reporting by our staff in Oslo; editing by the night desk.",
    AGENCY.upper().replace(". ", ".\n\n").replace("VARDO", "VARDØ"),
)

OTHER = """President Marta Lind told a crowd in the capital on Tuesday that she will seek a \
second term, ending months of speculation about her health and her plans. Her party has named \
no other candidate for the vote in May. Rivals said the announcement came too late and accused \
the president of using a state ceremony for her campaign. Polls give her a narrow lead over the \
mayor of the second city, who has promised to halve the tax on wages. The president, a former \
judge, was first elected four years ago after a run-off that was decided by less than one per \
cent of the votes."""

CHINESE = "外交部发言人星期二表示两国代表团将于下周在日内瓦举行新一轮会谈讨论边境贸易与渔业合作问题"


def signed(text: str) -> Signature:
    """The signature of a text that is long enough."""
    signature = sign(text)
    assert signature is not None
    return signature


def candidates(*texts: str) -> list[StoryCandidate]:
    """Each text as an article of a story of its own, numbered from 1."""
    return [
        StoryCandidate(story_id=number, values=signed(text).values)
        for number, text in enumerate(texts, start=1)
    ]


@pytest.mark.parametrize("copy", COPIES[1:])
def test_edited_copies_of_one_report_join(copy: str) -> None:
    """A dateline, an edit, a cut end, capitals and paragraphs leave it the same story."""
    decision = decide_story(signed(copy), candidates(OTHER, AGENCY))
    assert decision.story_id == 2
    assert decision.similarity >= SAME_STORY
    assert decision.reason == f"near copy, {decision.similarity:.2f}"


@pytest.mark.parametrize("copy", COPIES[1:])
def test_copies_share_a_band(copy: str) -> None:
    """What is to be compared is found by the bands."""
    assert set(signed(AGENCY).bands) & set(signed(copy).bands)


def test_two_events_with_one_president_stay_apart() -> None:
    """The same name and day do not make a story."""
    decision = decide_story(signed(OTHER), candidates(*COPIES))
    assert decision.story_id is None
    assert decision.reason == "new story"
    assert decision.similarity < 0.1


def test_the_most_similar_story_wins_in_any_order() -> None:
    """Of two copies the nearer one counts, of two equal ones the older story."""
    near, far = candidates(COPIES[1], COPIES[2])
    best = max((near, far), key=lambda known: similarity(known.values, signed(AGENCY).values))
    for order in ([near, far], [far, near]):
        assert best.story_id == decide_story(signed(AGENCY), order).story_id
    twins = candidates(AGENCY, AGENCY)
    assert decide_story(signed(AGENCY), twins[::-1]).story_id == 1


def test_a_short_text_is_not_compared() -> None:
    """A standing phrase is no story, nor is nothing."""
    assert sign("Read the full story on our website.") is None
    assert sign("") is None
    assert decide_story(None, candidates(AGENCY)).reason == "too short to compare"


def test_the_first_article_is_a_new_story() -> None:
    """Without candidates there is nothing to join."""
    decision = decide_story(signed(AGENCY), [])
    assert (decision.story_id, decision.similarity, decision.reason) == (None, 0.0, "new story")


def test_languages_without_spaces_are_compared_by_characters() -> None:
    """A Chinese copy with one word changed is near, another text is not."""
    copy = CHINESE.replace("星期二", "周二")
    other = "气象部门周三发布暴雨预警提醒沿海城市居民注意防范台风带来的强降雨和大风天气影响"
    assert decide_story(signed(copy), candidates(CHINESE)).story_id == 1
    assert decide_story(signed(other), candidates(CHINESE)).story_id is None


def test_width_and_composition_do_not_matter() -> None:
    """Other Unicode forms of the same characters are the same text."""
    assert signed(AGENCY.replace("Oslo", "Ｏｓｌｏ")) == signed(AGENCY)


def test_signatures_are_the_same_in_every_process() -> None:
    """Nothing depends on Python's own hashing, which differs from process to process."""
    program = "import sys; from worker.stories import sign; print(sign(sys.stdin.read()))"
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
    assert printed == {repr(sign(AGENCY))}


def test_values_and_bands_fit_their_columns() -> None:
    """128 unsigned 32-bit values, 64 distinct signed 64-bit bands."""
    signature = signed(AGENCY)
    assert len(signature.values) == 128
    assert all(0 <= value < 2**32 for value in signature.values)
    assert len(set(signature.bands)) == 64
    assert all(-(2**63) <= band < 2**63 for band in signature.bands)
    assert any(band < 0 for band in signature.bands)


def test_a_packed_signature_is_read_back() -> None:
    """Storage loses nothing, and a damaged one is refused."""
    signature = signed(AGENCY)
    assert signature.values == unpack(pack(signature))
    with pytest.raises(ValueError, match="512 bytes, not 3"):
        unpack(b"abc")


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_similarity_is_symmetric_and_bounded(left: str, right: str) -> None:
    """Any two texts that can be signed compare alike both ways, and each equals itself."""
    base = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    a, b = signed(base + left), signed(base + right)
    assert similarity(a.values, b.values) == similarity(b.values, a.values)
    assert 0.0 <= similarity(a.values, b.values) <= 1.0
    assert similarity(a.values, a.values) == 1.0


def test_signatures_stay_what_they_were() -> None:
    """Stored signatures must still compare after an upgrade; a change here needs a migration."""
    signature = signed(AGENCY)
    assert signature.values[:3] == (165960975, 1339377868, 599385899)
    assert signature.bands[:2] == (-5174187708632236716, 2661208677813004182)
