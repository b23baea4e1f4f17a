"""Tokens a second, over a stand-in at a pace of 500 tokens a second.

Through the session engine in this process, and through the holder and its client, against the bare runner
under pexpect, which asks a tokenizer server in the vendor's style; turn about, from the question to the end
of the answer, which has about as many tokens both ways; each counts its own. The command's rate, which
begins with its first bytes, leaves out its start. Without a pace only the work around a token counts.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from axchat.deadline import Deadline
from axchat.engines.attached import AttachedEngine
from axchat.engines.base import Engine, Request
from axchat.engines.session import SessionEngine
from axchat.events import Finished
from axchat.messages import Message, Role, Sampling
from axchat.standin import vocabulary
from axchat.wire.holder import decode_order
from performance.bare_runner import END, TIMEOUT_S, BareRunner, vendor_tokenizer, written
from performance.reaching import attached
from performance.row import Row, Scale, at_least
from performance.turns import taking_turns
from support.chaos import Scene
from support.leaving import served

NAMES = {
    "session": "the session engine",
    "holder": "holder and client",
    "command": "`axchat run` into a pipe",
}
KEYS = tuple(f"rate/{name}{suffix}" for suffix in ("", "-unpaced") for name in NAMES)
TOKENS = 1000
TURNS = {Scale.QUICK: 2, Scale.FULL: 5}
WORD = "fox "
BARE_TOKENS_PER_WORD = 2
"""Of the stand-in's built-in vocabulary, with the space behind it."""
PACES = (("", 0.002), ("-unpaced", 0.0))
TARGET = at_least(0.99)
UNPACED_TARGET = at_least(0.4)
"""No card is near such a rate; what blocks in the way of a token shows here though a pace would hide it."""


def bare_rate(runner: BareRunner, answer: str) -> float:
    """Tokens a second of one turn; the runner's tokens are of the stand-in's built-in vocabulary."""
    began = time.perf_counter()
    runner.ask_until(END)
    return (len(vocabulary.encode(answer)) + 1) / (time.perf_counter() - began)


def rate(engine: Engine) -> float:
    """Tokens a second of one turn."""
    request = Request((Message(Role.USER, "go"),), Sampling(), Deadline(TIMEOUT_S))
    began = time.perf_counter()
    *_, last = engine.generate(request)
    took = time.perf_counter() - began
    assert isinstance(last, Finished)
    assert last.usage.completion_tokens is not None
    return last.usage.completion_tokens / took


def command_rate(scene: Scene, answer: str) -> float:
    """Tokens a second of ``axchat run``, from its answer's first bytes to the last; a word is a token."""
    length = len(answer.rstrip())
    command = scene.run("-q")
    assert command.wait_for(lambda: bool(command.out)), command.err
    began, already = time.perf_counter(), len(command.out)
    assert command.wait_for(lambda: len(command.out) >= length), command.err
    took = time.perf_counter() - began
    status = command.wait()
    assert (status, command.out.decode().rstrip()) == (0, answer.rstrip()), command.err
    return (length - already) / len(WORD) / took


def rates(scale: Scale, folder: Path, port: int, token_s: float) -> dict[str, float]:
    """The median rate of each way at a pace."""
    answer = WORD * TOKENS
    bare_answer = WORD * (TOKENS // BARE_TOKENS_PER_WORD)
    script = {"steady": True, "max_token_len": 4 * TOKENS}
    options = {"answer": answer, "script": script, "load_s": 0.0, "token_s": token_s, "prefill_token_s": 0.0}
    with ExitStack() as stack:
        scene = stack.enter_context(served(folder / "ours", **options))
        order = decode_order(scene.order())
        assert order.spec is not None
        here = stack.enter_context(closing(SessionEngine(scene.directory)))
        there: AttachedEngine = attached(scene.socket, order.spec)
        for engine in (here, there):
            list(engine.start(Deadline(TIMEOUT_S)))
        bare = BareRunner(written(folder / "bare", port, bare_answer, token_s=token_s, script=script))
        stack.callback(bare.close)
        bare.wait_until_loaded()
        ways = {
            "bare": lambda: bare_rate(bare, bare_answer),
            "session": lambda: rate(here),
            "holder": lambda: rate(there),
            "command": lambda: command_rate(scene, answer),
        }
        found = taking_turns(ways, TURNS[scale])
    return {name: statistics.median(each) for name, each in found.items()}


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    for suffix, token_s in PACES:
        pace = f"{1 / token_s:.0f} tokens/s" if token_s else "no pace"
        with vendor_tokenizer() as port, tempfile.TemporaryDirectory() as folder:
            found = rates(scale, Path(folder), port, token_s)
        for name, through in NAMES.items():
            yield Row(
                f"rate/{name}{suffix}",
                f"{pace}: through {through} against the bare runner",
                f"{found[name]:.1f} tokens/s",
                f"{found['bare']:.1f} tokens/s",
                found[name] / found["bare"],
                TARGET if token_s else UNPACED_TARGET,
            )
