"""Streamed chunks a second: ``/v1/chat/completions``, a bare Starlette route, llama.cpp's own server.

Turn about, by the same client, from the request to the stream's end. The holder's engine is a script that
does not wait, in the process of its API as any engine's driver would be; chunks that are there at the same
time are sent together. The bare route is a ``StreamingResponse`` on uvicorn and h11 that sends one ready-
made chunk after another. llama.cpp's server (inside xllamacpp) runs the small model on all cores, most of
its time for a chunk.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axchat.config import paths
from performance.bare_runner import started
from performance.row import Row, Scale, at_least, at_most
from performance.surroundings import MODEL
from performance.turns import taking_turns
from support.soak import ScriptedHolder

KEYS = ("sse/bare-route", "sse/llama.cpp")
NEEDS_MODEL = True
KEY = "a key of this measurement"
CHUNKS = 5000
LLAMA_CHUNKS = {Scale.QUICK: 30, Scale.FULL: 100}
TURNS = {Scale.QUICK: 3, Scale.FULL: 9}
TIMEOUT_S = 60.0
BARE = """
import socket, sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

async def stream(request):
    body = await request.json()
    chunk = body["chunk"].encode()
    async def chunks():
        for _ in range(body["count"]):
            yield chunk
        yield b"data: [DONE]\\\\n\\\\n"
    return StreamingResponse(chunks(), media_type="text/event-stream")

app = Starlette(routes=[Route("/v1/chat/completions", stream, methods=["POST"])])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
config = uvicorn.Config(app, http="h11", loop="asyncio", log_level="warning", access_log=False)
uvicorn.Server(config).run(sockets=[listener])
"""


def stream(port: int, body: dict[str, object], key: str = "") -> tuple[float, str]:
    """Chunks of an answer a second, and one of them."""
    data = json.dumps(body).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        began = time.perf_counter()
        connection.sendall(head.encode() + data)
        received, pieces = b"", []
        count = 0
        while b"[DONE]" not in received[-200:]:
            piece = connection.recv(65536)
            assert piece, received[-500:]
            count += piece.count(b"data: ")
            pieces.append(piece)
            received = received[-200:] + piece
        took = time.perf_counter() - began
    events = [line for line in b"".join(pieces).split(b"\n") if line.startswith(b"data: ")]
    return count / took, events[min(3, len(events) - 1)].decode() + "\n\n"


@contextmanager
def llama() -> Iterator[int]:
    """The port of llama.cpp's server."""
    model = paths.data_dir() / MODEL
    order = {"model": str(model), "context": 2048, "threads": os.cpu_count(), "key": KEY}
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "axchat.engines.cpu_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(order).encode() + b"\n")
        child.stdin.flush()
        yield int(json.loads(child.stdout.readline())["port"])
    finally:
        child.kill()
        child.communicate()


def measured(scale: Scale) -> dict[str, float]:
    """The median rate of each."""
    ask = {"model": "m", "stream": True, "messages": [{"role": "user", "content": f"word:{CHUNKS}"}]}
    write = {
        "stream": True,
        "max_tokens": LLAMA_CHUNKS[scale],
        "ignore_eos": True,
        "messages": [{"role": "user", "content": "Count to a thousand."}],
    }
    with tempfile.TemporaryDirectory() as folder, started(BARE) as bare_port, llama() as llama_port:
        holder = ScriptedHolder(Path(folder))
        try:
            _, chunk = stream(holder.port, ask)
            ways = {
                "axchat": lambda: stream(holder.port, ask)[0],
                "bare": lambda: stream(bare_port, {"count": CHUNKS, "chunk": chunk})[0],
                "llama": lambda: stream(llama_port, write, KEY)[0],
            }
            found = taking_turns(ways, TURNS[scale])
        finally:
            holder.end()
    return {name: statistics.median(rates) for name, rates in found.items()}


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    found = measured(scale)
    ours = found["axchat"]
    yield Row(
        KEYS[0],
        "chunks against a bare Starlette route",
        f"{ours:.0f} chunks/s",
        f"{found['bare']:.0f} chunks/s",
        ours / found["bare"],
        at_least(0.8),
    )
    yield Row(
        KEYS[1],
        "time for a chunk against llama.cpp's server",
        f"{1e6 / ours:.0f} us",
        f"{1e6 / found['llama']:.0f} us",
        found["llama"] / ours,
        at_most(1),
    )
