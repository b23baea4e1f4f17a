"""Owners of a card that a test starts, ended behind it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axchat.server.estimates import LoadTimes
from axchat.server.loader import Build
from axchat.server.owner import Owner
from axchat.server.waiting import Limits
from support.jobs import PATIENCE_S, Heard

Own = Callable[..., Owner]
"""Makes a started owner of what builds its engines; what else it gets is ``Owner``'s."""


@contextmanager
def owners(folder: Path) -> Iterator[Own]:
    """Makes owners whose load times are kept in this folder."""
    made: list[Owner] = []

    def make(build: Build, *, limits: Limits | None = None, **options: Any) -> Owner:
        times = LoadTimes(folder / "load-times.json")
        owner = Owner(build, limits=limits or Limits(), load_times=times, **options)
        owner.start()
        made.append(owner)
        return owner

    yield make
    for owner in made:
        owner.begin_stop(now=True)
        assert owner.join(PATIENCE_S)


def asked(owner: Owner, heard: Heard) -> Heard:
    """The job, submitted."""
    owner.submit(heard.job)
    return heard
