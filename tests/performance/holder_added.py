"""What holder and client add to the time to the first text, without the start of an interpreter.

The same engine in this process and in a holder, turn about: a session over the stand-in at 500 tokens a
second, and the scripted engine, which takes no time to answer. The medians' difference is what is added.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from axchat.deadline import Deadline
from axchat.engines.base import Engine, Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.engines.session import SessionEngine
from axchat.events import TextDelta
from axchat.messages import Message, Role, Sampling
from axchat.wire.holder import decode_order
from performance.reaching import attached
from performance.row import Row, Scale, at_most
from performance.turns import taking_turns
from support.leaving import served
from support.scripted_holder import MODEL, answer_to
from support.soak import ScriptedHolder

KEYS = ("added/session", "added/scripted")
TOKEN_S = 0.002
WORDS = 20
TURNS = {Scale.QUICK: 15, Scale.FULL: 100}
TIMEOUT_S = 120.0
TARGET = at_most(5, "ms")


def first_text(engine: Engine) -> float:
    """Seconds to the first text; the turn is read to its end."""
    request = Request((Message(Role.USER, f"word:{WORDS}"),), Sampling(), Deadline(TIMEOUT_S))
    began = time.perf_counter()
    came = [time.perf_counter() for event in engine.generate(request) if isinstance(event, TextDelta)]
    return came[0] - began


@contextmanager
def scripted(folder: Path) -> Iterator[tuple[Engine, Engine]]:
    """The scripted engine here, and in a holder."""
    (folder / "axchat").mkdir(mode=0o700)
    holder = ScriptedHolder(folder)
    try:
        here = ScriptedEngine(lambda it: Answer(answer_to(it.messages[-1].text)))
        yield here, attached(holder.socket, MODEL)
    finally:
        holder.end()


@contextmanager
def session(folder: Path) -> Iterator[tuple[Engine, Engine]]:
    """A session here, and in a holder."""
    options = {"load_s": 0.0, "token_s": TOKEN_S, "prefill_token_s": 0.0}
    with served(folder, answer="fox " * WORDS, script={"steady": True}, **options) as scene:
        spec = decode_order(scene.order()).spec
        assert spec is not None
        with closing(SessionEngine(scene.directory)) as here:
            yield here, attached(scene.socket, spec)


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    names = {"session": "a session over the stand-in", "scripted": "an engine that takes no time"}
    for opened in (session, scripted):
        name = opened.__name__
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as (here, there):
            for engine in (here, there):
                list(engine.start(Deadline(TIMEOUT_S)))
            ways = {"here": lambda: first_text(here), "there": lambda: first_text(there)}
            found = taking_turns(ways, TURNS[scale])
        middle = {way: 1000 * statistics.median(times) for way, times in found.items()}
        yield Row(
            f"added/{name}",
            f"{names[name]}: through the holder against in process, to the first text",
            f"{middle['there']:.2f} ms",
            f"{middle['here']:.2f} ms",
            middle["there"] - middle["here"],
            TARGET,
        )
