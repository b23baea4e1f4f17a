"""One run of a script: recorded console bytes in, answers and named errors out."""

import pytest

from axchat.deadline import NEVER, Deadline
from axchat.engines.script_turn import ScriptTurn
from axchat.errors import (
    AxchatError,
    ContextOverflow,
    DeviceFailed,
    ModelError,
    NoDevice,
    RunnerFailed,
    RunnerTimeout,
    TokenizerFault,
)
from axchat.events import Event, Finished, FinishReason, LoadProgress, Notice, TextDelta
from axchat.process.scripted import ScriptedTransport
from axchat.process.transport import Output
from support.sessions import Recording

INIT_OK = b"\x1b[1;30;32m[I][                            Init][ 288]: LLM init ok\x1b[0m\n"
END = b"\n\n\x1b[1;30;35m[N][                             Run][ 610]: hit eos,avg 12.65 token/s\n\x1b[0m\n"
BANNER = b'Type "q" to exit, Ctrl+c to stop current running\n>> '


def red(function: str, message: str) -> bytes:
    """An error line as the runner prints it."""
    return f"\x1b[1;30;31m[E][{function:>32}][ 529]: {message}\x1b[0m\n".encode()


def turn_over(transport: ScriptedTransport, deadline: Deadline = NEVER) -> ScriptTurn:
    """A turn that reads this console."""
    return ScriptTurn(transport, live_print=None, tokenizer="http://127.0.0.1:12345", deadline=deadline)


def replayed(name: str) -> tuple[ScriptedTransport, ScriptTurn]:
    """A turn over a recorded one-shot session; newline translation of the recording's tty undone."""
    recording = Recording(name)
    data = b"".join(step.data for step in recording.steps() if step.kind == "console")
    if recording.is_pty:
        data = data.replace(b"\r\n", b"\n")
    pieces = [Output(data[i : i + 4096]) for i in range(0, len(data), 4096)]
    transport = ScriptedTransport([*pieces, Output(stderr=recording.stderr)], recording.status)
    return transport, turn_over(transport)


def text_of(events: list[Event]) -> str:
    """The answer."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def events_until_error(turn: ScriptTurn) -> tuple[list[Event], AxchatError]:
    """What came before the error, and the error."""
    events: list[Event] = []
    with pytest.raises(AxchatError) as caught:
        events.extend(turn.events())
    return events, caught.value


class TestRecordedSessions:
    """The real runner program, started with a prompt."""

    @pytest.mark.parametrize(
        "name",
        [
            "02-pty-oneshot-live0-cont0",
            "02-pty-oneshot-live1-cont0",
            "03-pipe-oneshot-live0-cont0",
            "31-pty-no-post-config",
        ],
    )
    def test_answers_are_exact(self, name: str) -> None:
        """The text is what the tokenizer gave, the reason is unknown, the rate is the runner's."""
        _, turn = replayed(name)

        events = list(turn.events())

        assert text_of(events) == Recording(name).answers()[0]
        finished = events[-1]
        assert isinstance(finished, Finished)
        assert finished.reason is FinishReason.UNKNOWN
        assert finished.timings.tokens_per_s > 0
        assert finished.usage.completion_tokens is None

    @pytest.mark.parametrize(
        ("name", "error", "status", "said"),
        [
            ("20-pty-tok-down-at-start", TokenizerFault, 9, "SIGSEGV"),
            ("20-pipe-tok-down-at-start", TokenizerFault, 9, "http://127.0.0.1:12345"),
            ("20-pty-tok-slow-1.2", TokenizerFault, 9, "within a second"),
            ("20-pty-tok-500-bos", TokenizerFault, 9, "get bos_id failed, status: 500"),
            ("30-pty-setdevice-fail", DeviceFailed, 8, "0x80300186"),
            ("61-multi-pty-setdevice-fail", DeviceFailed, 8, "0x80300186"),
            ("30-pty-no-device", NoDevice, 5, "find total 0 device"),
            ("30-pty-load-fail-layer2", DeviceFailed, 8, "0x8030070c"),
            ("31-pty-missing-layer", ModelError, 4, "nope_l0.axmodel"),
        ],
    )
    def test_failures_are_named(self, name: str, error: type[AxchatError], status: int, said: str) -> None:
        """Each recorded failure is its own error with its exit status and the cause in the message."""
        _, turn = replayed(name)

        events, raised = events_until_error(turn)

        assert type(raised) is error
        assert raised.exit_status == status
        assert said in raised.message
        assert "\n" not in raised.message
        assert text_of(events) == ""

    def test_a_refused_port_is_no_permission_problem(self) -> None:
        """0x80300186 comes with "Operation not permitted"; neither root nor chmod is advised for it."""
        _, turn = replayed("30-pty-setdevice-fail")

        _, raised = events_until_error(turn)

        advice = f"{raised.message} {raised.hint}".lower()
        assert "doctor" in advice
        assert "sudo" not in advice
        assert "chmod" not in advice

    def test_the_load_is_reported(self) -> None:
        """Every bar of the recorded load arrives as progress, and its end, which is behind the last bar."""
        _, turn = replayed("02-pty-oneshot-live1-cont0")

        bars = [event for event in turn.events() if isinstance(event, LoadProgress)]

        assert [bar.done for bar in bars if not bar.is_over] == list(range(1, 8))
        assert bars[-1].is_over


