"""The language of texts."""

import socket

import pytest

from worker.articles.language import detect_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The harbour council has voted to keep the old lighthouse standing."),
        ("ru", "Автобус с тремя тысячами книг отправился в горные сёла."),
        ("uk", "Міська рада проголосувала за те, щоб зберегти старий маяк."),
        ("fr", "Les premiers trains sont repartis dimanche matin sous la verrière."),
        ("es", "Los pescadores regresan al puerto después de la tormenta."),
        ("de", "Der Stadtrat hat sich für den Bau einer Seilbahn ausgesprochen."),
        ("en", "THE HARBOUR COUNCIL HAS VOTED\nTO KEEP THE OLD LIGHTHOUSE\n" * 200),
    ],
)
def test_languages_are_told(language: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences in six languages, capitals and line feeds too, with the network out of reach."""
    monkeypatch.setattr(socket, "socket", None)
    assert language == detect_language(text)


@pytest.mark.parametrize("text", ["", "OK", "12:30 — 14:00, 2026", "Putin", "\n\n", "Le Mans 24"])
def test_too_little_text_is_no_guess(text: str) -> None:
    """Short texts have no language."""
    assert not detect_language(text)
