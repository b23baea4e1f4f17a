"""Load times that are remembered, and waits that are estimated."""

from pathlib import Path

import pytest

from axchat.server.estimates import MAX_REMEMBERED, LoadTimes, WaitEstimate
from axchat.wire.holder import ModelSpec


def spec(path: str) -> ModelSpec:
    """A model of the session engine."""
    return ModelSpec("m", "session", path)


def test_the_last_load_is_remembered_by_the_next_process(tmp_path: Path) -> None:
    """The file outlives the holder."""
    file = tmp_path / "state" / "load-times.json"
    LoadTimes(file).learn(spec("/a"), 20.0)
    LoadTimes(file).learn(spec("/a"), 21.5)
    assert LoadTimes(file).of(spec("/a")) == 21.5
    assert LoadTimes(file).of(spec("/b")) is None
    assert [path.name for path in file.parent.iterdir()] == ["load-times.json"]


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"session /a": "x"}', '{"session /a": -1}', "{", '{"session /a": true}']
)
def test_a_damaged_memory_is_no_memory(tmp_path: Path, text: str) -> None:
    """Nothing fails for an estimate, and the next load mends the file."""
    file = tmp_path / "load-times.json"
    file.write_text(text)
    assert LoadTimes(file).of(spec("/a")) is None
    LoadTimes(file).learn(spec("/a"), 3.0)
    assert LoadTimes(file).of(spec("/a")) == 3.0


def test_what_cannot_be_remembered_is_no_failure(tmp_path: Path) -> None:
    """A state folder that cannot be made costs the estimate only."""
    (tmp_path / "file").write_text("")
    LoadTimes(tmp_path / "file" / "load-times.json").learn(spec("/a"), 3.0)


def test_the_memory_is_bounded(tmp_path: Path) -> None:
    """The oldest models are forgotten."""
    times = LoadTimes(tmp_path / "t.json")
    for number in range(MAX_REMEMBERED + 1):
        times.learn(spec(f"/{number}"), 1.0)
    assert times.of(spec("/0")) is None
    assert times.of(spec(f"/{MAX_REMEMBERED}")) == 1.0


def test_nobody_guesses_before_the_first_answer() -> None:
    """Without a measurement there is no estimate."""
    assert WaitEstimate().wait_s(2, running_s=1.0, load_left_s=None) is None


def test_a_wait_is_the_rest_of_the_running_answer_and_one_mean_for_each_between() -> None:
    """Third in line behind a running one: its rest, and two whole answers."""
    waits = WaitEstimate()
    waits.learn(10.0)
    assert waits.wait_s(1, running_s=4.0, load_left_s=None) == 6.0
    assert waits.wait_s(3, running_s=4.0, load_left_s=None) == 26.0
    assert waits.wait_s(1, running_s=40.0, load_left_s=5.0) == 5.0
