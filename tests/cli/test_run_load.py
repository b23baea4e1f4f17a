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


@pytest.mark.parametrize(
    "options",
    [pytest.param(("--engine", "session"), id="holder"), pytest.param(("--engine", "script"), id="script")],
)
def test_a_load_that_was_left_is_not_called_loaded(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Ctrl-C in the load: the model is not there, whatever was shown of it."""
    scene = Scene(tmp_path, load_s=3600)
    try:
        command = scene.axchat("run", *options, "--events", "-m", str(scene.directory), "question")
        assert command.wait_for(lambda: b'"event":"load"' in command.out.replace(b" ", b"")), command.err
        command.process.send_signal(signal.SIGINT)
        assert command.wait() == 130
        assert "interrupted" in command.err
        assert "loaded" not in command.err
    finally:
        scene.end()


def test_a_card_with_a_load_under_way_has_nothing_loaded_yet(tmp_path: Path) -> None:
    """Who wants the card for itself is told what the holder does with it."""
    scene = Scene(tmp_path, load_s=3600)
    try:
        command = scene.run("--events")
        assert command.wait_for(lambda: b'"load"' in command.out), command.err
        alone = scene.run("--once")
        assert alone.wait() == 7
        assert f"loads {scene.directory.name} on the card" in alone.err
        command.process.kill()
        command.wait()
    finally:
        scene.end()


def test_a_load_for_other_sampling_values_is_over_before_the_prefill(tmp_path: Path) -> None:
    """The runner reads them when it loads: that load has an end of its own."""
    answers = [{"match": None, "text": ANSWER, "slow": {"prefill": 3600}}]
    scene = Scene(tmp_path, script={"answers": answers}, load_s=0.1)
    try:
        assert scene.axchat("load", "--engine", "session", "-m", str(scene.directory)).wait() == 0
        command = scene.run("--temperature", "0.3")
        assert command.wait_for(lambda: " in " in command.err.partition("axchat: loaded ")[2]), command.err
        command.process.send_signal(signal.SIGINT)
        assert command.wait() == 130
        assert command.out == b""
    finally:
        scene.end()
