"""What a server writes down: nothing that clients send."""

import contextlib
import json
import os
import re
import socket
import subprocess
from pathlib import Path

from axchat.cli.holding import starter
from axchat.process.launch import child_environment
from support.cli import AXCHAT

PATIENCE_S = 60.0
KEY = "s3cret-key"
FORGED = "2026-01-01 00:00:00,000 INFO forged"
PROMPT = "what-only-the-client-knows"


def send(port: int, data: bytes) -> bytes:
    """What comes back until the end."""
    seen = b""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        connection.sendall(data)
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                seen += piece
    return seen


def post(port: int, body: bytes, key: str = KEY, path: str = "/v1/chat/completions") -> bytes:
    """What comes back of a POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return send(port, head.encode() + body)


def test_no_prompt_no_key_and_no_forged_line(holder_home: Path) -> None:
    """After answers, refusals, strange names and broken requests the log has only the server's own lines."""
    messages = [{"role": "user", "content": PROMPT}]
    child = subprocess.Popen(
        [*AXCHAT, "serve", "-e", "scripted", "--port", "0"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "AXCHAT_SERVE_KEY": KEY},
    )
    try:
        assert child.stderr is not None
        said = ""
        while "http://" not in said:
            line = child.stderr.readline()
            assert line, f"it ended: {said}"
            said += line
        port = int(re.findall(r"http://127\.0\.0\.1:(\d+)", said)[0])
        good = post(port, json.dumps({"model": "scripted", "messages": messages}).encode())
        assert good.startswith(b"HTTP/1.1 200")
        for name in (f"m\n{FORGED}", f"m\r\n{FORGED}", f"m\x1b[2K\r{FORGED}", f"m\u2028{FORGED}"):
            lost = post(port, json.dumps({"model": name, "messages": messages}).encode())
            assert lost.startswith(b"HTTP/1.1 404")
        post(port, json.dumps({"model": "scripted", "messages": PROMPT}).encode())
        post(port, f'{{"model": "{PROMPT}'.encode())
        post(port, b"[" * 1000 + PROMPT.encode())
        post(port, b"{}", key=KEY + "x")
        post(port, b"{}", path=f"/{PROMPT}%0a{FORGED.replace(' ', '%20')}")
        send(port, f"{PROMPT}\n{FORGED}\r\n\r\n".encode())
    finally:
        child.terminate()
        out, err = child.communicate(timeout=PATIENCE_S)
    written = said + out + err
    assert KEY not in written
    assert PROMPT not in written
    assert "forged" not in written
    log = holder_home / "state"
    assert not [path for path in log.rglob("*") if path.is_file() and PROMPT in path.read_text()]


def test_a_holder_in_the_background_and_runners_do_not_get_the_key() -> None:
    """Other settings reach the holder by the environment; a key reaches nobody, nor any argument."""
    given = {"PATH": "/bin", "AXCHAT_SERVE_KEY": KEY, "AXCHAT_OPENAI_KEY": KEY, "AXCHAT_ENGINE": "cpu"}
    started = starter(given, 1)
    assert started.env["AXCHAT_ENGINE"] == "cpu"
    assert KEY not in [*started.env.values(), *started.argv]
    assert child_environment(given) == {"PATH": "/bin"}
