"""The name Tocsin gives itself."""

from worker import __version__

#: A public page about Tocsin; empty as long as there is none.
PROJECT_URL = ""


def user_agent(contact: str = "", project: str = PROJECT_URL) -> str:
    """The User-Agent ``Tocsin/VERSION (+URL; contact)``: what asks, and whom one can turn to.

    ``contact`` is the operator's: a URL, a mail address, or both as ``URL; address``. Characters
    that cannot stand in a comment of a header (RFC 9110, 5.6.5) are left out.
    """
    shown = "".join(
        char
        for char in contact.strip()
        if char.isascii() and char.isprintable() and char not in "()\\"
    )
    linked = shown.startswith(("http://", "https://"))
    parts = [f"+{project}" if project else "", f"+{shown}" if shown and linked else shown]
    comment = "; ".join(part for part in parts if part)
    if not project and not linked:
        comment = "; ".join(part for part in ("self-hosted news monitor", shown) if part)
    return f"Tocsin/{__version__} ({comment})"
