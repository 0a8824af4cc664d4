"""What went wrong, in a line."""


def first_line(error: Exception) -> str:
    """The first line of an error's message; for a database error, of what the driver said."""
    origin = getattr(error, "orig", None) or error
    return (str(origin).strip() or type(origin).__name__).splitlines()[0]