class TestEndOfAnswer:
    """The quit behind a one-shot answer, and what looks like one."""

    def test_the_marker_is_answered_with_one_quit(self) -> None:
        """A runner that goes on asking is told to quit, once."""
        transport = ScriptedTransport([Output(INIT_OK + b"hi" + END + BANNER), Output(b"q\n")])

        events = list(turn_over(transport).events())

        assert text_of(events) == "hi"
        assert transport.typed == [b"q\n"]

    def test_a_runner_that_does_not_quit_is_ended(self) -> None:
        """The answer is whole at the marker; a runner deaf to its quit is terminated, and that is said."""
        transport = ScriptedTransport([Output(INIT_OK + b"hi" + END + BANNER), None, None])

        events = list(turn_over(transport).events())

        assert text_of(events) == "hi"
        assert any(isinstance(event, Notice) and "did not take its quit" in event.text for event in events)
        assert transport.is_closed

    def test_a_marker_in_the_answer_is_text(self) -> None:
        """A quit typed too early is read by the runner later, and no text is lost."""
        transport = ScriptedTransport(
            [Output(INIT_OK + b"x" + END + BANNER), Output(b"more" + END), Output(BANNER)]
        )

        events = list(turn_over(transport).events())

        assert text_of(events) == "x" + (END + BANNER).decode() + "more"
        assert transport.typed == [b"q\n"]

    def test_a_bad_exit_after_a_whole_answer_is_a_notice(self) -> None:
        """The answer stands; that the runner then failed is said."""
        events = list(turn_over(ScriptedTransport([Output(INIT_OK + b"hi" + END)], status=139)).events())

        assert text_of(events) == "hi"
        assert any(isinstance(event, Notice) and "139" in event.text for event in events)
        assert isinstance(events[-1], Finished)


