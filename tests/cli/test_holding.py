"""The holder of a card: where it is, how it is started, what it builds."""

from pathlib import Path

import pytest

from axchat.cli.compose import Choice
from axchat.cli.holding import build_spec, place, spec_of, starter
from axchat.config.schema import Settings
from axchat.deadline import Deadline
from axchat.engines.cpu import CpuEngine
from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.models.catalogue import known_model
from axchat.standin.demo import write_demo

ENV = {"XDG_RUNTIME_DIR": "/run/user/1000"}


def test_each_card_has_a_holder_of_its_own() -> None:
    """Without a choice it is the first card's."""
    assert place(Settings(), ENV) == place(Settings(device=0), ENV)
    assert place(Settings(device=1), ENV).socket.name == "holder-1.sock"


def test_a_holder_in_the_background_is_told_its_card() -> None:
    """A flag of ours is its setting, before what the environment says; without one it chooses none either."""
    assert starter({"AXCHAT_DEVICE": "0"}, 1).env["AXCHAT_DEVICE"] == "1"
    assert "AXCHAT_DEVICE" not in starter({}, None).env


@pytest.mark.parametrize("engine", ["session", "script"])
def test_the_card_goes_to_the_holder_with_the_model(tmp_path: Path, engine: str) -> None:
    """The same model on another card is another loaded model, and its engine is told the card."""
    choice = Choice(engine, str(write_demo(tmp_path / "demo", layers=2, load_s=0)), "the test says so")
    first, second = (spec_of(choice, Settings(device=device), Path) for device in (0, 1))
    assert first != second
    with pytest.raises(UsageError, match="not card 1"):
        list(build_spec(second, Sampling()).start(Deadline(60.0)))


def test_the_small_model_in_the_holder_has_its_name_and_its_makers_sampling(tmp_path: Path) -> None:
    """It answers as with ``--once``; another file has its own name, and llama.cpp's sampling."""
    file = tmp_path / "SmolLM2.gguf"
    engines = [
        build_spec(spec_of(Choice("cpu", model, ""), Settings(), lambda _: file), Sampling())
        for model in ("smollm2", str(file))
    ]
    assert all(isinstance(engine, CpuEngine) for engine in engines)
    assert [engine.model for engine in engines] == ["smollm2", "SmolLM2.gguf"]
    known = known_model("smollm2").sampling
    assert [engine.usual for engine in engines if isinstance(engine, CpuEngine)] == [known, Sampling()]
