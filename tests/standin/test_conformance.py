"""The stand-in against the real legacy runner: each recorded session, replayed, gives the same bytes."""

import json
import re
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from support import recordings, tokenizer_server
from support.recordings import LEGACY, Recording, mask
from support.standin_run import Run
from support.tokenizer_server import Exchange, Misbehaviour, TokenizerServer

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
    """What a replay needs beside the recording."""

    fail: str = ""
    wrong: Mapping[int, Misbehaviour] = NOTHING
    slow: Mapping[str, float] = NOTHING
    cut: bool = False
    build: str = "axcl-llm"
    post_config: bool = True
    same_stderr: bool = True
    folder: Path = LEGACY


STANDIN = LEGACY.parent / "standin"
STATUS_500 = Misbehaviour(status=500)
CASES = {
    "01-pty-start-turn-q": Case(),
    "02-pty-oneshot-live0-cont0": Case(),
    "02-pty-oneshot-live0-cont1": Case(),
    "02-pty-oneshot-live1-cont0": Case(),
    "02-pty-oneshot-live1-cont1": Case(),
    "03-pipe-oneshot-live0-cont0": Case(),
    "03-pipe-oneshot-live1-cont1": Case(),
    "04-pipe-answers-live0": Case(),
    "04-pty-answers-live1": Case(),
    "05-pty-length-limit": Case(),
    "07-pty-0x03-midline": Case(),
    "07-pty-invalid-utf8-lone-ff": Case(),
    "07-pty-newline-in-prompt": Case(),
    "07-pty-tab": Case(),
    "08-pty-empty-line": Case(),
    "08-pty-noecho": Case(),
    "10-pty-SIGTERM-generating": Case(slow={"9": SLOW_S}, cut=True),
    # The recorded last token came from a step that the signal cut short (facts, part II section 5).
    "10-pty-ctrlC-generating": Case(fail="stale-token", slow={"9": SLOW_S}, cut=True),
    "10-pty-ctrlC-prefill": Case(slow={"prefill": SLOW_S}, cut=True),
    "20-pipe-tok-down-at-start": Case(),
    "20-pty-tok-500-bos": Case(wrong={1: STATUS_500}),
    "20-pty-tok-down-at-start": Case(),
    "20-pty-tok-slow-1.2": Case(wrong={1: Misbehaviour(silent=True)}),
    "21-pty-decode-500-once": Case(wrong={5: STATUS_500}),
    "21-pty-decode-empty-text": Case(),
    "21-pty-encode-500": Case(wrong={3: STATUS_500}),
    "21-pty-encode-empty": Case(),
    "21-pty-tok-dies-at-2nd-decode": Case(wrong={5: Misbehaviour(close=True)}),
    "30-pty-load-fail-layer2": Case(fail="load-layer-2"),
    "30-pty-no-device": Case(fail="no-device"),
    "30-pty-setdevice-fail": Case(fail="setdevice"),
    "31-pty-missing-layer": Case(),
    "31-pty-no-post-config": Case(post_config=False),
    "32-pty-help": Case(),
    "32-pty-unknown-arg": Case(),
    # The recording rig's words on stderr are its own.
    "34-pty-crash-segv-token5": Case(fail="segv-token-5", cut=True, same_stderr=False),
    "34-pty-device-dead-logonly": Case(fail="late-log"),
    "34-pty-device-dead-short": Case(fail="dead-device-token-5", same_stderr=False, folder=STANDIN),
    # The recorded stderr holds what children of the vendor's program print without a card.
    "60-prefill-pty-start-turn-q": Case(build="prefill", same_stderr=False),
}


# Its signal fell while a token was computed that nothing showed: when to repeat it cannot be seen.
INDETERMINATE = {"10-pipe-kill-INT-generating"}


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


def replay(recording: Recording, case: Case, directory: Path, server: TokenizerServer, address: str) -> Run:
    """Do what was done to the recorded process, each step on the bytes that came before it."""
    write_models(directory, recording.argv, case)
    run = Run(
        arguments_of(recording, address, case),
        directory,
        on_pty=recording.on_pty,
        echo=recording.name != "08-pty-noecho",
        env={"AXCHAT_STANDIN_SCRIPT": str(directory / "script.json")},
    )
    with run:
        for step in recording.steps:
            before = mask(step.before)
            run.wait_for(lambda printed, before=before: len(mask(printed)) >= len(before))
            server.wait_for_requests(step.requests)
            if step.signal:
                run.kill(signal.Signals[step.signal])
            else:
                run.send(step.typed)
        run.finish()
    return run


def free_port() -> int:
    """A port of 127.0.0.1 where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class TestRecordedSessions:
    """What the stand-in prints, returns and asks is what the real program printed, returned and asked."""

    @pytest.mark.parametrize("name", CASES)
    def test_a_replayed_session_gives_the_recorded_bytes(self, name: str, tmp_path: Path) -> None:
        """Console, stderr, exit status and tokenizer calls agree, numbers that vary masked."""
        case = CASES[name]
        recording = recordings.read(name, case.folder)
        exchanges = tokenizer_server.recorded(case.folder, name)
        (tmp_path / "script.json").write_text(json.dumps(script_of(recording, exchanges, case)))
        answers = tokenizer_server.from_recording(exchanges)
        with TokenizerServer(answers, case.wrong) as server:
            address = f"http://127.0.0.1:{free_port()}" if "tok-down" in name else server.address
            run = replay(recording, case, tmp_path, server, address)

        assert mask(run.printed) == mask(recording.console)
        assert run.returncode == recording.returncode
        if case.same_stderr:
            assert mask(run.stderr()) == mask(recording.stderr or b"")
        heads = any(exchange.request.head for exchange in exchanges)
        assert [asked(r, heads) for r in server.requests] == [asked(e.request, heads) for e in exchanges]

    def test_every_capture_of_the_played_builds_is_replayed(self) -> None:
        """No recorded session of a build that the stand-in plays is left out, but the indeterminate one."""
        captured = {path.stem for folder in (LEGACY, STANDIN) for path in folder.glob("*.meta")}

        assert {name for name in captured if "-multi-" not in name} == {*CASES, *INDETERMINATE}


def asked(request: tokenizer_server.Request, heads: bool) -> tokenizer_server.Request:
    """A request with its address masked; a recording without an .http file has no heads."""
    head = re.sub(r"127\.0\.0\.1:\d+", "HOST", request.head)
    return request._replace(head=head if heads else "")
