"""A real holder over a scripted engine, as a process of its own that tells what goes on inside.

``python -m support.scripted_holder FOLDER [TOKEN_S]``: says ``{"port": N}`` on standard output when it
listens. A prompt ``name:tokens`` is answered by that many words made of its name. On SIGUSR1 it says in one
line what it has: descriptors, threads, objects, and what the queue and the engine did since the last time.
"""

import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

from axchat.attach.place import place_of
from axchat.engines.base import Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.events import Event
from axchat.messages import Sampling
from axchat.server import waiting
from axchat.server.answer import Answer as HolderAnswer
from axchat.server.app import create_app
from axchat.server.jobs import Job
from axchat.server.life import Plan, hold
from axchat.server.listen import listen_tcp
from axchat.server.queue import FairQueue
from axchat.server.waiting import Limits
from axchat.wire.holder import ModelSpec
from support.live_holder import fixed

MODEL = ModelSpec("m", "scripted", None)
FIELDS = 2


def answer_to(prompt: str) -> list[str]:
    """The words that answer a prompt."""
    name, _, tokens = prompt.rpartition(":")
    return [f"{name}-{number} " for number in range(int(tokens))]


class TracedEngine(ScriptedEngine):
    """Notes when each turn began and ended, on the machine's monotonic clock."""

    turns: list[tuple[str, float, float]]

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """See ``Engine``."""
        began = time.monotonic()
        events = super().generate(request)
        self.requests.clear()
        return self._noted(events, request.messages[-1].text, began)

    def _noted(
        self, events: Generator[Event, None, None], prompt: str, began: float
    ) -> Generator[Event, None, None]:
        try:
            for event in events:
                ended = time.monotonic()
                yield event
        finally:
            events.close()
            self.turns.append((prompt, began, ended))


class TracedQueue(FairQueue[Job]):
    """Notes what is put in, taken and removed."""

    moves: list[tuple[str, str, str]]

    def add(self, client: str, item: Job) -> None:
        """See ``FairQueue``."""
        self.moves.append(("add", client, item.id))
        super().add(client, item)

    def take(self) -> Job | None:
        """See ``FairQueue``."""
        item = super().take()
        if item is not None:
            self.moves.append(("take", item.client, item.id))
        return item

    def remove(self, item: Job) -> bool:
        """See ``FairQueue``."""
        was_there = super().remove(item)
        if was_there:
            self.moves.append(("remove", item.client, item.id))
        return was_there


def say(**values: Any) -> None:
    """One line on standard output."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def tell(_number: int, _frame: FrameType | None) -> None:
    """Say what this process has."""
    turns, TracedEngine.turns = TracedEngine.turns, []
    moves, TracedQueue.moves = TracedQueue.moves, []
    gc.collect()
    objects = gc.get_objects()
    say(
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        threads=threading.active_count(),
        objects=len(objects),
        jobs=sum(isinstance(thing, Job) for thing in objects),
        answers=sum(isinstance(thing, HolderAnswer) for thing in objects),
        resident_kib=int(Path("/proc/self/statm").read_text().split()[1])
        * os.sysconf("SC_PAGE_SIZE")
        // 1024,
        turns=turns,
        moves=moves,
    )


def main() -> None:
    """Live."""
    folder, token_s = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > FIELDS else 0.0
    TracedEngine.turns, TracedQueue.moves = [], []
    waiting.FairQueue = TracedQueue  # type: ignore[misc,assignment]
    signal.signal(signal.SIGUSR1, tell)

    def build(_spec: ModelSpec, _sampling: Sampling) -> TracedEngine:
        return TracedEngine(
            lambda request: Answer(answer_to(request.messages[-1].text)), model="m", token_s=token_s
        )

    tcp = listen_tcp("127.0.0.1", 0)
    hold(
        Plan(
            place=place_of(0, {"XDG_RUNTIME_DIR": str(folder)}),
            device=0,
            build=build,
            known=fixed([MODEL]),
            make_public=create_app,
            load_times=folder / "load-times.json",
            limits=Limits(),
            tcp=[tcp],
            on_ready=lambda: say(port=tcp.getsockname()[1]),
        )
    )


if __name__ == "__main__":
    main()
