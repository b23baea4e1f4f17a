"""A client that goes away frees the card, whatever its request was doing; the stand-in's trace tells."""

from pathlib import Path

import pytest

from support.leaving import Client, assert_whole, served, turns

LONG = "word " * 200


@pytest.mark.parametrize(
    ("event", "question"), [("ready", LONG), ("text", "question")], ids=["prefill", "decode"]
)
def test_an_answer_that_nobody_reads_is_stopped(tmp_path: Path, event: str, question: str) -> None:
    """The first one's turn ends before its answer does, and the next one's is whole."""
    with served(tmp_path, load_s=0.0, prefill_token_s=0.02) as scene:
        first = Client(scene, question)
        first.wait_for(event)
        second = Client(scene)
        second.wait_for("queued")
        first.leave()
        assert_whole(second)
        *stopped, whole = turns(scene)
    if event == "ready":  # it may not even have been told to the runner yet
        assert [turn["answered"] for turn in stopped] in ([], [[]])
    else:
        assert 0 < len(stopped[0]["answered"]) < len(whole["answered"])


def test_who_leaves_the_queue_is_never_answered(tmp_path: Path) -> None:
    """The model is fed for the two others only."""
    with served(tmp_path, load_s=0.0) as scene:
        first = Client(scene)
        first.wait_for("text")
        leaving, last = Client(scene, LONG), Client(scene)
        leaving.wait_for("queued")
        leaving.leave()
        assert_whole(last)
        assert len(turns(scene)) == 2
        first.leave()


def test_who_leaves_during_the_load_is_never_answered(tmp_path: Path) -> None:
    """The load goes on, and its first answer is the next client's."""
    with served(tmp_path, load_s=0.5) as scene:
        first = Client(scene, LONG)
        first.wait_for("load")
        second = Client(scene)
        second.wait_for("queued")
        first.leave()
        assert_whole(second)
        assert len(turns(scene)) == 1
