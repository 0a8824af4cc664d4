"""Piece: one article of the newsroom, as its editors filed it, read from ``stories/*.md``.

A file holds a YAML header between two ``---`` lines and then paragraphs separated by a blank
line. ``SLUG.md`` is a piece; ``SLUG.revised.md`` its later version. The header also says what an
honest editor would say the piece is about and which watches it must ring: the truth the
demonstration is judged by, set down by hand and never computed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

#: What ``visible`` says of a piece that is there before the newsroom starts to publish.
BEFORE = "before"

_REVISED = ".revised"


class PieceError(ValueError):
    """A story file that cannot be used; the message names the file and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a piece says from ``visible`` on: seconds after the start of play, None: before it."""

    headline: str
    paragraphs: tuple[str, ...]
    visible: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One article. ``versions`` are in the order of appearance; ``dated`` is the day it tells of.

    ``story`` names the event, the same for every outlet that carries the text. ``people`` are
    named as written in the piece's language, ``countries`` are ISO 3166-1 codes, ``topics`` IPTC
    top-level names, the main one first, and ``rings`` the watches that must ring. ``updates`` are
    those that may tell of the story again because of this piece; ``held`` those that match and must
    not ring, each with the rule that says why. Its feed dates it ``hours_ago``.
    """

    slug: str
    outlet: str
    author: str
    dateline: str
    dated: date
    story: str
    caption: str
    credit: str
    people: tuple[str, ...]
    countries: tuple[str, ...]
    topics: tuple[str, ...]
    rings: tuple[str, ...]
    updates: tuple[str, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    hours_ago: float = 0.0
    versions: tuple[Version, ...]

    @property
    def visible(self) -> float | None:
        """When the piece first appears, in seconds after the start of play; None: before it."""
        return self.versions[0].visible

    def path(self) -> str:
        """Where the piece is served, from the newsroom's root."""
        return f"/{self.outlet}/{self.slug}"


def read_piece(name: str, text: str) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Split a story file into its header and its paragraphs. Raises PieceError."""
    opening, _, rest = text.partition("---\n")
    header, fence, body = rest.partition("\n---\n")
    if opening.strip() or not fence:
        raise PieceError(f"{name}: begin with a YAML header between two lines of ---")
    try:
        fields = yaml.safe_load(header)
    except yaml.YAMLError as error:
        raise PieceError(
            f"{name}: the header is not YAML: {' '.join(str(error).split())}"
        ) from error
    if not isinstance(fields, dict):
        raise PieceError(f"{name}: the header must be lines of 'key: value'")
    paragraphs = tuple(" ".join(part.split()) for part in body.split("\n\n") if part.strip())
    if not paragraphs:
        raise PieceError(f"{name}: there is no text below the header")
    return fields, paragraphs


def _version(name: str, fields: Mapping[str, Any], paragraphs: tuple[str, ...]) -> Version:
    visible = fields.get("visible")
    if visible != BEFORE and not isinstance(visible, int | float):
        raise PieceError(f"{name}: visible must be seconds after the start, or '{BEFORE}'")
    return Version(
        headline=str(fields["headline"]),
        paragraphs=paragraphs,
        visible=None if visible == BEFORE else float(visible),
    )


def _words(name: str, fields: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts. YAML takes the code of Norway for the word no, so each must be quoted text."""
    values = fields[key]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise PieceError(f"{name}: {key} must be a list of texts; put quotes round {values}")
    return tuple(values)


def _piece(name: str, fields: Mapping[str, Any], paragraphs: tuple[str, ...]) -> Piece:
    return Piece(
        slug=name,
        outlet=fields["outlet"],
        author=fields["author"],
        dateline=fields["dateline"],
        dated=fields["dated"],
        story=fields.get("story", name),
        caption=fields["caption"],
        credit=fields["credit"],
        people=_words(name, fields, "people"),
        countries=_words(name, fields, "countries"),
        topics=_words(name, fields, "topics"),
        rings=_words(name, fields, "rings"),
        updates=_words(name, {"updates": [], **fields}, "updates"),
        held=dict(fields.get("held", {})),
        hours_ago=float(fields.get("hours_ago", 0)),
        versions=(_version(name, fields, paragraphs),),
    )


def assemble(texts: Iterable[tuple[str, str]]) -> tuple[Piece, ...]:
    """Turn (file stem, text) pairs into pieces, revised versions joined to their first one.

    Raises PieceError for a file without its header, a missing key, or a revision of nothing.
    """
    pieces: dict[str, Piece] = {}
    for name, text in sorted(texts, key=lambda pair: (_REVISED in pair[0], pair[0])):
        fields, paragraphs = read_piece(name, text)
        try:
            if not name.endswith(_REVISED):
                pieces[name] = _piece(name, fields, paragraphs)
                continue
            first = pieces[fields["revises"]]
            later = _version(name, fields, paragraphs)
        except KeyError as error:
            raise PieceError(f"{name}: {error.args[0]!r} is missing; add it") from error
        pieces[first.slug] = replace(first, versions=(*first.versions, later))
    return tuple(pieces.values())


@cache
def load_pieces() -> tuple[Piece, ...]:
    """Every piece shipped with the package, in the order of their slugs. Raises PieceError."""
    folder = files("worker.demo") / "stories"
    return assemble(
        (entry.name.removesuffix(".md"), entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".md")
    )
