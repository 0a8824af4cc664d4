"""Which errors are expected, and the one line a user sees of each."""

from worker.articles.extract import NoArticle
from worker.catalogue import CatalogueError
from worker.channels import ChannelError
from worker.embedded import EmbeddedError
from worker.environment import VariableError
from worker.feeds.parse import NotAFeed
from worker.listening import CannotListenError
from worker.net import NetError
from worker.queue import QueueError
from worker.store.engine import StoreError
from worker.tagging.models import ModelError
from worker.watches.query import QueryError


def explain(error: Exception) -> str | None:
    """What to tell the user; ``None`` when the error is a mistake of ours."""
    if isinstance(error, QueryError):
        return f"the query cannot be read\n{error.pretty()}"
    if isinstance(
        error,
        CannotListenError
        | CatalogueError
        | ChannelError
        | EmbeddedError
        | ModelError
        | NetError
        | NoArticle
        | NotAFeed
        | QueueError
        | StoreError
        | VariableError,
    ):
        return str(error)
    return None
