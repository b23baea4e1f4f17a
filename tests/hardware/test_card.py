"""What only a card can show: ``AXCHAT_TEST_MODEL=DIR pytest -n0 -m hardware tests/hardware`` on a board."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cli import AXCHAT, axchat
from support.holders import end, holder_pid

pytestmark = [pytest.mark.hardware, pytest.mark.timeout(600)]

_NAMED = os.environ.get("AXCHAT_TEST_MODEL", "")
LOAD_S = 300
"""Longer than any load that was published, 66 s."""


@pytest.fixture
def model(holder_home: Path) -> Iterator[str]:
    """The model directory that the environment names; what has it loaded is ended first and last."""
    assert _NAMED, "AXCHAT_TEST_MODEL names a model directory"
    yield str(Path(_NAMED).resolve())
    pid = holder_pid(holder_home / "run")
    if pid is not None:
        end(pid)


def answer(*arguments: str) -> dict[str, object]:
    """What a run says with ``--json``."""
    return dict(json.loads(axchat("run", "--json", "--timeout", str(LOAD_S), *arguments).assert_ok().out))


def test_nothing_that_the_doctor_looks_at_fails(model: str) -> None:
    """From the PCI bus to the model's files."""
    report = json.loads(axchat("doctor", "--json", "-m", model).out)
    assert [check for check in report["checks"] if check["status"] == "fail"] == []


def test_an_answer_is_counted_and_the_next_one_needs_no_load(model: str) -> None:
    """Text, a reason to end, and the second first word at least ten times sooner than the first."""
    first = answer("-m", model, "Say hello.")
    second = answer("-m", model, "Say hello.")
    assert first["text"]
    assert first["finish_reason"] in ("stop", "length", "unknown")
    assert 10 * second["timings"]["ttft_s"] < first["timings"]["ttft_s"]  # type: ignore[index]


def test_a_prompt_of_several_lines_is_one_prompt(model: str) -> None:
    """Lines, Chinese and an emoji: the same prompt twice gives the same count of tokens."""
    prompt = "Answer in one word.\n\n北京在哪个国家？🙂\n>> is no prompt here."
    counts = [(answer("-m", model, prompt)["usage"] or {}).get("prompt_tokens") for _ in range(2)]  # type: ignore[attr-defined]
    assert counts[0] == counts[1]


def test_what_a_kill_leaves_does_not_hold_the_card(model: str, holder_home: Path) -> None:
    """After ``kill -9`` of the holder its runner ends, and the next run loads again and answers."""
    axchat("load", "-q", "-m", model, "--timeout", str(LOAD_S)).assert_ok()
    pid = holder_pid(holder_home / "run")
    assert pid is not None
    end(pid, signal.SIGKILL)
    assert answer("-m", model, "Say hello.")["text"]


def test_ctrl_c_in_a_load_ends_it_and_frees_the_card(model: str) -> None:
    """Half a second after its first word of progress; then another command can have the card."""
    with subprocess.Popen(
        [*AXCHAT, "run", "--once", "-m", model, "hello"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as run:
        assert run.stderr is not None
        run.stderr.readline()
        run.send_signal(signal.SIGINT)
        assert run.wait(LOAD_S) == 130
    assert answer("--once", "-m", model, "Say hello.")["text"]


def test_a_limit_of_tokens_is_kept_exactly(model: str) -> None:
    """Where tokens are counted: a model that would go on is stopped at the eighth."""
    said = answer("-m", model, "--max-tokens", "8", "Count from one to one hundred.")
    usage = said["usage"] or {"completion_tokens": 8}
    assert usage["completion_tokens"] == 8  # type: ignore[index]


def test_the_bench_measures_on_both_clocks(model: str) -> None:
    """Axchat's rate and the tokenizer service's agree within a tenth."""
    done = axchat("bench", "-q", "-m", model, "-n", "64", "-r", "2", "-o", "json").assert_ok()
    figures = json.loads(done.out)["results"][0]["figures"]
    ours, theirs = (
        figures[name]["summary"]["mean"]
        for name in ("decode_tokens_per_s", "tokenizer_decode_tokens_per_s")
        if name in figures
    )
    assert ours == pytest.approx(theirs, rel=0.1)
