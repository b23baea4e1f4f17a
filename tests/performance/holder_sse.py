"""Measure streamed chunks a second: /v1/chat/completions, a bare Starlette route, llama.cpp's own server.

``PYTHONPATH=tests python -m performance.holder_sse [turns] [GGUF]``: turn about in one run, by the same
client, from the request to the stream's end. The holder's engine is a script that does not wait, in the
process of its API as any engine's driver would be; chunks that are there at the same time are sent together.
The bare route is a StreamingResponse on uvicorn and h11 that sends one ready-made chunk after another.
llama.cpp's server (inside xllamacpp) runs the small model on all cores, most of its time for a chunk.
Prints the median rates and the ratios; the target is 0.8 of the bare route.
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

import platformdirs

from support.soak import ScriptedHolder

KEY = "a key of this measurement"
CHUNKS = 5000
LLAMA_CHUNKS = 200
TURNS = 7
MODEL = "models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
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


def chunks_a_second(port: int, body: dict[str, object], key: str = "") -> tuple[float, str]:
    """Events of an answer a second, and one of them."""
    data = json.dumps(body).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
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
def bare() -> Iterator[int]:
    """The port of a bare route."""
    child = subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE)
    assert child.stdout is not None
    try:
        yield int(child.stdout.readline())
    finally:
        child.terminate()
        child.communicate()


@contextmanager
def llama(model: Path) -> Iterator[int]:
    """The port of llama.cpp's server."""
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


def main() -> None:
    """Measure and print."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    model = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(platformdirs.user_data_dir("axchat")) / MODEL
    ask = {"stream": True, "messages": [{"role": "user", "content": f"word:{CHUNKS}"}]}
    write = {"stream": True, "max_tokens": LLAMA_CHUNKS, "ignore_eos": True}
    write["messages"] = [{"role": "user", "content": "Count to a thousand."}]
    rates: dict[str, list[float]] = {"holder": [], "bare": [], "llama.cpp": []}
    with tempfile.TemporaryDirectory() as folder, bare() as bare_port, llama(model) as llama_port:
        holder = ScriptedHolder(Path(folder))
        try:
            for number in range(turns + 1):
                holder_rate, chunk = chunks_a_second(holder.port, {"model": "m", **ask})
                bare_rate, _ = chunks_a_second(bare_port, {"count": CHUNKS, "chunk": chunk})
                llama_rate, _ = chunks_a_second(llama_port, write, KEY)
                if number:  # the first warms up
                    for name, rate in zip(rates, (holder_rate, bare_rate, llama_rate), strict=True):
                        rates[name].append(rate)
        finally:
            holder.end()
    middle = {name: statistics.median(found) for name, found in rates.items()}
    print(
        ", ".join(f"{name} {rate:.0f} chunks/s ({1e6 / rate:.0f} us each)" for name, rate in middle.items())
    )
    against = ", ".join(f"{middle['holder'] / middle[name]:.2f} of {name}" for name in ("bare", "llama.cpp"))
    print(f"the holder: {against}")


if __name__ == "__main__":
    main()
