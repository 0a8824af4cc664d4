"""``tocsin watches explain``: one watch and one item."""

from typing import Annotated

import typer

from worker.cli.output import JsonOption
from worker.cli.watches.app import NameArgument, app


@app.command("explain")
def explain_watch(
    name: NameArgument,
    which: Annotated[str, typer.Argument(metavar="ITEM|URL", help="An item's number or URL.")],
    as_json: JsonOption = False,
) -> None:
    """Explain why a watch rang for an item or did not, clause by clause.

    Example: `tocsin watches explain putin 42`
    """
    from worker.cli.explain import tell

    tell(which, watch=name, as_json=as_json)
