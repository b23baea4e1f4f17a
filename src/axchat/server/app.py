"""The public application: FastAPI with the OpenAI and Ollama APIs, health and metrics."""

from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from axchat import __version__
from axchat.errors import AxchatError
from axchat.server.bodies import Bodies
from axchat.server.card_reading import CardReading
from axchat.server.holder import Holder
from axchat.server.refusal import refused, unknown_address
from axchat.server.routes.ollama import ollama_routes
from axchat.server.routes.openai import openai_router
from axchat.server.routes.status import status_router
from axchat.server.security import Guard, Rules, key_refusal, site_refusal
from axchat.server.tally import Tally


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """What the user set for the public APIs.

    Attributes:
        reasoning_inline: leave ``<think>`` blocks in the answer's text instead of ``reasoning_content``.
        rules: what requests over TCP need.
        device: the card's index.
        tally: the holder's counts.
    """

    reasoning_inline: bool = False
    rules: Rules = field(default_factory=Rules)
    device: int = 0
    tally: Tally = field(default_factory=Tally)


def create_public(holder: Holder, options: ApiOptions) -> ASGIApp:
    """The public application behind its rules.

    A browser asks without the key whether a page may ask (preflight), and a page reads only answers that
    allow it: so what is about pages stands between the two guards.
    """
    app: ASGIApp = Guard(Bodies(create_app(holder, options)), options.rules, key_refusal)
    if options.rules.origins:
        app = CORSMiddleware(
            app, allow_origins=sorted(options.rules.origins), allow_methods=["*"], allow_headers=["*"]
        )
    return Guard(app, options.rules, site_refusal)


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
    app.include_router(status_router(holder, options.tally, CardReading(options.device).card, options.rules))
    app.include_router(openai_router(holder, reasoning_inline=options.reasoning_inline))
    app.include_router(ollama_routes(holder))
    return app


async def _refuse(_: Request, error: Exception) -> Response:
    """An error in OpenAI's shape; the one place where an error becomes an HTTP status."""
    assert isinstance(error, AxchatError)
    return refused(error)


async def _unknown_address(http: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return unknown_address(http, error)
