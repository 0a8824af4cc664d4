"""What is wrong with a query, told so that its writer can mend it."""

import unicodedata


class QueryError(ValueError):
    """A query that cannot be understood.

    ``message`` says what is wrong, ``column`` (0-based, in code points) where in ``query``, and
    ``hint`` what would be right. ``str()`` is one line; ``pretty()`` shows the place.
    """

    def __init__(self, message: str, query: str, column: int, hint: str = "") -> None:
        self.message = message
        self.query = query
        self.column = max(0, min(column, len(query)))
        self.hint = hint
        super().__init__(message, query, column, hint)

    def __str__(self) -> str:
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.message} (at column {self.column + 1}).{hint}"

    def pretty(self) -> str:
        """The query with a caret under the place, then the message and the hint."""
        shown = "".join(" " if character.isspace() else character for character in self.query)
        indent = sum(_width(character) for character in shown[: self.column])
        lines = [shown, " " * indent + "^", f"{self.message}."]
        return "\n".join([*lines, self.hint] if self.hint else lines)


def _width(character: str) -> int:
    """The columns a character takes on a terminal."""
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
