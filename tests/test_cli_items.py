"""What ``tocsin items show`` says of an article beside its text."""

from datetime import UTC, datetime

import pytest

from worker.cli import items
from worker.cli.when import shown as moment_shown
from worker.model import Article, Form, Removed

PUBLISHED = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
ARTICLE = Article(
    title="Ferry stays",
    text="The ferry stays.",
    language="en",
    url="https://courier.example/1?utm=x",
    authors=("Ann Other", "Tom Reed"),
    published=PUBLISHED,
    captions=("The quay",),
    credits=("Photo: Dan Mast/AP",),
    removed=(Removed(line="Read more: Bridge opens", reason="a notice, teaser or footer"),),
    section="World",
    canonical="https://courier.example/1",
    form=Form.LIVE,
    walled=True,
    cut="it ends in an ellipsis",
)


def test_facts_walls_and_cuts_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    """On a line each, and only what there is; times by the local clock."""
    items._show_facts(ARTICLE)
    shown = capsys.readouterr().out
    assert "live blog, en, from the page, behind a wall; cut short: it ends in an ellipsis" in shown
    assert "by:        Ann Other, Tom Reed" in shown
    assert "section:   World" in shown
    assert f"published: {moment_shown(PUBLISHED)}" in shown
    assert "canonical: https://courier.example/1\n" in shown
    assert "image" not in shown


def test_what_stood_round_the_text_is_shown_with_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Captions, credits, and each removed line."""
    items._show_round(ARTICLE)
    shown = capsys.readouterr().out
    assert "Captions:\n  The quay" in shown
    assert "Credits:\n  Photo: Dan Mast/AP" in shown
    assert "Removed:\n  Read more: Bridge opens - a notice, teaser or footer" in shown
