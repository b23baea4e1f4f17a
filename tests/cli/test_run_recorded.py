"""``axchat run -m DIR`` on what the real runner program wrote: exact answers, named faults."""

from collections.abc import Callable
from pathlib import Path

import pytest

from support.cli import axchat
from support.recorded_runner import put_into
from support.sessions import Recording

ANSWERS = [
    ("01-pty-start-turn-q", 0),
    ("02-pty-oneshot-live0-cont0", 0),
    ("02-pty-oneshot-live0-cont1", 0),
    ("02-pty-oneshot-live1-cont0", 0),
    ("02-pty-oneshot-live1-cont1", 1),
    ("03-pipe-oneshot-live0-cont0", 0),
    ("03-pipe-oneshot-live1-cont1", 0),
    *[("04-pipe-answers-live0", turn) for turn in range(10)],
    *[("04-pty-answers-live1", turn) for turn in range(10)],
    ("31-pty-no-post-config", 0),
]
FAULTS = [
    ("20-pipe-tok-down-at-start", 9, "SIGSEGV"),
    ("20-pty-tok-500-bos", 9, "get bos_id failed, status: 500"),
    ("20-pty-tok-slow-1.2", 9, "within a second"),
    ("30-pty-load-fail-layer2", 8, "0x8030070c"),
    ("30-pty-no-device", 5, "find total 0 device"),
    ("30-pty-setdevice-fail", 8, "0x80300186"),
    ("31-pty-missing-layer", 4, "nope_l0.axmodel"),
]


@pytest.mark.parametrize(("name", "turn"), ANSWERS)
def test_an_answer_is_what_the_tokenizer_gave(demo: Callable[..., Path], name: str, turn: int) -> None:
    """Byte for byte: markers, end lines, escapes, CR, blank lines, CJK; what a NUL cut never came."""
    recording = Recording(name)
    directory = demo("unused")
    put_into(directory, recording, turn)

    outcome = axchat("run", "-q", "-m", str(directory), "hi").assert_ok()

    assert outcome.out == recording.answers()[turn].encode()
    assert outcome.err == ""


@pytest.mark.parametrize(("name", "status", "said"), FAULTS)
def test_a_fault_is_named(demo: Callable[..., Path], name: str, status: int, said: str) -> None:
    """The cause in the last line but the hint, the exit status of its kind, no answer."""
    directory = demo("unused")
    put_into(directory, Recording(name))

    outcome = axchat("run", "-q", "-m", str(directory), "hi")

    assert (outcome.status, outcome.out) == (status, b"")
    assert said in outcome.err.splitlines()[-2]
