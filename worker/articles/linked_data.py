"""What a page says of its article in JSON-LD (schema.org)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_ARTICLE = re.compile(r"(?:Article|Posting|Report|Reportage)$")
_MEDIA = frozenset({"VideoObject", "ImageGallery", "MediaGallery", "AudioObject", "PodcastEpisode"})
_NESTED = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement")
_MOST_NODES = 2_000
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LinkedData:
    """The node of the page's article (``{}`` where there is none), and what else is told."""

    article: Node = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    crumbs: tuple[str, ...] = ()
    named: dict[str, Node] = field(default_factory=dict)

    def text(self, *keys: str) -> str:
        """The first of these properties of the article that has a text."""
        return next((found for key in keys for found in self.texts(self.article.get(key))), "")

    def texts(self, value: Any) -> Iterator[str]:
        """Texts of a value: of a node its name or address; references are followed."""
        if isinstance(value, str):
            if value.strip():
                yield value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield str(value)
        elif isinstance(value, list):
            for one in value[:50]:
                yield from self.texts(one)
        elif isinstance(value, dict):
            node = value if len(value) > 1 else self.named.get(str(value.get("@id")), value)
            yield from self.texts(
                next((node[k] for k in ("name", "url", "@value") if node.get(k)), None)
            )


def read_linked_data(scripts: list[str], address: str) -> LinkedData:
    """The linked data of a page at ``address``, which tells its article from those it lists.

    What is no JSON is left out.
    """
    nodes: list[Node] = []
    for script in scripts:
        try:
            nodes += _nodes(json.loads(script, strict=False))
        except (ValueError, RecursionError):
            continue
    articles = [node for node in nodes if any(map(_ARTICLE.search, _kinds(node)))]
    media = [node for node in nodes if _MEDIA & set(_kinds(node))]
    ours = [node for node in articles if address and address in _addresses(node)]
    article = (ours or articles or media or [{}])[0]
    return LinkedData(
        article=article,
        kinds=frozenset(_kinds(article)),
        crumbs=tuple(_crumbs(nodes)),
        named={str(node["@id"]): node for node in nodes if node.get("@id") and len(node) > 1},
    )


def _nodes(data: Any) -> list[Node]:
    """All nodes of a JSON-LD value, breadth first."""
    queue, found = [data], []
    for count, node in enumerate(queue):
        if count > _MOST_NODES:
            break
        if isinstance(node, list):
            queue.extend(node)
        elif isinstance(node, dict):
            found.append(node)
            queue.extend(node[key] for key in _NESTED if isinstance(node.get(key), dict | list))
    return found


def _kinds(node: Node) -> list[str]:
    kinds = node.get("@type")
    return [str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind]


def _addresses(node: Node) -> set[str]:
    main = node.get("mainEntityOfPage")
    values = [
        node.get("url"),
        node.get("@id"),
        main,
        main.get("@id") if isinstance(main, dict) else "",
    ]
    return {value.partition("#")[0] for value in values if isinstance(value, str)}


def _crumbs(nodes: list[Node]) -> Iterator[str]:
    """The names on the way down to the page, as in "Home > World > Europe"."""
    for node in nodes:
        if "ListItem" in _kinds(node):
            item = node.get("item")
            name = node.get("name") or (item.get("name") if isinstance(item, dict) else "")
            if isinstance(name, str) and name.strip():
                yield name.strip()
