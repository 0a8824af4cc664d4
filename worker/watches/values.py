"""What stands in a clause: its value, and the code the value alone stands for."""

import re
from functools import lru_cache

from worker.watches import mistakes, unknown
from worker.watches.addresses import MOST_WORDS, asked_for
from worker.watches.countries import find_country
from worker.watches.folding import fold_words
from worker.watches.groups import find_group
from worker.watches.languages import find_language
from worker.watches.topics import find_topics
from worker.watches.tree import EVENTS, FIELDS, Field

_QUOTES = '"“”„‟〝〞＂«»「」『』 '
_STARS = "*＊"
#: The fewest letters that may begin a word: fewer begin too many.
SHORTEST_PREFIX = 3
#: The fewest characters of an address to look for: ``.ru`` is looked for as ``ru``.
SHORTEST_ADDRESS = 2
# Signs that no ordinary word has: whoever writes them may mean an operator of another language.
_ODD = re.compile(r"[*?&|~=<>^:/{}\[\]＊＝＞＜～：]|XOR")


def read_value(raw: str, *, quoted: bool) -> tuple[str, bool, bool]:
    """The value of a clause as written, whether it is to be taken exactly, and as a beginning."""
    if not quoted and raw.isalnum():
        return raw, False, False
    exact = raw[0] in "=＝" and len(raw) > 1
    value = raw[1:] if exact else raw
    value = (value[1:-1] if quoted else value).strip()
    prefix = len(value) > 1 and value[-1] in _STARS and not value[-2].isspace()
    return (value[:-1] if prefix else value), exact, prefix


def check_value(
    text: str,
    column: int,
    field: Field,
    raw: str,
    value: str,
    *,
    quoted: bool,
    exact: bool,
    prefix: bool,
) -> str:
    """The key a value alone tells, ``""`` where it tells none. Raises QueryError.

    ``raw`` is the value as it stands in ``text`` at ``column``.
    """
    words = fold_words(value)
    if exact or prefix or _ODD.search(raw):
        if (exact or prefix) and not field.is_words:
            raise mistakes.only_for_words(text, column, field, raw, exact=exact)
        if prefix and _is_short(words):
            raise mistakes.short_prefix(text, column, raw, SHORTEST_PREFIX)
        if field is Field.URL:
            pass  # an address may hold any sign
        elif quoted:
            mistakes.check_quoted_value(text, column, raw)
        else:
            mistakes.check_bare_value(text, column, field, raw, FIELDS)
    if not words:
        raise mistakes.nothing_to_find(text, column, field, raw, raw.strip(_QUOTES))
    return _key(text, column, field, value)


def _is_short(words: tuple[str, ...]) -> bool:
    letters = "".join(words)
    return letters.isascii() and len(letters) < SHORTEST_PREFIX


def _key(text: str, column: int, field: Field, value: str) -> str:
    if field is Field.TOPIC:
        codes = _topics(value)
        if len(codes) != 1:
            raise unknown.topic(text, column, value, codes)
        return codes[0]
    if field is Field.COUNTRY:
        code = find_country(value) or find_group(value)
        if not code and len(value) == 2 and value.isascii():
            raise unknown.code(text, column, value)
        return code
    if field is Field.EVENT:
        event = value.lower().removeprefix("feed.")
        if event not in EVENTS:
            raise unknown.event(text, column, value, EVENTS)
        return event
    if field is Field.URL:
        address = asked_for(value)
        if len(address) < SHORTEST_ADDRESS:
            raise unknown.short_address(text, column, value)
        if address.count(" ") >= MOST_WORDS:
            raise unknown.long_address(text, column, value, MOST_WORDS)
    if field is Field.LANG:
        code = find_language(value)
        if not code:
            raise unknown.language(text, column, value)
        return code
    return ""


_topics = lru_cache(maxsize=4096)(find_topics)
