"""``axchat run`` over the HTTP engines: settings, key and children as a user meets them."""

import json
from pathlib import Path

from support.cli import axchat
from support.http_models import axllm_directory, axllm_executable
from support.recorded_http import PieceServer, answer_of

ONE_MODEL = answer_of("200 OK", b'{"object":"list","data":[{"id":"small"}]}')
STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
    b'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
)
KEY = "sk-secret-42"


def test_an_openai_address_from_the_environment(tmp_path: Path) -> None:
    """Address and key come from the environment; a set directory is not the server's model."""
    with PieceServer([ONE_MODEL, STREAM]) as server:
        env = {"AXCHAT_OPENAI_URL": server.url, "AXCHAT_OPENAI_KEY": KEY, "AXCHAT_MODEL": str(tmp_path)}
        outcome = axchat("run", "--engine", "openai", "hello", env=env).assert_ok()
    assert outcome.out == b"hi"
    assert KEY not in outcome.err
    assert f"Bearer {KEY}".encode() in server.requests[1]
    assert json.loads(server.requests[1].partition(b"\r\n\r\n")[2])["model"] == "small"


def test_settings_do_not_show_the_key() -> None:
    """Axchat config lists the address and never the key."""
    outcome = axchat("config", env={"AXCHAT_OPENAI_KEY": KEY, "OPENAI_API_KEY": KEY}).assert_ok()
    assert b"openai.url" in outcome.out
    assert KEY.encode() not in outcome.out


def test_axllm_serve_runs_as_a_child_and_warns(tmp_path: Path) -> None:
    """The answer is on stdout, the warning on stderr, the server's own output in the state directory."""
    model = axllm_directory(tmp_path / "model", answers=[["hello", " there"]])
    env = {"AXCHAT_AXLLM_PROGRAM": str(axllm_executable(tmp_path)), "XDG_STATE_HOME": str(tmp_path / "state")}
    outcome = axchat("run", "--engine", "axllm-serve", "-m", str(model), "hi", env=env).assert_ok()
    assert outcome.out == b"hello there"
    assert "without authentication" in outcome.err
    log = (tmp_path / "state" / "axchat" / "axllm-serve.log").read_text()
    assert "OpenAI API Server starting" in log
    assert "the server was ended: interrupted" in log
