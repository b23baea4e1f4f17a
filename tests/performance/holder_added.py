"""Measure what the holder and its client add to an engine in this process, turn about in one run.

``PYTHONPATH=tests python -m performance.holder_added [turns]``: a session over the stand-in at 500 tokens a
second, whose pace like a card's does not wait for us, and the scripted engine at 50 and at 500, which waits
anew after each token, so that all work between two tokens counts. Prints the time to the first text and the
rate of both ways; the target is 5 ms more to the first text, and 0.99 of the rate.
"""

import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axchat.attach.place import connect
from axchat.deadline import Deadline
from axchat.engines.attached import AttachedEngine
from axchat.engines.base import Engine, Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.engines.session import SessionEngine
from axchat.events import TextDelta
from axchat.messages import Message, Role, Sampling
from axchat.wire.holder import ModelSpec, decode_order
from support.leaving import served
from support.scripted_holder import MODEL, answer_to
from support.soak import ScriptedHolder

TOKENS = 500
TURNS = 10
TIMEOUT_S = 120.0


def turn(engine: Engine, prompt: str) -> tuple[float, float]:
    """Seconds to the first text, and from there to the end."""
    request = Request((Message(Role.USER, prompt),), Sampling(), Deadline(TIMEOUT_S))
    began = time.perf_counter()
    first = None
    for event in engine.generate(request):
        if first is None and isinstance(event, TextDelta):
            first = time.perf_counter()
    assert first is not None
    return first - began, time.perf_counter() - first


def attached(socket: Path, spec: ModelSpec) -> AttachedEngine:
    """The client of the holder at a socket."""

    def reach(_deadline: Deadline, _on_start: object) -> object:
        return connect(socket)

    return AttachedEngine(spec, reach, client="bench")  # type: ignore[arg-type]


@contextmanager
def scripted(folder: Path, token_s: float) -> Iterator[tuple[Engine, Engine]]:
    """The scripted engine here, and in a holder."""
    (folder / "axchat").mkdir(mode=0o700)
    holder = ScriptedHolder(folder, token_s)
    try:
        here = ScriptedEngine(lambda it: Answer(answer_to(it.messages[-1].text)), token_s=token_s)
        yield here, attached(holder.socket, MODEL)
    finally:
        holder.end()


@contextmanager
def standin(folder: Path, token_s: float) -> Iterator[tuple[Engine, Engine]]:
    """A session here, and in a holder."""
    answer = "fox " * (TOKENS // 2)
    script = {"steady": True, "max_token_len": 4 * TOKENS}
    options = {"load_s": 0.0, "token_s": token_s, "prefill_token_s": 0.0}
    with served(folder, answer=answer, script=script, **options) as scene:  # type: ignore[arg-type]
        spec = decode_order(scene.order()).spec
        assert spec is not None
        with contextlib.closing(SessionEngine(scene.directory)) as here:
            yield here, attached(scene.socket, spec)


def measure(name: str, engines: tuple[Engine, Engine], turns: int, tokens: int) -> None:
    """Measure one kind and print."""
    firsts: tuple[list[float], list[float]] = ([], [])
    rests: tuple[list[float], list[float]] = ([], [])
    for engine in engines:
        list(engine.start(Deadline(TIMEOUT_S)))
    for number in range(turns + 1):
        for way, engine in enumerate(engines):
            first, rest = turn(engine, f"word:{tokens}")
            if number:  # the first warms up
                firsts[way].append(first)
                rests[way].append(rest)
    here, there = (1000 * statistics.median(times) for times in firsts)
    rate = statistics.median(rests[0]) / statistics.median(rests[1])
    token_us = 1e6 * (statistics.median(rests[1]) - statistics.median(rests[0])) / tokens
    print(
        f"{name:14} first text {here:.2f} ms in process, {there:.2f} ms through the holder, "
        f"added {there - here:+.2f} ms; rate ratio {rate:.4f} ({token_us:+.1f} us a token)"
    )


def main() -> None:
    """Measure and print."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    kinds = (("stand-in", standin, 500), ("scripted", scripted, 500), ("scripted", scripted, 50))
    for kind, opened, rate in kinds:
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder), 1 / rate) as engines:
            measure(f"{kind} {rate}/s", engines, turns, min(TOKENS, 2 * rate))


if __name__ == "__main__":
    main()
