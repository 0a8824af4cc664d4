"""How fast articles are found in web pages, beside plain trafilatura in the same run, on one core.

    python -m bench.extract [--pages FOLDER]

FOLDER holds .html or .html.gz files; without it pages are made here as newsrooms send them: a menu,
scripts, pictures with captions, teasers, comments and a footer round the story. CPU seconds count,
so what else the machine does matters less. Both ways are measured in turn, and the best of several
rounds counts. Plain trafilatura is the library as it is called out of the box, metadata included.
"""

import argparse
import gzip
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import trafilatura

from bench.report import Bar, report
from worker.articles.extract import NoArticle, extract_page

_ROUNDS = 5
_SCRIPT = (
    "<script>(function(w){w.dataLayer=w.dataLayer||[];"
    + "w.q.push({k:'v',n:1});" * 400
    + "})(window)</script>"
)
_SENTENCE = (
    "The ferry &amp; the <strong>harbour</strong> council said on Monday that <a href='/2026/11/ships-{0}'>forty ships</a>"
    " waited off the quay, the {0}th time this year that the port has closed. "
)


def main() -> None:
    """Measure both ways."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, help="a folder of .html or .html.gz files")
    options = parser.parse_args()
    pages = read(options.pages) if options.pages else [page(number) for number in range(60)]
    size = sum(map(len, pages)) / 1e6
    print(f"{len(pages)} pages, {size:.1f} MB")
    ways: dict[str, Callable[[bytes], object]] = {"trafilatura": plain, "tocsin": ours}
    seconds = measure(ways, pages)
    for way, spent in seconds.items():
        print(f"  {way:<12}{1e3 * spent / len(pages):8.2f} ms {len(pages) / spent:8.1f}/s")
    speed = {way: round(len(pages) / spent, 1) for way, spent in seconds.items()}
    ratio = round(speed["tocsin"] / speed["trafilatura"], 2)
    print(f"  ratio {ratio}")
    report(
        "extract",
        {f"{way}_pages_per_second": value for way, value in speed.items()},
        {"pages_per_second": Bar(speed["tocsin"], 150.0), "times_trafilatura": Bar(ratio, 2.5)},
    )


def measure(ways: dict[str, Callable[[bytes], object]], pages: Sequence[bytes]) -> dict[str, float]:
    """CPU seconds for all pages, the best round of each way."""
    best: dict[str, float] = {}
    for turn in range(_ROUNDS):
        for way, read_page in ways.items():
            started = time.process_time()
            for body in pages:
                read_page(body)
            spent = time.process_time() - started
            if turn:  # the first only warms up
                best[way] = min(spent, best.get(way, spent))
    return best


def ours(body: bytes) -> object:
    """The whole article: text, captions, facts, language."""
    try:
        return extract_page(body)
    except NoArticle:
        return None


def plain(body: bytes) -> object:
    """Trafilatura as it comes."""
    return trafilatura.bare_extraction(
        body, favor_precision=True, include_comments=False, with_metadata=True
    )


def read(folder: Path) -> list[bytes]:
    """The pages in a folder."""
    found = sorted(path for path in folder.rglob("*") if path.name.endswith((".html", ".html.gz")))
    return [
        gzip.decompress(b) if (b := path.read_bytes()).startswith(b"\x1f\x8b") else b
        for path in found
    ]


def page(number: int) -> bytes:
    """A news page: one of six templates, of four lengths."""
    paragraphs = [
        _SENTENCE.format(place) * (1 + place % 3) for place in range(6 + 6 * (number % 4))
    ]
    story = _TEMPLATES[number % len(_TEMPLATES)](paragraphs)
    menu = "".join(f"<li><a href='/section/{n}'>Section {n}</a></li>" for n in range(40))
    teasers = "".join(
        f"<div class='teaser'><a href='/t/{n}'><h3>Ferry number {n} is late again</h3></a><p>Pilots and crews strike.</p></div>"
        for n in range(30)
    )
    comments = "".join(f"<li class='comment'><p>{_SENTENCE.format(n)}</p></li>" for n in range(15))
    return f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">
<title>Ferry {number} stays in service | The Courier</title>{_SCRIPT * 12}
<meta property="og:title" content="Ferry {number} stays in service"><meta property="og:site_name" content="The Courier">
<link rel="canonical" href="https://courier.example/2026/11/ferry-{number}">
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"NewsArticle","headline":"Ferry {number} stays
in service","datePublished":"2026-11-23T09:15:00+01:00","author":[{{"@type":"Person","name":"Ingrid Salt"}}]}}</script></head>
<body class="single"><header><nav><ul>{menu}</ul></nav></header><div class="cookie-banner">We use cookies.</div>
<main><h1>Ferry {number} stays in service</h1><p class="byline">By Ingrid Salt</p>{story}
<aside class="related">{teasers}</aside><section id="comments"><ol>{comments}</ol></section></main>
<footer><ul>{menu}</ul><p>© The Courier. All rights reserved.</p></footer>{_SCRIPT * 6}</body></html>""".encode()


def _figure(place: int) -> str:
    return f"<figure><img src='/{place}.jpg' alt=''><figcaption>The quay on day {place}. Photo: Dan Mast/AP</figcaption></figure>"


def _with_figures(paragraphs: Sequence[str]) -> str:
    return "".join(
        f"<p>{text}</p>{_figure(place) if place % 5 == 0 else ''}"
        for place, text in enumerate(paragraphs)
    )


_TEMPLATES: tuple[Callable[[Sequence[str]], str], ...] = (
    lambda told: f"<article><div class='article-body'>{_with_figures(told)}</div></article>",
    lambda told: f"<div class='story'>{_with_figures(told)}<p>With reporting by AFP</p></div>",
    lambda told: f"<div id='content'><div class='text'>{'<br><br>'.join(told)}</div></div>",
    lambda told: "<article>" + "".join(f"<div class='block'><p>{one}</p></div>" for one in told) + "</article>",
    lambda told: f"<div itemprop='articleBody'>{_with_figures(told)}<div class='newsletter-signup'>Join us</div></div>",
    lambda told: f"<table><tr><td>{_with_figures(told[:3])}</td></tr></table><div><p>{'</p><p>'.join(told[3:])}</p></div>",
)  # fmt: skip


if __name__ == "__main__":
    main()
