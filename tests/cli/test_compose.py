"""From settings to an engine: what each engine is told."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from axchat.cli.compose import Choice, build
from axchat.config import paths
from axchat.config.schema import Settings
from axchat.deadline import Deadline
from axchat.engines.base import Engine
from axchat.engines.cpu import CpuEngine
from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.standin.demo import write_demo
from axchat.standin.demo_api import write_api_demo
from axchat.standin.demo_axllm import write_axllm_demo
from support.ports import free_port

QUICK: dict[str, Any] = {"layers": 2, "load_s": 0}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs go into a directory of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "state" / "axchat").mkdir(parents=True)


def built(engine: str, directory: Path, settings: Settings) -> Engine:
    """The engine for a directory; nothing has to be fetched."""
    return build(Choice(engine, str(directory), "the test says so"), settings, Path)


@pytest.mark.parametrize("engine", ["session", "script"])
def test_the_console_engines_are_told_the_card(tmp_path: Path, engine: str) -> None:
    """A legacy runner has the first card only, so another one is refused."""
    directory = write_demo(tmp_path / "demo", port=free_port(), **QUICK)
    made = built(engine, directory, Settings(device=1))
    with closing(made), pytest.raises(UsageError, match="not card 1"):
        list(made.start(Deadline(60.0)))


def test_the_polled_server_is_told_the_card(tmp_path: Path) -> None:
    """A script without the option is for the first card."""
    directory = write_api_demo(tmp_path / "api", port=free_port(), **QUICK)
    for run in directory.glob("run_*.sh"):
        run.write_text(run.read_text().replace(" \\\n--devices 0", ""))
    made = built("vendor-api", directory, Settings(device=1))
    with closing(made), pytest.raises(UsageError, match="not card 1"):
        list(made.start(Deadline(60.0)))


def test_axllm_serve_is_told_the_card(tmp_path: Path) -> None:
    """Its log names the card; its program is the directory's own, as for the console."""
    directory = write_axllm_demo(tmp_path / "axllm", **QUICK)
    with closing(built("axllm-serve", directory, Settings(device=1))) as made:
        list(made.start(Deadline(60.0)))
    assert "start with devid 1" in (paths.state_dir() / "axllm-serve.log").read_text()


def test_a_known_model_brings_its_sampling(tmp_path: Path) -> None:
    """smollm2 is sampled as its makers recommend; the same file by its path is left to llama.cpp."""
    file = tmp_path / "small.gguf"
    known = build(Choice("cpu", "smollm2", "the test says so"), Settings(), lambda _: file)
    by_path = build(Choice("cpu", str(file), "the test says so"), Settings(), Path)
    assert isinstance(known, CpuEngine)
    assert isinstance(by_path, CpuEngine)
    assert (known.usual, by_path.usual) == (Sampling(temperature=0.2, top_p=0.9), Sampling())
