"""A child in place of the CPU engine's own, that misbehaves as its first argument says.

Run as ``python cpu_child.py MODE``. It keeps the protocol of ``axchat.engines.cpu_worker`` up to the point
where the mode breaks it.
"""

import json
import os
import signal
import socket
import sys

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
FIRST = b'data: {"choices":[{"delta":{"content":"Hello"}}],"timings":{"prompt_n":3,"predicted_n":1}}\n\n'
SECOND = FIRST.replace(b"Hello", b" you").replace(b'"predicted_n":1', b'"predicted_n":2')
LOG = "0.00.001.000 E srv    load_model: the sky fell\n"


def main(mode: str) -> None:
    """Take the order, then misbehave."""
    order = json.loads(sys.stdin.buffer.readline())
    if mode == "silent":
        sys.stdin.buffer.read()
        return
    if mode.startswith("die:"):
        sys.stderr.write(LOG)
        sys.stderr.flush()
        end(mode)
    if mode.startswith("say:"):
        sys.stdout.write(mode.removeprefix("say:") + "\n")
        sys.stdout.flush()
        return
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(json.dumps({"port": server.getsockname()[1], "load_s": 0.25}), flush=True)
        serve(server, mode, order["key"])


def serve(server: socket.socket, mode: str, key: str) -> None:
    """Answer one request after another, by the mode."""
    while True:
        peer, _ = server.accept()
        with peer:
            request = read_request(peer)
            assert f"Bearer {key}".encode() in request
            if request.startswith(b"GET /props "):
                peer.sendall(b"HTTP/1.1 404 no\r\nContent-Length: 0\r\n\r\n")
                continue
            if mode.startswith("accept-then-die:"):
                end(mode)
            if mode == "refuse":
                peer.sendall(b'HTTP/1.1 500 no\r\nContent-Length: 30\r\n\r\n{"error":{"message":"broken"}}')
                continue
            events = FIRST + SECOND if mode == "hold-two" else FIRST
            peer.sendall(HEAD + f"{len(events):x}\r\n".encode() + events + b"\r\n")
            if mode.startswith("answer-then-die:"):
                end(mode)
            while peer.recv(65536):  # modes "hold": until the client leaves
                pass


def read_request(peer: socket.socket) -> bytes:
    """One request with its body; unread bytes would turn our end into a reset."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += peer.recv(65536)
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = (x.split(b":")[1] for x in head.splitlines() if x.lower().startswith(b"content-length:"))
    length = int(next(lengths, b"0"))
    while len(body) < length:
        body += peer.recv(65536)
    return head


def end(mode: str) -> None:
    """End as the mode's last word says: a signal's name or an exit status."""
    how = mode.rpartition(":")[2]
    if how.isdecimal():
        os._exit(int(how))
    os.kill(os.getpid(), getattr(signal, how))


if __name__ == "__main__":
    main(sys.argv[1])
