"""Bytes to text, whatever their label says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.charset import charset_of, decode

RUSSIAN = "Паром через залив снова ходит по расписанию, сообщил мэр.\n"
FRENCH = "L'été dernier, la fête du port a réuni près de dix mille personnes.\n"


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "iso8859-5", "utf-8", "utf-16"])
@pytest.mark.parametrize("label", ["", "utf-8", "iso-8859-1", "us-ascii", "no such charset"])
def test_russian_is_read_under_any_western_or_missing_label(encoding: str, label: str) -> None:
    """No label, a wrong one or none that exists: the bytes themselves tell."""
    assert decode(RUSSIAN.encode(encoding), [label]).text == RUSSIAN


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-8"])
@pytest.mark.parametrize("label", ["", "utf-8", "iso-8859-1"])
def test_accented_words_are_not_taken_for_cyrillic(encoding: str, label: str) -> None:
    """Western text stays Western."""
    assert decode(FRENCH.encode(encoding), [label]).text == FRENCH


def test_a_right_label_holds() -> None:
    """Charsets that bytes alone do not give away are read as declared, without a problem."""
    text = "日本の港に灯台が戻った"
    for label in ("shift_jis", "euc-jp", "iso-2022-jp"):
        decoded = decode(text.encode(label), [label])
        assert (decoded.text, decoded.problem) == (text, "")


def test_one_broken_character_does_not_spoil_a_text() -> None:
    """A character cut in two leaves the rest readable and is mentioned."""
    decoded = decode(RUSSIAN.encode() * 3 + "щ".encode()[:1] + b" end", ["windows-1251"])
    assert decoded.text == RUSSIAN * 3 + "\ufffd end"
    assert decoded.problem == "1 broken characters in utf-8"


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/xml; charset=UTF-8", "UTF-8"),
        ('text/xml;Charset = "windows-1251"; x=y', "windows-1251"),
        ("text/xml", ""),
        ("", ""),
    ],
)
def test_charset_of_a_content_type(content_type: str, charset: str) -> None:
    """The parameter without its quotes, or nothing."""
    assert charset == charset_of(content_type)


@pytest.mark.parametrize(
    "charset", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp037", "cp500"]
)
def test_xml_in_wide_characters_or_ebcdic_needs_no_mark(charset: str) -> None:
    """Its first characters give it away."""
    text = f"<?xml version='1.0' encoding='{charset}'?><rss>[Bücher]</rss>"
    assert text == decode(text.encode(charset)).text


@given(st.binary(max_size=300), st.lists(st.text(max_size=12), max_size=2))
def test_any_bytes_under_any_label_give_text(body: bytes, labels: list[str]) -> None:
    """Nothing is raised."""
    assert isinstance(decode(body, labels).text, str)


@pytest.mark.parametrize("label", ["undefined", "idna", "punycode", "unicode_escape"])
def test_python_codecs_that_are_no_charsets_are_not_believed(label: str) -> None:
    """A label only Python knows is as good as none: the text is read, nothing is raised."""
    assert "é" == decode(b"\xe9", [label]).text
