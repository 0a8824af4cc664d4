"""The PyPI package ``reader`` (lemon24/reader) as a poller, with the workers it offers.

Run by the benchmark with the Python of an environment of its own, where ``reader`` is installed; so
it imports nothing of ours. The first argument is its SQLite file, the second the number of workers,
standard input first the URLs of the feeds as JSON, then a line for each round; the answer is a
line with the number of entries kept.
"""

import json
import sys

from reader import make_reader


def main() -> None:
    """Serve rounds until standard input ends."""
    reader = make_reader(sys.argv[1])
    for url in json.loads(sys.stdin.readline()):
        reader.add_feed(url)
    print("ready", flush=True)
    while sys.stdin.readline():
        reader.update_feeds(workers=int(sys.argv[2]), scheduled=False)
        print(reader.get_entry_counts().total, flush=True)


if __name__ == "__main__":
    main()
