"""The tokens of queries, by the place where they stand.

A token's group in the expression is its kind. Both expressions match anywhere: what is none of the
others is ``quote`` or ``nothing``.
"""

import re

# What a text is read as, character for character: the marks of other keyboards are the plain ones.
PLAIN = str.maketrans("“”„‟〝〞＂「」『』（）｜：＝＊＞＜～－−–—", '"""""""«»«»()|:=*><~----')
# Marks of direction and of byte order are not seen, and separate like a space where they stand.
_BLANK = r"[\s\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]*"
_END = r'(?![^\s()"«»|])'
_PHRASE = r'=?(?:"[^"]*"|«[^»]*»)'
_WORD = r'(?:\|\|+|[^\s()"«»|]+)'
TOKEN = re.compile(
    rf"""{_BLANK}(?:
      (?P<field>[^\W\d_]+:)
    | (?P<operator>(?:AND|OR){_END}|\|(?!\|))
    | (?P<not>NOT{_END}|-(?=[^\s)]))
    | (?P<near>(?:NEAR(?:/\d+)?|~[sS]){_END})
    | (?P<phrase>{_PHRASE})
    | (?P<open>\()
    | (?P<close>\))
    | (?P<function>(?i:mentions|salience|spike)\()
    | (?P<measure>(?i:outlets|published)(?=\s*(?:[<>!≤≥]|=[\s=<>\d.+-])))
    | (?P<word>{_WORD})
    | (?P<end>\Z)
    | (?P<quote>.)
    )""",
    re.VERBOSE,
)
# After a field its value is meant, whatever it looks like.
VALUE = re.compile(
    rf"""{_BLANK}(?:
      (?P<phrase>{_PHRASE})
    | (?P<open>\()
    | (?P<word>(?!(?:AND|OR|NOT){_END}){_WORD})
    | (?P<quote>["«»])
    | (?P<nothing>)
    )""",
    re.VERBOSE,
)
