"""How far reading from other registers has come, so that it can go on after a break."""

from sqlalchemy import Connection

from worker.store.engine import run


def position(connection: Connection, name: str) -> tuple[str, int]:
    """After what a sync goes on ("": it begins), and how many it has brought since it began."""
    rows = run(connection, "SELECT after, brought FROM sync WHERE name = :name", name=name)
    return (rows[0]["after"], rows[0]["brought"]) if rows else ("", 0)


def move(connection: Connection, name: str, *, after: str, brought: int) -> None:
    """Note how far a sync has come; ``after=""``: it has ended, the next begins anew."""
    run(
        connection,
        """INSERT INTO sync (name, after, brought) VALUES (:name, :after, :brought)
           ON CONFLICT (name) DO UPDATE SET after = excluded.after, brought = excluded.brought,
               moved_at = now()""",
        name=name,
        after=after,
        brought=brought,
    )
