"""What the words round a country's name say of it: somebody's name, a street, a language, money."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from worker.model import Span
from worker.tagging.atlas import Context, PlaceForm, Sense, Speech
from worker.tagging.folding import fold, fold_word

#: How many characters round a name are looked at.
_NEAR = 40
_SPACES = " \u00a0"
#: What may stand between the end of a sentence and the first word of the next.
_OPENING = " \t\u00a0\"“”„«»'‘’([–—-"
_SENTENCE_ENDS = frozenset(".!?…:;\n•|。！？")
#: Between "rue" and the place the street is named after.
_PARTICLES = frozenset({"de", "du", "des", "del", "della", "di", "do", "da", "la"})
#: Languages that name streets by adjectives: "улица Киевская"; "улицы Киева" are all of Kyiv's.
_STREET_ADJECTIVES = frozenset({"ru", "uk", "be", "pl", "cs", "sk"})
#: Languages whose peoples are written small, so that one behind a word and in upper case is a name.
_LOWER_PEOPLES = frozenset({"es", "it", "pt", "ro"})
#: Genitives of peoples ("чехов") that are surnames where they stand in upper case.
_GENITIVES = {"ru": ("ов", "ев"), "uk": ("ов", "ев", "ів", "їв"), "bg": ("ов", "ев")}
#: Where every noun is in upper case, or where there is none.
_NO_CASE = frozenset({"de", "ar", "fa", "he", "hi", "ja", "ko", "th", "ur", "zh"})


class Refusal(StrEnum):
    """Why a name does not mean its country where it stands."""

    ABBREVIATION = "no town stands before it"
    LANGUAGE = "a language"
    MONEY = "a currency"
    PERSON = "somebody's name"
    STREET = "a street"
    TOWN = "a town elsewhere"
    VERB = "a verb"

    @property
    def carried(self) -> bool:
        """Whether the same word is doubtful in the rest of the article too."""
        return self in (Refusal.PERSON, Refusal.TOWN)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A text and the words by which names in it are judged."""

    text: str
    language: str
    context: Context

    def refusal(self, span: Span, form: PlaceForm, taken: Collection[int]) -> Refusal | None:
        """Why the name at ``span`` is not meant, if so; ``taken`` are starts of other known names."""
        before = self.text[max(0, span[0] - _NEAR) : span[0]]
        after = self.text[span[1] : span[1] + _NEAR]
        word = self.text[slice(*span)]
        if form.sense is Sense.ABBREVIATION:
            return None if follows_town(before) else Refusal.ABBREVIATION
        if after.startswith("$"):
            return Refusal.MONEY
        last = last_word(before)
        if self._is_person(word, form, last, after, span[1] + 1 in taken):
            return Refusal.PERSON
        if form.sense is Sense.PEOPLE:
            if self._is_language(word, last, after):
                return Refusal.LANGUAGE
            if starts_sentence(before) and next_word(after) in self._verbs(word):
                return Refusal.VERB
        return Refusal.STREET if self._is_street(word, form, before, after) else None

    def _verbs(self, word: str) -> Collection[str]:
        return self.context.verbs.get(fold_word(word), ())

    def _is_person(self, word: str, form: PlaceForm, last: str, after: str, followed: bool) -> bool:
        before, folded = fold_word(last), fold_word(word)
        if last and before in self.context.titles:
            return True
        named = last[:1].isupper() and before in self.context.first_names
        if named and folded in self.context.surnames:
            return True
        if form.sense is Sense.PEOPLE:
            return word[0].isupper() and self._is_surname(word, form, last, after, named)
        if self.language == "vi":
            return last[:1].isupper() and not last.isupper() and form.sense is Sense.NAME
        if self.language == "en" or self.language in _NO_CASE or followed:
            return False  # English has a model that knows people
        following = next_word(after)
        return folded in self.context.given and following[:1].isupper() and after[:1] != "-"

    def _is_surname(self, word: str, form: PlaceForm, last: str, after: str, named: bool) -> bool:
        """Whether a people in upper case is so written because it is somebody's name."""
        if not form.text[0].islower() or word.isupper() or not last:
            return False
        if self.language in _LOWER_PEOPLES:
            return named or (last[0].islower() and not next_word(after)[:1].isupper())
        return word.endswith(_GENITIVES.get(self.language, ("\0",)))

    def _is_language(self, word: str, last: str, after: str) -> bool:
        speech = self.context.speech.get(self.language)
        if speech is None:
            return False
        if speech.after and _followed_by(after, speech):
            return True
        if fold_word(last) not in speech.before or not fold_word(word).endswith(speech.ending):
            return False
        following = fold_word(next_word(after))
        return not speech.then or not following or following in speech.then

    def _is_street(self, word: str, form: PlaceForm, before: str, after: str) -> bool:
        people = form.sense is Sense.PEOPLE
        if people and word[0].islower():
            return False
        streets = self.context.streets.get(self.language, ())
        following = next_word(after)
        if people == (self.language in _STREET_ADJECTIVES) and (
            _named_after(before) in streets or (people and fold_word(following) in streets)
        ):
            return True
        return (
            form.sense is not Sense.NAME
            and following[:1].isupper()
            and fold_word(following) in self.context.streets["after"]
        )


def _named_after(before: str) -> str:
    """The folded word before a name, or before its particles: "rue" of "rue de la"."""
    last = fold_word(last_word(before))
    if last not in _PARTICLES and not before.endswith(("d'", "d’", "l'", "l’")):
        return last
    words = fold(before).text.replace("d'", " ").replace("l'", " ").split()
    return next((word for word in reversed(words) if word not in _PARTICLES), "")


def _followed_by(after: str, speech: Speech) -> bool:
    if after[:1] in (*_SPACES, "-"):
        after = after[1:]
    return fold(after).text.startswith(speech.after)


def last_word(before: str) -> str:
    """The word that ends a text and is parted from what follows by a space; "" if there is none."""
    if not before.endswith(tuple(_SPACES)):
        return ""
    words = before.split()
    if not words or "\n" in before[before.rfind(words[-1]) :]:
        return ""
    word = words[-1].lstrip("\"“„«'‘(")
    return word if word and (word[-1].isalnum() or word[-1] == ".") else ""


def next_word(after: str) -> str:
    """The word that begins a text behind a space or hyphen; "" if there is none."""
    if after[:1] not in (*_SPACES, "-"):
        return ""
    words = after[1:].split(maxsplit=1)
    if not words or not words[0][0].isalpha() or after[1:2].isspace():
        return ""
    end = next((at for at, c in enumerate(words[0]) if not (c.isalnum() or c in "'’")), None)
    return words[0][:end]


def starts_sentence(before: str) -> bool:
    """Whether what follows this text is the first word of a sentence or line."""
    stripped = before.rstrip(_OPENING)
    return not stripped or stripped[-1] in _SENTENCE_ENDS


def follows_town(before: str) -> bool:
    """Whether a name and a comma or bracket end this text: "Slidell, " or "Walker County ("."""
    stripped = before.rstrip(_SPACES)
    if not stripped.endswith((",", "(")):
        return False
    words = stripped[:-1].split()
    return bool(words) and words[-1][0].isupper() and words[-1][-1].isalpha()
