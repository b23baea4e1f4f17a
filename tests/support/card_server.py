"""``axchat serve --engine scripted --port PORT`` with what it does not have yet: ``/health`` and the key.

The holder, its queue and OpenAI's routes are the real ones. ``support.gateway.serve`` starts ``axchat serve``
itself once that answers ``/health`` and asks for its key.
"""

import os
import sys
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from axchat.attach.place import place_of
from axchat.cli.holding import build_spec
from axchat.server.app import create_app
from axchat.server.holder import Holder
from axchat.server.life import Plan, hold
from axchat.server.listen import listen_tcp
from axchat.wire.holder import ModelSpec


def _public(holder: Holder) -> FastAPI:
    app = create_app(holder)

    @app.get("/health")
    async def health() -> Response:
        state = holder.status().state
        return JSONResponse({"status": state}, 503 if state in {"degraded", "stopping"} else 200)

    @app.middleware("http")
    async def ask_for_key(request: Request, answer: RequestResponseEndpoint) -> Response:
        told = request.headers.get("authorization")
        if request.url.path != "/health" and told != f"Bearer {os.environ['AXCHAT_SERVE_KEY']}":
            return JSONResponse({"error": {"message": "wrong key"}}, 401)
        return await answer(request)

    return app


def _main(port: int) -> None:
    with listen_tcp("127.0.0.1", port) as listening:
        hold(
            Plan(
                place=place_of(0, os.environ),
                device=0,
                build=build_spec,
                known=lambda: [ModelSpec("scripted", "scripted", None, ())],
                make_public=_public,
                load_times=Path.home() / "load-times.json",
                tcp=[listening],
                on_ready=lambda: print("listening at http://", flush=True),
            )
        )


if __name__ == "__main__":
    _main(int(sys.argv[1]))
