"""A command that was called wrongly, in the one line that other mistakes have."""

from pydantic import ValidationError

# typer brings a click of its own and exports of its errors only some.
from typer._click.exceptions import BadParameter, ClickException, NoArgsIsHelpError, UsageError

__all__ = ["ClickException", "told"]


def told(error: ClickException) -> str:
    """What to tell the user: what is wrong, and whose help to read. ``""``: the help was shown."""
    if isinstance(error, NoArgsIsHelpError):
        return ""
    wrong = _value(error) if isinstance(error, BadParameter) else ""
    if not wrong:
        words = " ".join(error.format_message().split()).rstrip(".?")
        wrong = words[:1].lower() + words[1:].replace(". Did you mean", ": did you mean")
    context = error.ctx if isinstance(error, UsageError) else None
    return f"{wrong}; see {context.command_path} --help" if context else wrong


def _value(error: BadParameter) -> str:
    """What is wrong with a value that was given: ``STORY 'x' is no whole number``."""
    if not isinstance(error.__cause__, ValidationError) or not error.param or not error.ctx:
        return ""
    found = error.__cause__.errors()[0]
    what = f"{error.param.get_error_hint().replace(chr(39), '')} {str(found['input'])!r}"
    match found["type"]:
        case "int_parsing" | "int_parsing_size" | "int_from_float":
            return f"{what} is no whole number"
        case "float_parsing":
            return f"{what} is no number"
        case "greater_than_equal":
            return f"{what} is too small: at least {found['ctx']['ge']}"
        case "less_than_equal":
            return f"{what} is too large: at most {found['ctx']['le']}"
    return ""
