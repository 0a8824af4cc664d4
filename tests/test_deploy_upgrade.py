"""What exchanging versions without a pause asks of migrations: they only add."""

import re

from worker.store.schema import migrations_folder

TAKES_AWAY = re.compile(
    r"drop_column|drop_table|rename_table|new_column_name|DROP (?:TABLE|COLUMN)"
)
# From before the first version that anybody could run.
EARLIER = ("0002_polls_and_hosts.py", "0011_stories.py")


def test_migrations_take_nothing_away_that_an_older_version_reads() -> None:
    """Processes of the version before go on beside the newer schema until they are replaced."""
    taking = []
    for path in sorted((migrations_folder() / "versions").glob("*.py")):
        up = (
            path.read_text(encoding="utf-8")
            .partition("def upgrade")[2]
            .partition("def downgrade")[0]
        )
        assert up, path.name
        if TAKES_AWAY.search(up):
            taking.append(path.name)
    assert list(EARLIER) == taking
