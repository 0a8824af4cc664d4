"""Links: made absolute, and made the same where they lead to the same."""

import re
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit

from worker.markup import storable

#: Query parameters that tell where a reader came from and never what is shown.
_TRACKING = re.compile(
    r"utm_\w*|at_(?:medium|campaign\w*|link\w*|format|ptr_name|bbc_team)|(?:fb|g|dc|ms|y|tw|ig|li_fat_)clid"
    r"|gbraid|wbraid|li_fat_id|igshid|mc_[ce]id|mkt_tok|cmpid|cmp|ocid|xtor|wt_mc|ns_mchannel"
    r"|ns_source|ns_campaign|__twitter_impression|amp|outputtype|_hs(?:enc|mi)|yclid|maca|ftag|smid|traffic_source",
    re.IGNORECASE,
)
#: Absolute URLs that joining with a base leaves as they are, in whatever script their paths are.
ABSOLUTE = re.compile(
    r"https?://[a-z0-9][a-z0-9.-]*+(?::[0-9]{1,5})?(?:/[\w~%@!$*,+.:/()\u2010-\u2027-]*+)?"
    r"(?:\?[\w~%@!$*,+.:/()=;&\u2010-\u2027-]++)?(?:#[\w.=:/-]++)?"
)
#: Names of the same site for another screen; what is left must still be a domain.
_VARIANT_HOST = re.compile(r"^(?:(?:www|m|mobile|amp)\.)+(?=[^.]+\.[^.]+)")
_AMP_PATH = re.compile(r"/amp$|\.amp(?:$|(?=\.html?$))")
_AMP_CACHE = re.compile(r"/[cv]/(?:s/)?([^/]+)(/.*)?")
#: URLs that need no taking apart: nothing in them is written in more ways than one.
_ORDINARY = re.compile(
    r"https?://(?>(?:(?:www|m|mobile|amp)\.)+(?=[a-z0-9_-]+\.[a-z0-9_-]))?([a-z0-9_-]+(?:\.[a-z0-9_-]+)*+)"
    r"(/[^?#\s\x00-\x1f]*+)?(?:\?([^#\s\x00-\x1f]*+))?(?:#[^\s\x00-\x1f]*+)?"
)
#: Queries that come out of a parser as they went in.
_PLAIN_QUERY = re.compile(r"[\w.~-]+=[\w.~-]*+(?:&[\w.~-]+=[\w.~-]*+)*+", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def web_url(link: str, base: str) -> str:
    """An absolute http(s) URL, ``""`` if ``link``, seen from ``base``, does not lead to one."""
    cleaned = "".join(storable(link).split())
    try:
        absolute = urljoin(base, cleaned) if cleaned else ""
    except ValueError:
        return ""
    return absolute if absolute.lower().startswith(("http://", "https://")) else ""


def canonical_url(url: str, *, fragment: bool = False) -> str:
    """``url`` in the one form that all links to the same page share; for comparing, not fetching.

    The scheme, user, default port, tracking parameters and trailing slash go, the host is in small
    letters; so does the fragment unless it is asked for. Variants for small screens (``m.``,
    ``mobile.``, ``amp.``, AMP pages and Google's cache of them) and ``www.`` are folded into the
    page they stand for. Text that is no URL comes back as it is.
    """
    plain = None if fragment else _ORDINARY.fullmatch(url)
    if plain is None:
        return _taken_apart(url, fragment=fragment)
    host, path, query = plain.groups()
    if host.endswith(("cdn.ampproject.org", ".")):
        return _taken_apart(url, fragment=fragment)
    return _canonical(host, path or "", query or "")


def _canonical(host: str, path: str, query: str) -> str:
    path = path.rstrip("/")
    if "amp" in path:
        path = _AMP_PATH.sub("", path).rstrip("/")
    kept = _without_tracking(query) if query else ""
    return f"//{host}{path}?{kept}" if kept else f"//{host}{path}"


def _taken_apart(url: str, *, fragment: bool) -> str:
    try:
        parts = _out_of_cache(urlsplit(url.strip()))
        host, port = _host(parts), parts.port
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    host = _VARIANT_HOST.sub("", host)
    if port is not None and port != _DEFAULT_PORTS.get(parts.scheme.lower()):
        host = f"{host}:{port}"
    anchor = f"#{parts.fragment}" if fragment and parts.fragment else ""
    return _canonical(host, parts.path, parts.query) + anchor


def _out_of_cache(parts: SplitResult) -> SplitResult:
    """The page behind one of Google's AMP cache: ``cdn.ampproject.org/c/s/HOST/PATH``."""
    found = _AMP_CACHE.match(parts.path)
    if found is None or not _host(parts).endswith("cdn.ampproject.org"):
        return parts
    return parts._replace(netloc=found[1], path=found[2] or "/")


def gate_name(url: str) -> str:
    """Whose turn is taken to ask a URL: its host, with the port where that is an odd one.

    ``""`` where the host is only known once a ``${NAME}`` in it is filled in, or there is none.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = _host(parts), parts.port
    except ValueError:
        return ""
    if not host or "$" in host:
        return ""
    return host if port in {None, *_DEFAULT_PORTS.values()} else f"{host}:{port}"


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")


def _without_tracking(query: str) -> str:
    """The query without tracking parameters; untouched, byte for byte, if it holds none."""
    if _PLAIN_QUERY.fullmatch(query):
        given = query.split("&")
        left = [pair for pair in given if not _TRACKING.fullmatch(pair.partition("=")[0])]
        return query if len(left) == len(given) else "&".join(left)
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair[0])]
    return query if len(kept) == len(pairs) else urlencode(kept)
