"""Pictures of every kind of mail and of alerts' pages, in light and dark, on a phone and on a desk; needs Chromium."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from bench.audits import pages
from bench.mails import samples

_SCHEMES = {"light": 1, "dark": 0}


def page(html: str, height: int) -> str:
    """Both widths beside each other."""
    frames = "".join(
        f'<iframe srcdoc="{escape(html)}" width="{width}" height="{height}" '
        'style="border:0;margin:0 8px 0 0;vertical-align:top"></iframe>'
        for width in (375, 1200)
    )
    return f'<body style="margin:0;background:#888;white-space:nowrap">{frames}</body>'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("mails"))
    parser.add_argument("--only", default="")
    parser.add_argument("--height", type=int, default=1500)
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("look: needs Chromium (Debian: apt install chromium)", file=sys.stderr)
        return 2
    given.folder.mkdir(parents=True, exist_ok=True)
    shown = pages()
    for name, mail in samples().items():
        (given.folder / f"{name}.txt").write_text(f"Subject: {mail.subject}\n\n{mail.text}")
        shown[name] = mail.html
    for name, html in shown.items():
        (given.folder / f"{name}.html").write_text(html)
        if given.only and name not in given.only.split(","):
            continue
        for scheme, number in _SCHEMES.items():
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / "page.html"
                source.write_text(page(html, given.height))
                picture = given.folder / f"{name}-{scheme}.png"
                subprocess.run(
                    [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     f"--blink-settings=preferredColorScheme={number}",
                     f"--user-data-dir={folder}/profile", f"--screenshot={picture}",
                     f"--window-size=1591,{given.height}", source.as_uri()],
                    check=True, capture_output=True, timeout=120,
                )  # fmt: skip
                print(picture)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
