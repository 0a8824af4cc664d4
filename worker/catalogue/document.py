"""YAML text -> nodes that know their place; nothing is constructed from tags.

Aliases (``*name``) are not read: a few lines of them can stand for gigabytes.
"""

import re
from bisect import bisect_right

import yaml
from yaml.error import Mark, MarkedYAMLError
from yaml.reader import ReaderError

from worker.catalogue.mistakes import Mistake

STANDARD = re.compile(
    r"tag:yaml\.org,2002:(str|int|float|bool|null|timestamp|merge|value|seq|map)$"
)

# What the YAML library says (part of it), what that means, and the mend.
PLAIN_WORDS = (
    ("found character '\\t'", "a tab stands in the indentation", "indent with spaces"),
    ("mapping values are not allowed", "a ':' where none can be", "put the text in quotes"),
    ("could not find expected ':'", "a key without its ':'", "write 'key: value'"),
    (
        "expected <block end>",
        "the indentation does not fit the lines above",
        "line keys of one entry up, and close every bracket and quote",
    ),
    ("unexpected end of stream", "a quote is never closed", "close it"),
    ("expected ',' or ']'", "a '[' list is never closed", "separate with ',' and end with ']'"),
    ("expected ',' or '}'", "a '{' is never closed", "separate with ',' and end with '}'"),
    ("cannot start any token", "a character that cannot begin a value", "put the text in quotes"),
    ("unknown escape", "an unknown '\\' escape in double quotes", "use single quotes"),
    ("single document", "a second document begins here", "keep one: remove the '---'"),
    ("found undefined alias", "aliases ('*name') are not read", "write the value out, or quote it"),
    ("expected alphabetic", "'*', '&' or '!' begins the text", "put the text in quotes"),
    ("found undefined tag", "tags ('!name') are not read", "put the text in quotes"),
)


class _Loader(yaml.SafeLoader):
    """Composes nodes; refuses aliases where they stand."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise MarkedYAMLError(problem="found undefined alias", problem_mark=mark)
        return super().compose_node(parent, index)


class YamlError(ValueError):
    """The text is not YAML; ``mistake`` says where and why."""

    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake
        super().__init__(str(mistake))


def compose(text: str) -> yaml.Node | None:
    """The root node, ``None`` for an empty document. Raises YamlError."""
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        problem = f"the character U+{ord(text[error.position]):04X} cannot stand in YAML"
        raise YamlError(Mistake(line, column, problem, "remove it")) from None
    except MarkedYAMLError as error:
        raise YamlError(_in_plain_words(error)) from None
    except RecursionError:
        problem = "lists and mappings are nested too deeply"
        raise YamlError(Mistake(1, 1, problem, "close every bracket")) from None
    return root


def _in_plain_words(error: MarkedYAMLError) -> Mistake:
    said = f"{error.context or ''} {error.problem or ''}".strip()
    unknown = (f"not YAML here ({said})", "put text with special characters in quotes")
    meanings = ((problem, mend) for part, problem, mend in PLAIN_WORDS if part in said)
    problem, mend = next(meanings, unknown)
    mark = error.problem_mark or error.context_mark
    # What is never closed is noticed at the end of the file: its beginning is the place.
    if "end of stream" in said or "<stream end>" in said:
        mark = error.context_mark or mark
    line, column = position(mark) if mark else (1, 1)
    return Mistake(line, column, problem, mend)


def describe(node: yaml.Node) -> str:
    """What a node is, in words for a mistake."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "nothing" if is_nothing(node) else f"'{node.value}'"


def is_nothing(node: yaml.Node) -> bool:
    """Whether a node is YAML's null, as left behind by ``key:`` alone."""
    return isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")


def is_foreign(node: yaml.Node) -> bool:
    """Whether a node carries a tag that is not one of YAML's plain ones."""
    return not STANDARD.match(node.tag)


def place_in(text: str, node: yaml.ScalarNode, offset: int) -> tuple[int, int]:
    """Line and column (from 1) of the character at ``offset`` of a scalar's value.

    The value differs from the text by quotes, escapes and folded lines, so the two are walked
    side by side, runs of blanks counting as one.
    """
    at, end = node.start_mark.index, node.end_mark.index
    if node.style in {"|", ">"}:
        at = text.find("\n", at, end) + 1
    elif node.style in {'"', "'"}:
        at += 1
    value, done = node.value, 0
    while done < offset and at < end:
        if value[done].isspace():
            while done < offset and value[done].isspace():
                done += 1
            at = _skip_blanks(text, at, end, escapes=node.style == '"')
        else:
            at = _skip_blanks(text, at, end, escapes=False)
            at += _width(text, at, node.style)
            done += 1
    if done < len(value) and not value[done].isspace():
        at = _skip_blanks(text, at, end, escapes=False)
    return _line_and_column(text, min(at, end))


def _skip_blanks(text: str, at: int, end: int, *, escapes: bool) -> int:
    while at < end:
        if text[at].isspace():
            at += 1
        elif escapes and text[at : at + 2] in {"\\n", "\\t", "\\r", "\\ ", "\\\n"}:
            at += 2
        else:
            break
    return at


def _width(text: str, at: int, style: str | None) -> int:
    """How many characters of the text stand for one of the value."""
    if style == "'" and text.startswith("''", at):
        return 2
    if style == '"' and text[at] == "\\":
        return 2 + {"x": 2, "u": 4, "U": 8}.get(text[at + 1], 0)
    return 1


def _line_and_column(text: str, index: int) -> tuple[int, int]:
    starts = [0] + [match.end() for match in re.finditer(r"\r\n|[\n\r\x85\u2028\u2029]", text)]
    line = bisect_right(starts, index)
    return line, index - starts[line - 1] + 1


def position(mark: Mark) -> tuple[int, int]:
    """A mark as line and column from 1."""
    return mark.line + 1, mark.column + 1
