"""Outlet: an invented publisher, how its feed is written and how its pages look."""

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """The syndication formats the newsroom writes."""

    RSS2 = "RSS 2.0"
    RDF = "RSS 1.0"
    ATOM = "Atom 1.0"
    JSON = "JSON Feed 1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One publisher.

    ``full_text`` puts whole articles into the feed; ``etag`` and ``last_modified`` say which
    validators its server sends (RFC 9110); ``stumbles`` is how many polls after the start of
    play it answers with 500 before it recovers.
    """

    slug: str
    name: str
    language: str
    motto: str
    format: Format
    template: str
    feed: str
    full_text: bool = False
    encoding: str = "utf-8"
    etag: bool = True
    last_modified: bool = True
    stumbles: int = 0

    @property
    def feed_path(self) -> str:
        """Where the feed is served, from the newsroom's root."""
        return f"/{self.slug}/{self.feed}"


OUTLETS: tuple[Outlet, ...] = (
    Outlet(
        slug="harbour-post",
        name="The Harbour Post",
        language="en",
        motto="Tides, trade and the town",
        format=Format.RSS2,
        template="broadsheet",
        feed="rss.xml",
    ),
    Outlet(
        slug="northern-ledger",
        name="Northern Ledger",
        language="en",
        motto="A plain account of the day",
        format=Format.ATOM,
        template="magazine",
        feed="atom.xml",
        last_modified=False,
    ),
    Outlet(
        slug="meridian-wire",
        name="Meridian Wire",
        language="en",
        motto="Copy for every desk",
        format=Format.RSS2,
        template="wire",
        feed="all.rss",
        full_text=True,
    ),
    Outlet(
        slug="civic-courier",
        name="Civic Courier",
        language="en",
        motto="What the council did next",
        format=Format.JSON,
        template="tabloid",
        feed="feed.json",
    ),
    Outlet(
        slug="prairie-dispatch",
        name="Prairie Dispatch",
        language="en",
        motto="From the county line",
        format=Format.RDF,
        template="regional",
        feed="index.rdf",
        etag=False,
    ),
    Outlet(
        slug="open-orbit",
        name="Open Orbit",
        language="en",
        motto="Notes on sky and Earth",
        format=Format.JSON,
        template="magazine",
        feed="feed.json",
        full_text=True,
    ),
    Outlet(
        slug="touchline",
        name="The Touchline",
        language="en",
        motto="Results first",
        format=Format.ATOM,
        template="tabloid",
        feed="feed.atom",
        full_text=True,
    ),
    Outlet(
        slug="vechernyaya-gavan",
        name="Вечерняя гавань",
        language="ru",
        motto="Городская газета у воды",
        format=Format.RSS2,
        template="broadsheet",
        feed="rss.xml",
        encoding="windows-1251",
    ),
    Outlet(
        slug="volna",
        name="Волна",
        language="ru",
        motto="Новости без спешки",
        format=Format.RDF,
        template="wire",
        feed="rss.rdf",
        last_modified=False,
    ),
    Outlet(
        slug="dniprovskyi-visnyk",
        name="Дніпровський вісник",
        language="uk",
        motto="Щоденні новини двох берегів",
        format=Format.ATOM,
        template="regional",
        feed="atom.xml",
    ),
    Outlet(
        slug="le-quai",
        name="Le Quai",
        language="fr",
        motto="Le journal du bord de l'eau",
        format=Format.RSS2,
        template="magazine",
        feed="fil.xml",
        etag=False,
    ),
    Outlet(
        slug="gazette-des-ponts",
        name="La Gazette des ponts",
        language="fr",
        motto="D'une rive à l'autre",
        format=Format.JSON,
        template="regional",
        feed="feed.json",
        stumbles=2,
    ),
    Outlet(
        slug="diario-del-muelle",
        name="Diario del Muelle",
        language="es",
        motto="Noticias con los pies en el agua",
        format=Format.RSS2,
        template="tabloid",
        feed="portada.xml",
    ),
    Outlet(
        slug="hafenbote",
        name="Der Hafenbote",
        language="de",
        motto="Nachrichten von der Küste",
        format=Format.RDF,
        template="broadsheet",
        feed="nachrichten.rdf",
    ),
)
