"""How a reader of an alert has quiet from it, or changes it: commands with what each is for."""

from shlex import quote

from worker.alerts.wording import clean_line

_LONGEST = 100


def of_story(watch_name: str, query: str, story_id: int) -> list[tuple[str, str]]:
    """For an alert of a watch for a story."""
    story = (
        [("Quiet from this story", f"tocsin watches mute {quote(watch_name)} --story {story_id}")]
        if story_id and _writable(watch_name)
        else []
    )
    return [*story, *of_watch(watch_name, query)]


def of_watch(watch_name: str, query: str) -> list[tuple[str, str]]:
    """For what comes of one watch."""
    if not _writable(watch_name):  # a name that no line can show as it is
        return [("See your watches", "tocsin watches list")]
    name = quote(watch_name)
    change = f"--query {quote(query)}" if _writable(query) else "--help"
    return [
        ("Quiet from this watch for a day", f"tocsin watches mute {name} --until 1d"),
        ("Change it", f"tocsin watches edit {name} {change}"),
    ]


def of_digest() -> list[tuple[str, str]]:
    """For a digest of several watches."""
    return [
        ("Change when digests come", "tocsin watches edit NAME --digest 'daily 08:00'"),
        ("Quiet from a watch for a day", "tocsin watches mute NAME --until 1d"),
    ]


def of_feeds() -> list[tuple[str, str]]:
    """For what happened to feeds."""
    return [("See how the feeds are", "tocsin feeds health")]


def of_channel(name: str) -> list[tuple[str, str]]:
    """For a channel that was disabled."""
    if not _writable(name):
        return [("See your channels", "tocsin channels list")]
    return [
        ("Try it", f"tocsin channels test {quote(name)}"),
        ("Send there again", f"tocsin channels resume {quote(name)}"),
    ]


def of_trouble(*, dead: bool) -> list[tuple[str, str]]:
    """For a heartbeat that needs somebody; ``dead``: deliveries were given up."""
    given_up = [("See what was given up", "tocsin deliveries list --state dead")] if dead else []
    return [*of_feeds(), *given_up]


def _writable(text: str) -> bool:
    return bool(text) and clean_line(text, _LONGEST) == text
