"""From Ctrl-C to the end of ``axchat run`` on the CPU engine, without a holder and with one.

A real process and the small model, whose child generates on all fast cores. The signal comes with the
answer's first text, or at a random moment of the prefill of a long prompt, of which nothing is kept from
before. Judged is the slowest; the median stands beside it.
"""

import os
import random
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from performance.row import Row, Scale, at_most
from support.chaos import Command

NEEDS_MODEL = True
WAYS = {"once": ("--once",), "holder": ()}
MOMENTS = {"decode": "while it decodes", "prefill": "in the prefill"}
KEYS = tuple(f"cancel/{moment}-{way}" for moment in MOMENTS for way in WAYS)
TIMES = {Scale.QUICK: 3, Scale.FULL: 15}
STORY = "Write a very long story about a fox who travels the world."
LINES = 420
"""Some 3,000 tokens, whose prefill takes seconds."""
LATEST_S = 1.0
TARGET = at_most(100, "ms")


def axchat(*arguments: str) -> Command:
    """A real one."""
    return Command(arguments, os.environ, Path.cwd())


def stopped(command: Command) -> float:
    """Milliseconds from the signal to the end of the process, which has to say that it was the signal."""
    began = time.perf_counter()
    command.process.send_signal(signal.SIGINT)
    command.process.wait()
    took = 1000 * (time.perf_counter() - began)
    assert command.wait() == 130, command.err
    return took


def decoding(way: tuple[str, ...]) -> float:
    """With the first text."""
    command = axchat("run", "-q", "-m", "smollm2", *way, STORY)
    assert command.wait_for(lambda: bool(command.out)), command.err
    return stopped(command)


def prefilling(way: tuple[str, ...]) -> float:
    """At a random moment after the load, or after a warm start; again where the answer has begun."""
    while True:
        first = f"This is list {random.getrandbits(64)}.\n"
        prompt = first + "\n".join(f"item {number} is blue." for number in range(LINES))
        command = axchat("run", "-m", "smollm2", *way, prompt)
        told = "loaded" if way else "engine"
        assert command.wait_for(lambda: told in command.err), command.err  # noqa: B023
        time.sleep(random.uniform(0.1, LATEST_S))  # the moment is the measurement's
        took = stopped(command)
        if not command.out:
            return took


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    warm = axchat("run", "-q", "-m", "smollm2", "Hi")
    assert warm.wait() == 0, warm.err
    try:
        for moment, words in MOMENTS.items():
            for way, options in WAYS.items():
                measure = decoding if moment == "decode" else prefilling
                found = [measure(options) for _ in range(TIMES[scale])]
                where = " ".join(("`axchat run", *options)).strip() + "`"
                yield Row(
                    f"cancel/{moment}-{way}",
                    f"Ctrl-C at {where} {words}, until the process has ended, the slowest of {len(found)}",
                    f"{statistics.median(found):.0f} ms, slowest {max(found):.0f} ms",
                    "",
                    max(found),
                    TARGET,
                )
    finally:
        axchat("stop").wait()
