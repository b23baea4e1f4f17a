"""The stand-in against the real ``axllm run``: each recorded session, replayed, gives the same bytes."""

import signal
from pathlib import Path

import pytest

from support import recordings
from support.axllm_recordings import AXLLM, Case, mask, write_model, write_script
from support.replay import SLOW_S
from support.standin_run import AXLLM as PROGRAM
from support.standin_run import Run

# The real tokenizer cuts " one" behind a newline in two, so that it does not know its own answer again.
SPACE_AFTER_NEWLINE = (b"\n ", b"on")
TORN = (
    *("你好".encode(), "，".encode(), "世界".encode(), "！".encode(), "🎉".encode()),
    *(b"\xf0\x9f", b"\xab", b"\xa0", "深圳".encode(), " naï".encode(), b"ve"),
)
WITH_NUL = (
    *(b"cr", b"\r", b"lf", b"\r\n", b"tab", b"\tb", b"ell", b"\x07", b"bs", b"\x08", b"n", b"ul"),
    *(b":", b"\0", b"after"),
)
CASES = {
    "axllm-r01-pty-start-3turns-q": Case(),
    "axllm-r02-pipe-start-3turns-q": Case(),
    "axllm-r03-pty-answers": Case(
        # Tokens that tear characters, a NUL that the console does not show, and texts that are not cut into
        # the tokens that made them.
        answers={0: TORN, 9: WITH_NUL},
        words=(b"\xe5\x9c", b"\xa0\xe6\xb7\xb1", b" prec", b"ompu", b"mr", b"\0a", b"fter", b"<thi", b"nk"),
        unmade=(b"%s", b"%n", b"%d"),
    ),
    "axllm-r04-pty-long-answer-to-limit": Case(words=(b"\n,",)),
    "axllm-r05-pty-commands": Case(),
    "axllm-r06-pty-paste-two-lines": Case(words=(b"br", b"ack", b"eted"), without=(b"bracketed",)),
    "axllm-r07-pty-sigint": Case(
        words=(b"abcdef", b"fou", b"rth", *SPACE_AFTER_NEWLINE),
        without=(b"fourth",),
        slow={0: {"16": SLOW_S}, 2: {"16": SLOW_S}},
    ),
    "axllm-r07-pty-sigint-prefill": Case(slow={0: {"prefill": SLOW_S}}),
    "axllm-r08-pty-context-full": Case(),
    "axllm-r09-pty-axclinit-fails": Case(fail="axclinit-11"),
    "axllm-r09-pty-config-missing-key": Case(killed=True),
    "axllm-r09-pty-missing-layer": Case(),
    "axllm-r09-pty-setdevice-80300186": Case(fail="setdevice"),
    "axllm-r10-pty-device-dead-mid-generation": Case(words=SPACE_AFTER_NEWLINE, fail="dead-device-token-3"),
    "axllm-r11-pty-LOGLEVEL-notice": Case(answers={0: (b"hello",), 1: ()}, env={"AXLLM_LOG_LEVEL": "notice"}),
    "axllm-r11-pty-NO_COLOR": Case(env={"NO_COLOR": "1"}),
    "axllm-r12-pipe-eof": Case(),
    "axllm-r12-pty-6000-byte-line": Case(words=(b"yyyy",)),
}


def replay(name: str, case: Case, directory: Path) -> Run:
    """Do what was done to the recorded process, each step on the bytes that came before it."""
    recording = recordings.read(name, AXLLM)
    write_model(directory, recording)
    write_script(directory, recording, case, AXLLM)
    run = Run(
        ["run", str(directory)],
        directory,
        on_pty=recording.on_pty,
        stderr_on_pty=True,
        echo=False,
        env={"TERM": "xterm", "NO_COLOR": "", **case.env},
        command=PROGRAM,
    )
    with run:
        for step in recording.steps:
            before = len(mask(step.before))
            run.wait_for(lambda printed, before=before: len(mask(printed)) >= before)
            if step.signal:
                run.kill(signal.Signals[step.signal])
            else:
                run.send(step.typed)
        if not recording.on_pty:
            run.close_input()
        if case.killed:
            run.wait_for(lambda printed: len(mask(printed)) >= len(mask(recording.console)))
            run.kill(signal.SIGKILL)
        run.finish()
    return run


class TestRecordedSessions:
    """What the stand-in prints and returns is what the real program printed and returned."""

    @pytest.mark.parametrize("name", CASES)
    def test_a_replayed_session_gives_the_recorded_bytes(self, name: str, tmp_path: Path) -> None:
        """Console and exit status agree, numbers that vary masked."""
        recording = recordings.read(name, AXLLM)

        run = replay(name, CASES[name], tmp_path)

        assert mask(run.printed) == mask(recording.console)
        assert run.returncode == recording.returncode

    def test_every_capture_is_replayed(self) -> None:
        """No recorded session of ``axllm run`` is left out."""
        assert {path.stem for path in AXLLM.glob("*.meta")} == set(CASES)
