"""Time limits that nobody can wait for."""

import math
import select
from pathlib import Path

import pytest

from axchat.deadline import Deadline


@pytest.mark.parametrize("seconds", [math.inf, 1e400, 1e25])
def test_the_longest_limit_is_one_that_the_system_can_wait_for(seconds: float) -> None:
    """``--timeout inf`` means no limit to people; ``select`` refuses what it cannot count."""
    left = Deadline(seconds).left()

    assert left is not None
    with Path("/dev/null").open("rb") as ready:
        assert select.select([ready], [], [], left)[0] == [ready]
