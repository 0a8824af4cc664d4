"""Which countries an article is about, from names, peoples, cities and governments.

The gazetteer finds names; here it is told what they mean. A name may be somebody's ("Michael
Jordan"), a street's, a language's, a town's elsewhere ("Moscow, Idaho"), another country's
("Georgia") or a common word's. A word that is somebody's name or a town's in one place is not taken
for the country in any other, unless the country is named by other words too.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from worker.model import Kind, Span
from worker.tagging.atlas import Context, Cues, PlaceForm, Sense, as_written, context
from worker.tagging.folding import fold, fold_word
from worker.tagging.gazetteer import Hit, Standing
from worker.tagging.spans import Spans
from worker.tagging.surroundings import Refusal, Surroundings, starts_sentence

#: What stands between a town and its state: "Moscow, Idaho", "Paris (Texas)".
_TOWN_AND_STATE = frozenset({", ", ",", " (", " "})
_AND = r"(?:and|or|und|oder|et|ou|y|o|e|en|of|i|a|и|или|та|і|або|ve|og|och|&)"
_NO_SUPPORT = "may mean something else, and no other word names the country"
#: Between the members of a list.
_LIST = re.compile(rf",? (?:{_AND} )?|[、،] ?")
#: A list goes on behind what might be a state: "Paris, Texas and Rome". A comma would close it:
#: "Paris, Texas, and Rome" goes on from a town.
_GOES_ON = re.compile(rf", (?!{_AND} )| {_AND} ")


def find_countries(hits: Iterable[Hit]) -> dict[str, set[Span]]:
    """Codes of countries -> where they are named, of hits that count already.

    An organization or government that speaks for its country names it too.
    """
    found: dict[str, set[Span]] = {}
    for hit in hits:
        known = hit.known
        if known.silent:
            continue
        if known.entity.kind is Kind.COUNTRY:
            found.setdefault(known.entity.key, set()).add(hit.span)
        elif known.speaks_for:
            for code in known.entity.countries:
                found.setdefault(code, set()).add(hit.span)
    return found


def settle_countries(
    hits: Sequence[Hit],
    text: str,
    language: str,
    *,
    people: Spans | None = None,
    surnames: Collection[str] = (),
) -> list[Hit]:
    """``hits`` without those of countries that are not meant; those of others stay as they are.

    ``people`` are stretches of text that are somebody's name, ``surnames`` folded words that are
    somebody's surname in this article. Names that count only with support and have it are given
    the standing of those that need none.
    """
    settling = _Settling(text, language or "en", people or Spans(), set(surnames), context())
    for hit in hits:
        settling.add(hit)
    if not settling.places:
        return list(hits)
    meant = {id(hit): new for hit, new in settling.meant()}
    settled: list[Hit] = []
    for hit in hits:
        if not _names_country(hit):
            if hit.span not in settling.nobody:
                settled.append(hit)
        elif id(hit) in meant:
            settled.append(meant[id(hit)])
    return settled


def why_not(
    hits: Sequence[Hit], text: str, language: str, *, people: Spans, surnames: Collection[str]
) -> dict[Span, str]:
    """Why names of countries do not count where they stand, as ``settle_countries`` decides it."""
    settling = _Settling(text, language or "en", people, set(surnames), context())
    for hit in hits:
        settling.add(hit)
    counted = {hit.span for hit, _ in settling.meant()}
    return {
        place.span: place.refused.value if place.refused else _NO_SUPPORT
        for place in settling.places.values()
        if place.span not in counted
    }


def _names_country(hit: Hit) -> bool:
    return hit.known.entity.kind is Kind.COUNTRY and not hit.known.silent


def _form(hit: Hit) -> PlaceForm:
    """The form as one of a place; names that users declare are names of countries."""
    form = hit.form
    if isinstance(form, PlaceForm):
        return form
    return PlaceForm(form.text, form.standing, form.languages)


@dataclass(slots=True)
class _Place:
    """One stretch of text that names a country, or one of several."""

    span: Span
    word: str
    hits: list[Hit] = field(default_factory=list)
    refused: Refusal | None = None
    #: The country that the words round it settle.
    settled: str = ""

    @property
    def sense(self) -> Sense:
        return _form(self.hits[0]).sense

    @property
    def sure(self) -> list[Hit]:
        """The countries that the name means where nothing speaks for another."""
        return [hit for hit in self.hits if hit.form.standing is Standing.ALONE]


class _Evidence:
    """Words that name each country beyond doubt, those apart that are places in it."""

    def __init__(self) -> None:
        self._words: dict[str, set[str]] = defaultdict(set)
        self._places: dict[str, set[str]] = defaultdict(set)

    def add(self, code: str, word: str, sense: Sense) -> None:
        self._words[code].add(word)
        if sense.is_place:
            self._places[code].add(word)

    def words(self, code: str, *, beside: str) -> int:
        """How many other words name the country."""
        return len(self._words.get(code, set()) - {beside})

    def places(self, code: str, *, beside: str) -> int:
        """How many other places of the country are named."""
        return len(self._places.get(code, set()) - {beside})


class _Settling:
    """One article's names of countries on their way to being told what they mean."""

    def __init__(
        self, text: str, language: str, people: Spans, surnames: set[str], words: Context
    ) -> None:
        self._text = text
        self._context = words
        self._surroundings = Surroundings(text, language, words)
        self._people = people
        #: Words that are doubtful wherever they stand.
        self._doubtful = surnames
        self._towns: dict[str, str] = {}
        #: What names of several countries mean by the words of the article.
        self._cued: dict[str, str] = {}
        self._evidence = _Evidence()
        self.places: dict[Span, _Place] = {}
        self._starts: set[int] = set()
        #: Where somebody known is named, and how surely.
        self._persons: dict[Span, Standing] = {}
        #: Where a people is meant and not the person of that name.
        self.nobody: set[Span] = set()

    def add(self, hit: Hit) -> None:
        """Take one of the gazetteer's hits, in their order."""
        self._starts.add(hit.span[0])
        if hit.known.entity.kind is Kind.PERSON:
            self._persons[hit.span] = hit.form.standing
        if _names_country(hit):
            word = fold_word(self._text[slice(*hit.span)])
            self.places.setdefault(hit.span, _Place(hit.span, word)).hits.append(hit)

    def meant(self) -> Iterator[tuple[Hit, Hit]]:
        """Hits that mean their country, as they came and as they count."""
        self._refuse()
        self._settle_towns()
        self._doubt()
        self._weigh()
        for place in self.places.values():
            for hit in self._chosen(place):
                yield hit, replace(hit, form=replace(hit.form, standing=Standing.ALONE))

    def _refuse(self) -> None:
        last: _Place | None = None
        for place in self.places.values():
            form = _form(place.hits[0])
            if (
                last is not None
                and last.refused is Refusal.LANGUAGE
                and place.sense is Sense.PEOPLE
                and _LIST.fullmatch(self._text[last.span[1] : place.span[0]])
            ):
                place.refused = Refusal.LANGUAGE
            elif self._is_person(place, adjective=form.text[0].islower()):
                place.refused = Refusal.PERSON
            else:
                place.refused = self._surroundings.refusal(place.span, form, self._starts)
            last = place

    def _is_person(self, place: _Place, *, adjective: bool) -> bool:
        if self._people.overlaps(place.span):
            return True
        standing = self._persons.get(place.span)
        if standing is not None and adjective and self._starts_sentence(place):
            self.nobody.add(place.span)  # "Syrský prezident" is no word of General Syrsky
            return False
        return standing is Standing.ALONE or (standing is not None and adjective)

    def _settle_towns(self) -> None:
        """What a state behind a town says of it: "Moscow, Idaho" is not Russia's."""
        places = list(self.places.values())
        for before, town, state in zip([None, *places], places, places[1:], strict=False):
            if self._text[town.span[1] : state.span[0]] not in _TOWN_AND_STATE or state.refused:
                continue
            where = {hit.known.entity.key for hit in state.sure}
            if town.refused or len(where) != 1:
                continue
            [code] = where
            if any(hit.known.entity.key == code for hit in town.hits):
                town.settled = self._towns[town.word] = code
            elif self._is_state(town, state) and not self._in_list(before, town, state):
                town.refused = Refusal.TOWN

    def _is_state(self, town: _Place, state: _Place) -> bool:
        apart = self._text[town.span[1] : state.span[0]] != " "
        return apart and town.sense in (Sense.NAME, Sense.CITY) and state.sense.is_state

    def _in_list(self, before: _Place | None, town: _Place, state: _Place) -> bool:
        """Whether a town and what might be its state are of a list: "Hawaii and Guam, Nevada"."""
        if state.sense is Sense.ABBREVIATION:
            return False
        first = before and _GOES_ON.fullmatch(self._text[before.span[1] : town.span[0]])
        after = _GOES_ON.match(self._text, state.span[1])
        return bool(first or (after and self._text[after.end() : after.end() + 1].isupper()))

    def _doubt(self) -> None:
        for place in self.places.values():
            if place.refused and place.refused.carried:
                self._doubtful.add(place.word)
        for word in {place.word for place in self.places.values()} - self._doubtful:
            if any(_counted(self._folded(), cue) for cue in self._context.senses.get(word, ())):
                self._doubtful.add(word)

    def _weigh(self) -> None:
        for place in self.places.values():
            codes = {hit.known.entity.key for hit in place.hits}
            if place.refused or place.word in self._doubtful or self._is_weak_here(place):
                continue
            if place.settled or (len(codes) == len(place.sure)):
                for code in {place.settled} if place.settled else codes:
                    self._evidence.add(code, place.word, place.sense)

    def _is_weak_here(self, place: _Place) -> bool:
        if as_written(self._text[slice(*place.span)]) not in self._context.starts:
            return False
        return self._starts_sentence(place)

    def _starts_sentence(self, place: _Place) -> bool:
        return starts_sentence(self._text[max(0, place.span[0] - 8) : place.span[0]])

    def _chosen(self, place: _Place) -> list[Hit]:
        if place.refused:
            return []
        settled = place.settled or self._towns.get(place.word, "")
        if settled:
            return [hit for hit in place.hits if hit.known.entity.key == settled]
        chosen = self._choose(place)
        if chosen and chosen[0].form.standing is Standing.ALONE:
            unsure = place.word in self._doubtful or self._is_weak_here(place)
        else:
            unsure = True
        return [hit for hit in chosen if not unsure or self._support(hit, place)]

    def _support(self, hit: Hit, place: _Place) -> int:
        return self._evidence.words(hit.known.entity.key, beside=place.word)

    def _choose(self, place: _Place) -> list[Hit]:
        """The countries that a name means: all sure ones, or the one that more is said of."""
        sure = place.sure
        if len(sure) == len(place.hits):
            return sure
        rivals = [hit for hit in place.hits if hit.form.standing is not Standing.ALONE]
        best = max(rivals, key=lambda hit: self._support(hit, place))
        if not sure:
            return [best]
        cues = self._context.cues.get(place.word)
        if cues is not None:
            if place.word not in self._cued:
                self._cued[place.word] = self._by_cues(cues)
            code = self._cued[place.word]
            return [hit for hit in place.hits if hit.known.entity.key == code]
        if any(self._support(hit, place) for hit in sure):
            return sure
        count = self._evidence.places if place.sense.is_place else self._evidence.words
        return [best] if count(best.known.entity.key, beside=place.word) else sure

    def _by_cues(self, cues: Cues) -> str:
        found = {
            code: sum(_counted(self._folded(), word) for word in words)
            for code, words in cues.words.items()
        }
        return max(found, key=lambda code: (found[code], code == cues.default))

    def _folded(self) -> str:
        return _folded_text(self._text)


@lru_cache(maxsize=1)
def _folded_text(text: str) -> str:
    return fold(text).text


def _counted(folded: str, word: str) -> int:
    """How often a word stands by itself in a folded text."""
    if word not in folded:
        return 0
    return len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", folded))
