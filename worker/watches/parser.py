"""The grammar of queries, read by hand: one token ahead, one function a level.

Syntax that cannot be understood raises at once. A value that is wrong is kept, since what follows
may be worse: of several, the one furthest left is raised at the end.
"""

from collections.abc import Callable

from worker.model import Entity, Kind
from worker.watches import misplaced, mistakes
from worker.watches.comparing import COMPARISON, read_comparison
from worker.watches.errors import QueryError
from worker.watches.tokens import PLAIN, TOKEN, VALUE
from worker.watches.tree import (
    FIELDS,
    AllOf,
    AnyOf,
    Clause,
    Compare,
    Field,
    Measure,
    Near,
    Node,
    NoneOf,
    SameSentence,
    Spike,
)
from worker.watches.values import check_value, read_value

Find = Callable[[Kind, str], Entity | None]
"""Looks a name up among the known entities and the user's topics: the tagger's ``find``."""

MAX_DEPTH = 50
NEAR = 10
"""The distance of a NEAR that names none."""
FARTHEST = 100


class Parser:
    """One reading of one text."""

    def __init__(self, text: str, find: Find | None) -> None:
        self.text = text
        self._plain = text if text.isascii() else text.translate(PLAIN)
        self._find = find
        self._problem: QueryError | None = None
        self._within = Field.ANY  # the field whose group is being read
        self._depth = 0
        self._before = ("", 0, 0)  # what waits for the token at hand: an operator, a field, ...
        self._kind, self._start, self._end = "", 0, 0

    def parse(self) -> Node:
        """The syntax tree. Raises QueryError."""
        self._next()
        spike = self._kind == "function" and self._word().lower() == "spike("
        root = self._spike() if spike else self._any_of()
        if self._kind == "close":
            raise misplaced.closing(self.text, self._start, self._before)
        if self._kind != "end":
            raise misplaced.after_spike(self.text, self._start)
        if self._problem:
            raise self._problem
        return root

    # ---------------------------------------------------------------- tokens

    def _next(self, *, after: str = "", value: bool = False) -> None:
        """Read on. ``after`` names what the token just passed was, where it waits for another."""
        self._before = (after, self._start, self._end)
        found = (VALUE if value else TOKEN).match(self._plain, self._end)
        assert found is not None
        self._kind = kind = found.lastgroup or ""
        self._start, self._end = found.span(kind)
        if kind == "quote":
            raise misplaced.stray_quote(self.text, self._start, self._plain[self._start])

    def _word(self) -> str:
        return self._plain[self._start : self._end]

    def _keep(self, problem: QueryError) -> None:
        if self._problem is None or problem.column < self._problem.column:
            self._problem = problem

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise mistakes.too_deep(self.text, MAX_DEPTH)

    # ---------------------------------------------------------------- levels

    def _any_of(self) -> Node:
        parts = [self._all_of()]
        while self._kind == "operator" and self._word() != "AND":
            self._next(after=self._word())
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all_of(self) -> Node:
        parts = [self._unary()]
        while self._kind not in {"close", "end"}:
            if self._kind == "operator":
                if self._word() != "AND":
                    break
                self._next(after="AND")
            elif self._kind == "word" and isinstance(parts[-1], Clause) and self._is_list():
                self._keep(
                    mistakes.unjoined(
                        self.text, self._start, self._within, parts[-1].value, self._word()
                    )
                )
            parts.append(self._unary())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _is_list(self) -> bool:
        """Whether values side by side leave open what is meant: ``person:(Angela Merkel)``."""
        return not self._within.is_words

    def _unary(self) -> Node:
        if self._kind != "not":
            return self._proximity()
        self._deeper()
        self._next(after=self._word())
        part = self._unary()
        self._depth -= 1
        return NoneOf(part)

    def _proximity(self) -> Node:
        column = self._start
        first = self._operand()
        if self._kind != "near":
            return first
        parts = [self._placed(first, column)]
        operators: list[str] = []
        first_column = self._start
        while self._kind == "near":
            operators.append(self._word())
            if operators[-1][0] != operators[0][0] or (operators[1:] and operators[0][0] == "N"):
                self._keep(misplaced.chain(self.text, self._start, operators[-1]))
            self._next(after=operators[-1])
            column = self._start
            parts.append(self._placed(self._operand(), column))
        if operators[0][0] == "~":
            return SameSentence(tuple(parts))
        distance = int(operators[0][5:] or NEAR)
        if distance > FARTHEST:
            self._keep(misplaced.too_far(self.text, first_column, operators[0], FARTHEST))
        return Near((parts[0], parts[1]), distance)

    def _placed(self, node: Node, column: int) -> Node:
        """The part of a NEAR, which must have a place in the text; groups in groups become one."""
        parts = tuple(_alternatives(node))
        for part in parts:
            field = part.field if isinstance(part, Clause) else None
            if field is None or field is Field.TOPIC or not (field.is_words or field.is_mention):
                self._keep(misplaced.no_place(self.text, column, part))
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    def _operand(self) -> Node:
        kind = self._kind
        if kind in {"word", "phrase"}:
            return self._clause(self._within, self._start)
        if kind == "field":
            return self._fielded()
        if kind == "open":
            return self._group()
        if kind == "measure":
            return self._measure(Measure(self._word().lower()), None, self._start)
        if kind == "function":
            return self._function()
        raise misplaced.no_operand(self.text, self._kind, self._start, self._end, self._before)

    def _group(self, field: Field | None = None) -> Node:
        opened, outer = self._start, self._within
        self._deeper()
        self._within = outer if field is None else field
        self._next(after="(")
        node = self._any_of()
        if self._kind == "end":
            raise misplaced.unclosed(self.text, opened)
        self._within = outer
        self._depth -= 1
        self._next()
        return node

    # ---------------------------------------------------------------- clauses

    def _fielded(self) -> Node:
        start, name = self._start, self._word()
        field = FIELDS.get(name[:-1]) or FIELDS.get(name[:-1].lower())
        if field is None:
            self._keep(mistakes.unknown_field(self.text, start, name, FIELDS))
        elif self._within:
            self._keep(misplaced.field_in_group(self.text, start, name, self._within))
        self._next(after=name, value=True)
        if self._kind == "nothing":
            raise mistakes.no_value(self.text, name[:-1].lower(), self._before[2])
        if self._kind == "open":
            return self._group(field or Field.ANY)
        return self._clause(field or Field.ANY, start)

    def _clause(self, field: Field, column: int) -> Clause:
        start, end = self._start, self._end
        quoted = self._kind == "phrase"
        self._next()
        raw = self.text[start:end]
        value, exact, prefix = read_value(raw, quoted=quoted)
        key = ""
        names: tuple[str, ...] = ()
        own = self._find(Kind.TOPIC, value) if self._find and field is Field.TOPIC else None
        if own:
            key, names = own.key, (own.name,)
        elif self._problem is None:  # what follows one is further right
            try:
                key = check_value(
                    self.text, start, field, raw, value, quoted=quoted, exact=exact, prefix=prefix
                )
            except QueryError as problem:
                self._keep(problem)
        return Clause(
            field=field,
            value=value,
            written=f"{field}:{raw}" if field and column == start else self.text[column:end],
            column=column,
            key=key,
            exact=exact,
            prefix=prefix,
            names=names,
        )

    # ---------------------------------------------------------------- comparisons

    def _function(self) -> Node:
        start, name = self._start, self._word()
        if self._within:
            self._keep(misplaced.field_in_group(self.text, start, name, self._within))
        if name.lower() == "spike(":
            self._keep(misplaced.spike_inside(self.text, start))
        inner, column = self._argument()
        measure = Measure(name[:-1].lower()) if name.lower() != "spike(" else Measure.MENTIONS
        clause = inner if isinstance(inner, Clause) else None
        if clause is None:
            self._keep(mistakes.several_measured(self.text, column, measure))
        elif not clause.field.is_mention or (clause.field, measure) == (Field.TOPIC, "mentions"):
            self._keep(mistakes.unmeasured(self.text, column, measure, clause))
        return self._measure(measure, clause, start)

    def _argument(self) -> tuple[Node, int]:
        """What stands in the parentheses of a function, and where; its ``)`` is at hand then."""
        opened, outer = self._end - 1, self._within
        self._deeper()
        self._within = Field.ANY
        self._next(after="(")
        column = self._start
        inner = self._any_of()
        if self._kind == "end":
            raise misplaced.unclosed(self.text, opened)
        self._within = outer
        self._depth -= 1
        return inner, column

    def _measure(self, measure: Measure, clause: Clause | None, column: int) -> Compare:
        operator, number = self._comparison(measure)
        end = self._end
        self._next()
        return Compare(
            measure=measure,
            clause=clause,
            operator=operator,
            number=number,
            written=self.text[column:end],
            column=column,
        )

    def _comparison(self, measure: str) -> tuple[str, float]:
        found = COMPARISON.match(self._plain, self._end)
        assert found is not None
        self._end = found.end()
        try:
            return read_comparison(self.text, measure, found)
        except QueryError as problem:
            self._keep(problem)
            return ">", 0.0

    def _spike(self) -> Spike:
        node, column = self._argument()
        if any(part.measure is Measure.OUTLETS for part in _comparisons(node)):
            self._keep(mistakes.outlets_in_spike(self.text, column))
        operator, number = self._comparison("spike")
        self._next()
        return Spike(node, operator, number)


def _alternatives(node: Node) -> list[Node]:
    if isinstance(node, AnyOf):
        return [part for one in node.parts for part in _alternatives(one)]
    return [node]


def _comparisons(node: Node) -> list[Compare]:
    match node:
        case Compare():
            return [node]
        case NoneOf(part):
            return _comparisons(part)
        case AllOf(parts) | AnyOf(parts):
            return [found for part in parts for found in _comparisons(part)]
    return []
