"""The public application: FastAPI with the OpenAI and Ollama APIs, health and metrics."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from axchat import __version__
from axchat.errors import AxchatError
from axchat.server.holder import Holder
from axchat.server.refusal import refused, unknown_address
from axchat.server.routes.openai import openai_router


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """What the user set for the public APIs.

    Attributes:
        reasoning_inline: leave ``<think>`` blocks in the answer's text instead of ``reasoning_content``.
    """

    reasoning_inline: bool = False


def create_app(holder: Holder, options: ApiOptions = ApiOptions()) -> FastAPI:
    """The application of the public APIs.

    Args:
        holder: what it asks.
        options: see ``ApiOptions``.
    """
    app = FastAPI(title="axchat", version=__version__, docs_url=None, redoc_url=None)
    app.state.holder = holder
    app.state.options = options
    app.add_exception_handler(AxchatError, _refuse)
    app.add_exception_handler(HTTPException, _unknown_address)
    app.include_router(openai_router(holder, reasoning_inline=options.reasoning_inline))
    return app


async def _refuse(_: Request, error: Exception) -> Response:
    """An error in OpenAI's shape; the one place where an error becomes an HTTP status."""
    assert isinstance(error, AxchatError)
    return refused(error)


async def _unknown_address(http: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return unknown_address(http, error)
