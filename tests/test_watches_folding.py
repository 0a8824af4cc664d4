"""Folding: two spellings become one, and every word still knows where it stood."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.watches.folding import Words, fold_name, fold_words


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Müller", "MULLER"),
        ("Mu\u0308ller", "Müller"),
        ("Straße", "STRASSE"),
        ("ﬁnal", "final"),
        ("İstanbul", "istanbul"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("Ёлкин", "елкин"),
        ("Зеленский", "Зеленскии\u0306"),
        ("Ｐｕｔｉｎ", "putin"),
        ("Pu\u00adtin", "Putin"),
        ("Pu\u200btin", "Putin"),
        ("مُحَمَّد", "محمد"),
        ("Đặng", "dang"),
        ("O’Brien", "o'brien"),
        ("COVID-19", "covid 19"),
        ("Σίσυφος", "ΣΙΣΥΦΟΣ"),
        ("한국", unicodedata.normalize("NFD", "한국")),
        ("ガス", "カ\u3099ス"),
    ],
)
def test_spellings_of_one_word_fold_to_one(left: str, right: str) -> None:
    """Case, accents, ligatures, width, composition and invisible characters do not matter."""
    assert fold_name(left) == fold_name(right)


@pytest.mark.parametrize(("left", "right"), [("की", "कु"), ("ガス", "カス"), ("gas", "gasoline")])
def test_different_words_stay_different(left: str, right: str) -> None:
    """Vowel signs and voicing marks are letters, not accents."""
    assert fold_name(left) != fold_name(right)


def test_scripts_without_spaces_are_split_into_characters() -> None:
    """A name inside a Chinese or Thai sentence can be found as a run of words."""
    assert fold_words("俄普京") == ("俄", "普", "京")
    assert fold_words("ไทย") == ("ไ", "ท", "ย")
    assert fold_words("見る❤️") == ("見", "る")


def test_a_blank_line_parts_words_and_a_line_break_does_not() -> None:
    """Phrases may run over a line's end, never over a paragraph's."""
    words = Words("", "peace\ntalks\n \nresume")
    assert [("peace", 1), ("talks", 1), ("resume", 2)] == [
        *zip(words.folded, words.paragraphs, strict=True)
    ]


def test_spans_point_into_the_original() -> None:
    """Where folding changes lengths, spans still count in the original."""
    text = "ẞß İİ “Müller”, said"
    words = Words(text, text)
    places = [place for place, word in enumerate(words.folded) if word == "muller"]
    assert [text[slice(*words.spans[place])] for place in places] == ["Müller", "Müller"]
    assert [place < words.titled for place in places] == [True, False]


_TEXTS = st.text(
    st.one_of(
        st.sampled_from("aßéİﬁŁ普京ไกガ\u0301\u00ad\u3099\ufe0f \n\n-'’.ώक\u093f한\U0001f600"),
        st.characters(),
    ),
    max_size=40,
)


@given(_TEXTS)
def test_each_span_folds_to_its_own_word(text: str) -> None:
    """Folding what a span holds gives that word again: no offset is ever off."""
    words = Words("", text)
    assert len(words.folded) == len(words.raw) == len(words.paragraphs) == len(words.spans)
    for word, raw, span in zip(words.folded, words.raw, words.spans, strict=True):
        assert text[slice(*span)] == raw
        assert (word,) == fold_words(raw)


@given(_TEXTS)
def test_folding_does_not_depend_on_the_unicode_form(text: str) -> None:
    """A text and its composed form give the same words."""
    assert fold_words(unicodedata.normalize("NFD", text)) == fold_words(
        unicodedata.normalize("NFC", text)
    )