class TestTrouble:
    """Everything else that can happen."""

    def test_a_crash_in_mid_answer_keeps_the_text(self) -> None:
        """What was said before the crash is kept, and the signal is named."""
        _, turn = (None, turn_over(ScriptedTransport([Output(INIT_OK + b"one two")], status=139)))

        events, raised = events_until_error(turn)

        assert text_of(events) == "one two"
        assert type(raised) is RunnerFailed
        assert "in the middle of its answer (SIGSEGV)" in raised.message

    def test_an_npu_failure_stops_the_answer(self) -> None:
        """The runner repeats one token for ever after it; the answer is ended, not believed."""
        data = INIT_OK + b"one two" + red("inference", "AX_ENGINE_Execute") + b" two two"
        transport = ScriptedTransport([Output(data)])
        turn = turn_over(transport)

        events, raised = events_until_error(turn)
        turn.close()

        assert text_of(events) == "one two"
        assert type(raised) is DeviceFailed
        assert transport.is_closed

    def test_a_prompt_larger_than_the_prefill_window_is_an_overflow(self) -> None:
        """The runner would answer an empty prompt; it is stopped and the limit is named."""
        line = red("Encode", "input_ids(129) > prefill_token_num(128)")
        turn = turn_over(ScriptedTransport([Output(INIT_OK + line + b"garbage")]))

        events, raised = events_until_error(turn)

        assert text_of(events) == ""
        assert type(raised) is ContextOverflow
        assert raised.exit_status == 10
        assert "input_ids(129) > prefill_token_num(128)" in raised.message

    def test_the_librarys_words_on_standard_error_are_warnings(self) -> None:
        """A line of the AXCL library is told whichever stream it takes, also cut in two."""
        line = b"[2025-11-09 08:46:00.031][10994][W][device manager][listen][292]: device 1 is dead\n"
        outputs = [Output(INIT_OK, line[:30]), Output(b"hi" + END, line[30:])]

        events = list(turn_over(ScriptedTransport(outputs)).events())

        assert [e.text for e in events if isinstance(e, Notice)] == ["AXCL runtime: device 1 is dead"]
        assert text_of(events) == "hi"

    def test_the_allocations_of_a_dead_card_are_not_told_one_by_one(self) -> None:
        """The library lists them, hundreds, behind the line that says what happened, on either stream."""
        dead = b"[2025-11-09 08:46:00.029][10994][W][device manager][listen][292]: device 1 is dead\n"
        row = b"[2025-11-09 08:46:00.030][10994][C][device][print][20]: [0x162915000] : 0x4a300 bytes\n"
        outputs = [Output(INIT_OK + b"hi" + END + BANNER + dead + 226 * row, 226 * row), Output(b"q\n")]

        events = list(turn_over(ScriptedTransport(outputs)).events())

        assert [e.text for e in events if isinstance(e, Notice)] == ["AXCL runtime: device 1 is dead"]
        assert text_of(events) == "hi"

    @pytest.mark.parametrize("live_print", [None, False])
    def test_an_answer_without_text_is_a_warning(self, live_print: bool | None) -> None:
        """A prompt beyond the context is answered like that, with the usual end and status 0."""
        said = b"\x1b[1;30;32m[I][                            Init][ 226]: max_token_len : 1023\x1b[0m\n"
        transport = ScriptedTransport(
            [Output(said + INIT_OK + END + (b"\n" if live_print is False else b""))]
        )
        turn = ScriptTurn(transport, live_print=live_print, tokenizer=None, deadline=NEVER)

        events = list(turn.events())

        assert text_of(events) == ""
        assert [event.text for event in events if isinstance(event, Notice)] == [
            "no text: the model ended at once, or the prompt exceeds its context of 1023 tokens"
        ]

    def test_a_missing_piece_is_a_warning(self) -> None:
        """A failed /decode inside an answer leaves a hole that the user is told of."""
        data = INIT_OK + b"one" + red("Decode", "decode failed, status: 500, try again") + b" three" + END
        events = list(turn_over(ScriptedTransport([Output(data)])).events())

        assert text_of(events) == "one three"
        assert [event.text for event in events if isinstance(event, Notice)] == [
            "runner: decode failed, status: 500, try again",
            "a piece of the answer may be missing",
        ]

    @pytest.mark.parametrize(
        ("stderr", "status", "error", "said"),
        [
            (
                b"./main: error while loading shared libraries: libaxcl_rt.so: cannot open",
                127,
                RunnerFailed,
                "libaxcl_rt",
            ),
            (b"./main: /lib/libc.so.6: version `GLIBC_2.38' not found", 1, RunnerFailed, "newer system"),
            (b"./main: cannot execute binary file: Exec format error", 126, ModelError, "another processor"),
            (b"run.sh: line 1: ./main: Permission denied", 126, ModelError, "cannot start its runner"),
            (b"undefined option: --bogus\nusage: ...", 1, AxchatError, "undefined option: --bogus"),
            (b"", 9, RunnerFailed, "said nothing"),
        ],
    )
    def test_what_the_shell_says_is_understood(
        self, stderr: bytes, status: int, error: type[AxchatError], said: str
    ) -> None:
        """Messages of the loader, the shell and the option parser become errors that name the cause."""
        turn = turn_over(ScriptedTransport([Output(stderr=stderr)], status=status))

        _, raised = events_until_error(turn)

        assert isinstance(raised, error)
        assert said in raised.message

    def test_silence_while_loading_is_an_error_with_the_last_line(self) -> None:
        """A runner that hangs in its load is named with what it said last."""
        turn = turn_over(ScriptedTransport([Output(b"build time: today\n"), None]))

        _, raised = events_until_error(turn)

        assert type(raised) is RunnerTimeout
        assert "while loading; last line: build time: today" in raised.message

    def test_the_deadline_is_the_users(self) -> None:
        """When the time limit has passed, the message says so."""
        turn = turn_over(ScriptedTransport([None]), Deadline(0.0))

        _, raised = events_until_error(turn)

        assert "time limit" in raised.message

    def test_a_cancelled_runner_is_asked_to_quit(self) -> None:
        """A cancel stops the answer with SIGINT, then the runner may quit and free the card."""
        transport = ScriptedTransport([Output(INIT_OK + b"one"), None, Output(b" two" + END + BANNER), None])
        turn = turn_over(transport)
        events = []
        for event in turn.events():
            events.append(event)
            turn.cancel()

        assert text_of(events) == "one two"
        assert transport.signals == ["INT", "INT"]
        assert transport.typed == [b"q\n"]
        assert events[-1] == Finished(FinishReason.CANCELLED, timings=events[-1].timings)

    def test_leaving_early_asks_the_runner_to_quit_too(self) -> None:
        """Whoever stops reading ends the runner the same way."""
        transport = ScriptedTransport([Output(INIT_OK + b"one"), Output(END + BANNER), None])
        turn = turn_over(transport)
        next(turn.events())

        turn.close()
        turn.close()

        assert (transport.signals, transport.typed) == (["INT"], [b"q\n"])
        assert transport.is_closed

    def test_cancelled_before_the_answer_ends_without_it(self) -> None:
        """A cancel while loading needs no interrupt: the runner is ended."""
        transport = ScriptedTransport([Output(b"build time: today\n")])
        turn = turn_over(transport)
        turn.cancel()

        events = list(turn.events())

        assert [event.reason for event in events if isinstance(event, Finished)] == [FinishReason.CANCELLED]
        assert transport.is_closed
