"""A legacy tokenizer server in the vendor's style, on the stand-in's vocabulary.

``python -m axchat.standin.tokenizer_server [--host localhost] [--port 8080]``. Like the vendor's
``qwen2.5_tokenizer.py`` it is a single-threaded ``http.server``: one idle connection blocks it. It keeps no
state, wraps a prompt in ChatML with a fixed system prompt, and answers an unknown path with 200 and
``error`` (runner-console facts, vendor tokenizer servers). Access lines go to stderr. ``--uid`` starts the
server of the context era instead (``uid_server``).
"""

import argparse
import json
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from typing import Any

from axchat.standin import vocabulary
from axchat.standin.uid_server import UidServer

SYSTEM_PROMPT = "You are a stand-in, created by nobody. You are a helpful assistant."


def chat_prompt(text: str) -> str:
    """Return the ChatML text of one user message, ready for the assistant's answer."""
    return (
        f"<|im_start|>system\n{SYSTEM_PROMPT}<|im_end|>\n"
        f"<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"
    )


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer /bos_id and /eos_id."""
        answers = {"/bos_id": {"bos_id": vocabulary.BOS_ID}, "/eos_id": {"eos_id": vocabulary.EOS_ID}}
        self._answer(answers.get(self.path))

    def do_POST(self) -> None:
        """Answer /encode and /decode; a body of another shape closes the connection, as the vendor's does."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self._answer(self._result(json.loads(body)))
        except (ValueError, TypeError, KeyError) as error:
            self.log_error("%s: %s", self.path, error)
            self.close_connection = True

    def _result(self, request: dict[str, Any]) -> dict[str, Any] | None:
        if self.path == "/encode":
            return {"token_ids": vocabulary.encode(chat_prompt(request["text"]))}
        if self.path == "/decode":
            return {"text": vocabulary.decode(request["token_ids"])}
        return None

    def _answer(self, value: dict[str, Any] | None) -> None:
        self.send_response(200)
        self.send_header("Content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"error" if value is None else json.dumps(value).encode())


class TokenizerServer(socketserver.TCPServer):
    """The single-threaded server; port 0 takes a free one, ``server_address`` says which."""

    allow_reuse_address = True

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)


def main(argv: list[str] | None = None) -> int:
    """Serve until a signal; 1 when the port cannot be had."""
    parser = argparse.ArgumentParser(prog="standin tokenizer server")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--uid", action="store_true", help="keep conversations, as the context runner needs")
    parser.add_argument("--content", default=SYSTEM_PROMPT, help="the system prompt of new uids")
    given = parser.parse_args(argv)
    server: socketserver.TCPServer
    try:
        if given.uid:
            server = UidServer(given.host, given.port, given.content)
        else:
            server = TokenizerServer(given.host, given.port)
    except OSError as error:
        sys.stderr.write(f"standin: cannot listen on {given.host}:{given.port}: {error}\n")
        return 1
    with server:
        address = f"http://{given.host}:{server.server_address[1]}"
        sample = vocabulary.encode("hello world")
        sys.stdout.write(f"Server running at {address}\n" if given.uid else f"{sample}\n{address}\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
