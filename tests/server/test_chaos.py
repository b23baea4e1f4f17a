"""Whoever is killed at whatever moment, the next command works and nothing is left behind."""

import random
from pathlib import Path

import pytest

from support.chaos import Chaos, Scene

KILLS = 12


@pytest.mark.slow
@pytest.mark.timeout(300)  # some eighty processes are started
def test_the_next_run_works_whoever_is_killed_when(tmp_path: Path) -> None:
    """SIGKILL for the holder, the runner, their helpers or a command: no orphan, no lock, no torn record.

    ``PYTHONPATH=tests python -m performance.holder_chaos 200`` does the same more often.
    """
    scene = Scene(tmp_path)
    try:
        Chaos(scene, random.randrange(1_000_000)).play(KILLS)
        scene.stop()
        scene.assert_no_orphan()
        assert not scene.socket.exists()
    finally:
        scene.end()
