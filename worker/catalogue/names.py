"""Names and addresses in a catalogue: what they may look like, and the mend where they do not."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
LONGEST_NAME = 64
LONGEST_URL = 2048
# Parts of feed addresses that tell nothing of what the feed is about.
SAYS_NOTHING = frozenset(
    {"www", "www3", "feed", "feeds", "feeder", "newsfeed", "index", "default"}
    | {"rss", "rss2", "rss091", "atom", "xml", "rdf", "json"}
)


def slugify(text: str) -> str:
    """The nearest slug (``[a-z0-9][a-z0-9-]*``), ``""`` where no letter or digit can be kept."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].rstrip("-")


def name_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with the name of a feed or channel, and the mend; ``None`` if nothing."""
    if SLUG.fullmatch(name) and len(name) <= LONGEST_NAME:
        return None
    better = slugify(name)
    mend = f"write '{better}'" if better else "write something like 'bbc-world'"
    what = f"'{name}' is not a name of small letters, digits and hyphens, at most {LONGEST_NAME}"
    return what, mend


def language_problem(code: str) -> tuple[str, str] | None:
    """What is wrong with the code of a language, and the mend; ``None`` if nothing."""
    if re.fullmatch(r"[a-z]{2}", code):
        return None
    main = re.split(r"[-_]", code.lower())[0]
    mend = f"write '{main}'" if re.fullmatch(r"[a-z]{2}", main) else "write two letters such as en"
    return f"'{code}' is not an ISO 639-1 language code", mend


class FreeNames:
    """Gives out names that nobody has, with a number where one is taken."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._numbers: dict[str, int] = {}

    def take(self, name: str) -> str:
        """The name itself if it is free, else with the next number; taken from now on."""
        chosen = name = name or "feed"
        while chosen in self._taken:
            self._numbers[name] = number = self._numbers.get(name, 1) + 1
            end = f"-{number}"
            chosen = name[: LONGEST_NAME - len(end)].rstrip("-") + end
        self._taken.add(chosen)
        return chosen


def name_from_url(url: str) -> str:
    """A feed's name made of host and path: ``https://www.bbc.com/news/rss.xml`` -> bbc-com-news."""
    parts = urlsplit(re.sub(r"\$\{[^}]*\}", "", url))
    host = [part for part in (parts.hostname or "").split(".") if part not in SAYS_NOTHING]
    words = re.split(r"[^a-z0-9]+", re.sub(r"\.[a-z0-9]{2,4}$", "", parts.path.lower()))
    kept = [word for word in words if word and word not in SAYS_NOTHING]
    return slugify("-".join(host + kept))


def url_problem(url: str, *, raw: str) -> tuple[str, str] | None:
    """What is wrong with a feed's address, and the mend; ``None`` if nothing.

    ``url`` has its ``${NAME}`` filled in and is never quoted in what is returned; ``raw`` has not.
    """
    mend = "write an address such as https://example.org/feed.xml"
    if any(character.isspace() or ord(character) < 32 for character in url):
        return f"'{raw}' has blanks in it", mend
    if len(url) > LONGEST_URL:
        return f"the address has more than {LONGEST_URL} characters", mend
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f"'{raw}' is not an address", mend
    if parts.scheme not in {"http", "https"}:
        if parts.scheme in {"feed", "rss"}:
            return f"'{raw}' begins with '{parts.scheme}:'", "begin it with https://"
        if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", url):
            return f"'{raw}' has no https:// or http://", f"write 'https://{raw}'"
        return f"'{raw}' is not an http or https address", mend
    if not host or port == 0 or not re.fullmatch(r"[^.].*", host) or ".." in host:
        return f"'{raw}' has no host", mend
    if parts.password and urlsplit(raw).password == parts.password:
        return (
            "a password stands in the address",
            "keep it in the environment: https://user:${NAME}@host/",
        )
    return None


def host_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with the name of a host (``example.org``, ``example.org:8080``), and the mend."""
    if re.fullmatch(r"(?:[\w-]+(?:\.[\w-]+)*|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?", name):
        return None
    try:
        host = urlsplit(name if "//" in name else f"//{name}").netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    mend = f"write '{host}'" if host and host != name else "write one such as example.org"
    return f"'{name}' is not the name of a host", mend


def same_address(url: str) -> str:
    """A form in which two spellings of one address are equal: host in small letters, no fragment."""
    parts = urlsplit(url)
    return parts._replace(
        scheme=parts.scheme.lower(),
        netloc=parts.netloc.lower(),
        path=parts.path or "/",
        fragment="",
    ).geturl()
