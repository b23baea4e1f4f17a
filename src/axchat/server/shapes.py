"""An error in the shape that the clients of a path read."""

from starlette.responses import Response

from axchat.errors import AxchatError
from axchat.server import refusal
from axchat.server.routes import ollama_reply


def refused(path: str, error: AxchatError) -> Response:
    """The answer to a request that is refused before its route sees it."""
    return ollama_reply.refused(error) if path.startswith("/api/") else refusal.refused(error)
