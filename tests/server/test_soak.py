"""Many clients at once, some of which go away."""

import random
from pathlib import Path

import pytest

from support.soak import soak

REQUESTS = 600


@pytest.mark.slow
def test_many_clients_get_exact_answers_and_nothing_is_kept(tmp_path: Path) -> None:
    """64 at once over both sockets: exact, fair, and afterwards no job, descriptor or thread is left.

    ``PYTHONPATH=tests python -m performance.holder_soak`` does the same for 10,000 requests, and measures.
    """
    figures = soak(tmp_path, REQUESTS, random.randrange(1_000_000))
    assert figures.answered + figures.left == REQUESTS
    assert figures.left > REQUESTS // 10
