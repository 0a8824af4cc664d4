"""``tocsin webhook``: what describes the webhooks that are sent."""

from importlib.resources import files

import typer

app = typer.Typer(no_args_is_help=True, help="What webhooks look like: schema, openapi.")


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema (2020-12) of what webhooks carry.

    Example: `tocsin webhook schema > webhook.schema.json`
    """
    _print("webhook.schema.json")


@app.command("openapi")
def print_openapi() -> None:
    """Print the OpenAPI 3.1 document of the webhooks, with an example of each event.

    Example: `tocsin webhook openapi > webhooks.json`
    """
    _print("webhook.openapi.json")


def _print(name: str) -> None:
    print(files("worker.alerts").joinpath(name).read_text(encoding="utf-8"), end="")
