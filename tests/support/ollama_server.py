"""A holder on a TCP port of this process, in a thread of its own: what an unmodified client talks to."""

import contextlib
import queue
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axchat.engines.base import Engine
from axchat.server.app import ApiOptions
from axchat.server.estimates import LoadTimes
from axchat.server.holder import Holder
from axchat.server.jobs import Job
from axchat.server.owner import Owner
from axchat.server.waiting import Limits
from axchat.wire.holder import ModelSpec
from support.serving import running

SCRIPTED = ModelSpec("tiny", "scripted", None)


class RecordingOwner(Owner):
    """Tells what is put in and taken out: ``submitted`` and ``given_up`` get each job afterwards."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.submitted: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self.given_up: queue.SimpleQueue[Job] = queue.SimpleQueue()

    def submit(self, job: Job) -> None:
        """See ``Owner``."""
        super().submit(job)
        self.submitted.put(job)

    def cancel(self, job: Job) -> None:
        """See ``Owner``; called for each job, after its end where it was answered."""
        super().cancel(job)
        self.given_up.put(job)


@dataclass(frozen=True)
class Served:
    """A server that runs; ``url`` is its address."""

    url: str
    holder: Holder
    owner: RecordingOwner


@contextlib.contextmanager
def served(
    build: Callable[[ModelSpec], Engine], *specs: ModelSpec, limits: Limits | None = None
) -> Iterator[Served]:
    """Serve these models (``SCRIPTED`` when none is named), the first as the default, until the end."""
    known = specs or (SCRIPTED,)
    with tempfile.TemporaryDirectory() as folder:
        owner = RecordingOwner(
            lambda spec, _sampling: build(spec),
            limits=limits or Limits(),
            load_times=LoadTimes(Path(folder, "loads.json")),
        )
        with running(owner, known, ApiOptions()) as (port, holder):
            yield Served(f"http://127.0.0.1:{port}", holder, owner)
