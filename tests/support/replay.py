"""Replaying a recorded session of the vendor's runner with the stand-in."""

import json
import re
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from support.recordings import LEGACY, Recording, Step, mask
from support.standin_run import Run
from support.tokenizer_server import REQUEST_WAIT_S, Exchange, Misbehaviour, Request, TokenizerServer

# What the recorded sessions' post_config.json held, in the vendor's order.
POST_CONFIG = {
    "enable_temperature": True,
    "temperature": 0.9,
    "enable_repetition_penalty": False,
    "repetition_penalty": 1.2,
    "penalty_window": 20,
    "enable_top_p_sampling": False,
    "top_p": 0.8,
    "enable_top_k_sampling": True,
    "top_k": 10,
}
KV_CACHE_SIZE = 32
MAX_TOKEN_LEN = 1023
NOTHING: Mapping[Any, Any] = MappingProxyType({})
OK = 200
SLOW_S = 100.0
"""A step that a signal, sent on the bytes before it, always finds unfinished."""


class Case(NamedTuple):
    """What a replay needs beside the recording.

    ``wrong`` maps request numbers to what the tokenizer did to them; ``cut``: there was more of the first
    answer than the recording shows; ``children``: child programs' words are on the terminal too;
    ``options_of``: the recording whose command line this one had, with stdin on a pipe; ``quits``: the ``q``
    that ended it was not recorded.
    """

    fail: str = ""
    wrong: Mapping[int, Misbehaviour] = NOTHING
    slow: Mapping[str, float] = NOTHING
    cut: bool = False
    build: str = "axcl-llm"
    post_config: bool = True
    same_stderr: bool = True
    folder: Path = LEGACY
    children: bool = False
    options_of: str = ""
    quits: bool = False


def turns(exchanges: list[Exchange], wrong: Mapping[int, Misbehaviour]) -> list[list[int]]:
    """The ids of each recorded answer: those of its last /decode, or all pieces where that one never came."""
    asked: list[list[list[int]]] = []
    for number, exchange in enumerate(exchanges, 1):
        if wrong.get(number, Misbehaviour()).status != OK:
            continue  # asked again
        if exchange.request.path == "/encode":
            asked.append([])
        elif exchange.request.path == "/decode":
            asked[-1].append(json.loads(exchange.request.body)["token_ids"])
    answers = []
    for bodies in asked:
        *pieces, last = bodies or [[]]
        shown = [token for piece in pieces for token in piece]
        answers.append(last if last[: len(shown)] == shown else shown + last)
    return answers


def script_of(recording: Recording, exchanges: list[Exchange], case: Case) -> dict[str, Any]:
    """A stand-in script that gives the recorded answers at once."""
    limit = re.search(rb"max_token_len : (\d+)", recording.console)
    answers: list[dict[str, Any]] = [{"ids": ids} for ids in turns(exchanges, case.wrong)]
    if case.cut:
        # There was more of this answer than the recording shows.
        answers[0] = {"ids": answers[0]["ids"] + [7, 7, 7], "slow": dict(case.slow)}
    return {
        "load_s": 0,
        "token_s": 0,
        "prefill_token_s": 0,
        "connect_retry_s": 0,
        "kv_cache_size": KV_CACHE_SIZE,
        "max_token_len": int(limit[1]) if limit else MAX_TOKEN_LEN,
        "answers": answers,
        "fail": case.fail,
    }


def write_models(directory: Path, argv: list[str], case: Case) -> None:
    """The files that the recorded command line names, except those the recorded program missed."""
    models = directory / "models"
    models.mkdir()
    layers = int(value_of(argv, "--axmodel_num") or 0)
    template = value_of(argv, "--template_filename_axmodel") or ""
    if "nope" not in template:
        for layer in range(layers):
            (directory / template.replace("%d", str(layer))).touch()
    for name in ("qwen_post.axmodel", "embed.bin"):
        (models / name).touch()
    if case.post_config:
        (directory / "post_config.json").write_text(json.dumps(POST_CONFIG))


def value_of(argv: list[str], flag: str) -> str | None:
    """The word after a flag."""
    return argv[argv.index(flag) + 1] if flag in argv else None


def arguments_of(recording: Recording, address: str, case: Case) -> list[str]:
    """The recorded arguments with our tokenizer's address."""
    given = [re.sub(r"http://127\.0\.0\.1:\d+", address, word) for word in recording.argv[1:]]
    return ["--standin-build", case.build, *given]


class Gate:
    """Holds back each answer until everything is done that was done before it in the recording."""

    def __init__(self, server: TokenizerServer, steps: Sequence[Step]) -> None:
        self._server = server
        self._left = list(steps)
        self._moved = threading.Condition()
        server.before_answer = self._hold

    def step_done(self) -> None:
        """Take note that the next step is done."""
        with self._moved:
            self._left.pop(0)
            self._moved.notify_all()

    def _hold(self) -> None:
        number = len(self._server.requests)
        with self._moved:
            free = self._moved.wait_for(
                lambda: all(number in step.answered for step in self._left), REQUEST_WAIT_S
            )
        assert free, (number, self._left)


def replay(recording: Recording, case: Case, directory: Path, server: TokenizerServer, address: str) -> Run:
    """Do what was done to the recorded process, each step on the bytes that came before it."""
    write_models(directory, recording.argv, case)
    gate = Gate(server, recording.steps)
    run = Run(
        arguments_of(recording, address, case),
        directory,
        on_pty=recording.on_pty or bool(case.options_of),
        echo=recording.name != "08-pty-noecho",
        piped_input=bool(case.options_of),
        env={"AXCHAT_STANDIN_SCRIPT": str(directory / "script.json")},
    )
    with run:
        for step in recording.steps:
            wait_until_printed(run, step.before)
            server.wait_for_requests(step.requests)
            if step.signal:
                run.kill(signal.Signals[step.signal])
            else:
                run.send(step.typed)
                wait_until_printed(run, step.before + echo_of(step, recording))
            gate.step_done()
        if case.quits:
            wait_until_printed(run, recording.console)
            run.send(b"q\n")
        run.finish()
    return run


def wait_until_printed(run: Run, before: bytes) -> None:
    """Wait until as much is there as was then."""
    run.wait_for(lambda printed: len(mask(printed)) >= len(mask(before)))


def echo_of(step: Step, recording: Recording) -> bytes:
    """What the terminal wrote of a typed line at once."""
    echo = step.typed.replace(b"\n", b"\r\n").replace(b"\x03", b"^C")
    return echo if recording.console[len(step.before) :].startswith(echo) else b""


def asked(request: Request, heads: bool) -> Request:
    """A request with its address masked; a recording without an .http file has no heads."""
    head = re.sub(r"127\.0\.0\.1:\d+", "HOST", request.head)
    return request._replace(head=head if heads else "")
