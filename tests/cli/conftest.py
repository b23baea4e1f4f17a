"""A demo model directory around the stand-in runner, with a tokenizer server that answers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from axchat.standin.demo import write_demo
from support import ports
from support.tokenizer_server import TokenizerServer, from_vocabulary


@pytest.fixture
def tokenizer() -> Iterator[TokenizerServer]:
    """A vendor-style tokenizer server on loopback."""
    with TokenizerServer(from_vocabulary) as server:
        yield server


@pytest.fixture
def demo(tmp_path: Path, tokenizer: TokenizerServer) -> Callable[..., Path]:
    """Writes a demo directory without tokenizer.json, whose vendor-style server answers; gives its path."""

    def make(*answers: str, **options: object) -> Path:
        settings: dict[str, object] = {
            "layers": 3,
            "load_s": 0.0,
            "token_s": 0.0,
            "prefill_token_s": 0.0,
            "has_tokenizer": False,
        }
        settings["port"] = tokenizer.port
        return write_demo(tmp_path / "qwen-demo", answers=answers, **{**settings, **options})

    return make


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 where nobody listens."""
    return ports.free_port()
