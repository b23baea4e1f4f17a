"""When ``axchat run`` says that the model is loaded: real processes, and a prefill of an hour."""

import signal
from pathlib import Path

import pytest

from support.chaos import ANSWER, PATIENCE_S, Scene


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--engine", "session"), id="holder"),
        pytest.param(("--engine", "session", "--once"), id="session"),
        pytest.param(("--engine", "script"), id="script-own-tokenizer"),
    ],
)
def test_the_load_is_over_before_the_prefill(tmp_path: Path, options: tuple[str, ...]) -> None:
    """It is told while the prompt is read; the time that it names has none of the prefill in it."""
    answers = [{"match": None, "text": ANSWER, "slow": {"prefill": 3600}}]
    scene = Scene(tmp_path, script={"answers": answers}, load_s=0.1)
    try:
        command = scene.axchat("run", *options, "-m", str(scene.directory), "question")
        assert command.wait_for(lambda: " in " in command.err.partition("axchat: loaded ")[2]), command.err
        command.process.send_signal(signal.SIGINT)
        assert command.process.wait(PATIENCE_S) == 130
        command.wait()
        assert command.out == b""
    finally:
        scene.end()
