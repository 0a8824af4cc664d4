"""What a page is, if it is no plain article: a live blog, one of its updates, a gallery, a video."""

import re
from urllib.parse import urlsplit

from worker.model import Form

_LIVE = re.compile(
    r"(?:^|[/-])(?:live-?blogs?|live-?updates?|live-?ticker|minute-?by-?minute|newsticker|en-direct|en-directo|en-vivo"
    r"|minuto-a-minuto|onlain|onlajn|hronika)(?:$|[/.-])|/live/",
    re.IGNORECASE,
)
_LIVE_TITLE = re.compile(
    r"^(?:live\s?(?:updates?|blog)?\s?[:|–—-]|liveblog\b|liveticker\b|newsblog\b|(?:en )?direct[eo]?\s?[:|–—]|en vivo\s?[:|–—]|онлайн\s?[:|–—])"
    r"|[\s,:–—-](?:live updates?|as it happened|liveblog|live-?ticker)$",
    re.IGNORECASE,
)
#: One post of a live blog: what news sites put behind its address.
_POST = re.compile(
    r"(?:^|[=:&#/])(?:block|post|update|entry|liveblog|pinned_post|live-?post)(?:[-_=:][\w-]{3,}|\d{3,})",
    re.IGNORECASE,
)
_GALLERY = re.compile(
    r"/(?:(?:photo|picture|image|foto)-?(?:galler(?:y|ies|ia|ie|ias)|essays?|story|stories)|galler(?:y|ies|ia)|galer(?:ie|ía|ia)s?|in-pictures|pictures|photos"
    r"|fotostrecken?|bilderstrecken?|diaporamas?|slideshows?|fotoreport(?:azh|age)?|fotolenta)(?:$|[/-])",
    re.IGNORECASE,
)  # fmt: skip
_VIDEO = re.compile(r"/(?:videos?|watch|av|mediathek)/", re.IGNORECASE)
_GALLERIES = frozenset({"ImageGallery", "MediaGallery"})


def form_of(url: str, title: str, kinds: frozenset[str], og_type: str) -> Form:
    """What the page at ``url`` is, by its linked data's types, its OpenGraph type, address and title."""
    parts = urlsplit(url)
    if "LiveBlogPosting" in kinds or _LIVE.search(parts.path) or _LIVE_TITLE.search(title):
        return Form.LIVE_UPDATE if _POST.search(f"{parts.query}#{parts.fragment}") else Form.LIVE
    if kinds & _GALLERIES or og_type.startswith("gallery") or _GALLERY.search(parts.path):
        return Form.GALLERY
    if "VideoObject" in kinds or og_type.startswith("video") or _VIDEO.search(parts.path):
        return Form.VIDEO
    if kinds & {"AudioObject", "PodcastEpisode"}:
        return Form.AUDIO
    return Form.ARTICLE
