"""The legacy dialect against what the real runner program printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.console.dialects import LEGACY
from axchat.console.events import (
    Closed,
    ConsoleLine,
    Fault,
    FaultKind,
    Ready,
    RunnerLog,
    RuntimeLog,
    TurnEnded,
)
from axchat.console.parser import ConsoleParser
from axchat.console.states import State
from axchat.events import LoadProgress, TextDelta
from support.feeding import drain, feed, joined, parser_for, replay
from support.sessions import Recording

ANSWERED = [
    "01-pty-start-turn-q",
    "02-pty-oneshot-live0-cont0",
    "02-pty-oneshot-live0-cont1",
    "02-pty-oneshot-live1-cont0",
    "02-pty-oneshot-live1-cont1",
    "03-pipe-oneshot-live0-cont0",
    "03-pipe-oneshot-live1-cont1",
    "04-pipe-answers-live0",
    "04-pty-answers-live1",
    "31-pty-no-post-config",
    "60-multi-pty-start-turn-q",
    "60-prefill-pty-start-turn-q",
]
EVERY_ENDING = [
    *ANSWERED,
    "05-pty-length-limit",
    "07-pty-tab",
    "20-pipe-tok-down-at-start",
    "20-pty-tok-500-bos",
    "20-pty-tok-down-at-start",
    "20-pty-tok-slow-1.2",
    "21-pty-decode-500-once",
    "30-pty-load-fail-layer2",
    "30-pty-no-device",
    "30-pty-setdevice-fail",
    "31-pty-missing-layer",
    "34-pty-crash-segv-token5",
    "34-pty-device-dead-logonly",
]

PURPLE = b"\x1b[1;30;35m[N][" + b" " * 29 + b"Run][ 610]: hit eos,avg 12.65 token/s\n\x1b[0m\n"
END = b"\n\n" + PURPLE
INIT_OK = b"\x1b[1;30;32m[I][" + b" " * 28 + b"Init][ 288]: LLM init ok\x1b[0m\n"
BANNER = b'Type "q" to exit, Ctrl+c to stop current running\n>> '


def one_shot(**options: bool) -> ConsoleParser:
    """A parser just before a one-shot answer."""
    parser = ConsoleParser(LEGACY, one_shot=True, **options)
    assert feed(parser, INIT_OK) == [RunnerLog("I", "Init", 288, "LLM init ok")]
    return parser


def texts(events: list) -> list[str]:
    """The answer of each turn."""
    answers, text = [], ""
    for event in events:
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, TurnEnded):
            answers.append(text)
            text = ""
    return answers


class TestRecordedSessions:
    """What the parser makes of recorded bytes."""

    @pytest.mark.parametrize("name", ANSWERED)
    def test_answers_are_what_the_tokenizer_gave(self, name: str) -> None:
        """Each answer is byte for byte what the runner got from its tokenizer to print."""
        recording = Recording(name)

        events = replay(parser_for(recording), recording.steps(), whole=True)

        assert texts(events) == recording.answers()

    @pytest.mark.parametrize("name", EVERY_ENDING)
    def test_cutting_changes_nothing(self, name: str) -> None:
        """The same session gives the same events whole and byte by byte."""
        recording = Recording(name)

        whole = replay(parser_for(recording), recording.steps(), whole=True)
        bytewise = replay(parser_for(recording), recording.steps(), whole=False)

        assert whole == bytewise
        assert whole[-1] == Closed(in_turn=name == "34-pty-crash-segv-token5")

    def test_load_is_reported_step_by_step(self) -> None:
        """Twenty-eight layers make thirty-one bars, each with the card memory that is left."""
        recording = Recording("01-pty-start-turn-q")

        bars = [
            e
            for e in replay(parser_for(recording), recording.steps(), whole=True)
            if isinstance(e, LoadProgress)
        ]

        assert [bar.done for bar in bars] == list(range(1, 32))
        assert {bar.total for bar in bars} == {31}
        assert bars[0] == LoadProgress(1, 31, "tokenizer init ok")
        assert bars[2] == LoadProgress(3, 31, "init 0 axmodel ok,remain_cmm(7021 MB)", 7021)
        assert bars[-1].text == "init post axmodel ok"

    def test_prefill_builds_tell_their_ttft(self) -> None:
        """The ttft line before an answer becomes part of the turn's statistics."""
        recording = Recording("60-prefill-pty-start-turn-q")

        ends = [
            e
            for e in replay(parser_for(recording), recording.steps(), whole=True)
            if isinstance(e, TurnEnded)
        ]

        assert ends == [TurnEnded(174.72, 5.58), TurnEnded(151.88, 5.78), TurnEnded(154.04, 5.77)]

    @pytest.mark.parametrize(
        ("name", "faults"),
        [
            (
                "30-pty-setdevice-fail",
                [(FaultKind.DEVICE, 0x80300186), (FaultKind.MODEL_FILE, None)],
            ),
            ("30-pty-no-device", [(FaultKind.NO_DEVICE, None), (FaultKind.MODEL_FILE, None)]),
            ("30-pty-load-fail-layer2", [(FaultKind.DEVICE_MEMORY, None), (FaultKind.MODEL_FILE, None)]),
            ("31-pty-missing-layer", [(FaultKind.MODEL_FILE, None), (FaultKind.MODEL_FILE, None)]),
            ("20-pty-tok-500-bos", [(FaultKind.TOKENIZER, None), (FaultKind.TOKENIZER, None)]),
            ("61-multi-pty-setdevice-fail", [(FaultKind.DEVICE, 0x80300186), (FaultKind.DEVICE, None)]),
            ("31-pty-no-post-config", []),
        ],
    )
    def test_error_lines_name_their_layer(self, name: str, faults: list) -> None:
        """The recorded error lines become faults, with the code where one is printed."""
        recording = Recording(name)

        found = [
            (e.kind, e.code)
            for e in replay(parser_for(recording), recording.steps(), whole=True)
            if isinstance(e, Fault)
        ]

        assert found == faults

    def test_an_error_line_inside_an_answer_is_cut_out(self) -> None:
        """A tokenizer error in mid-answer is a log line, and the answer around it is whole."""
        recording = Recording("21-pty-decode-500-once")

        events = replay(parser_for(recording), recording.steps(), whole=True)

        assert texts(events) == ["one two three four five six seven eight nine ten."]
        assert RunnerLog("E", "Decode", 412, "decode failed, status: 500, try again") in events


class TestEndOfAnswer:
    """When an end line is believed."""

    def test_a_forged_end_line_is_text(self) -> None:
        """An answer may hold the exact end line; what follows it refutes it."""
        parser = one_shot()
        answer = b"before" + END + b"after"

        events = feed(parser, answer + END)
        parser.receive_eof()

        assert texts(joined(events + list(drain(parser)))) == [answer.decode()]

    def test_a_forged_end_with_marker_is_text_until_silence(self) -> None:
        """An end line and a marker are believed only after silence."""
        parser = one_shot()
        forged = b"x" + END + BANNER

        assert texts(feed(parser, forged)) == []
        assert parser.may_be_done
        events = feed(parser, b"and more")
        assert not parser.may_be_done
        events += feed(parser, END + BANNER)
        parser.receive_silence()
        events += drain(parser)

        assert joined(events)[-2:] == [TurnEnded(12.65), Ready()]
        assert parser.state is State.READY

    def test_the_forged_text_is_not_lost(self) -> None:
        """Everything held back as a possible end comes out as text, in order."""
        parser = one_shot()

        events = feed(parser, b"x" + END + BANNER + b"y" + END, cuts=())
        parser.receive_eof()

        assert texts(joined(events + list(drain(parser)))) == [("x" + (END + BANNER).decode() + "y")]

    def test_one_newline_before_the_end_line_is_an_old_build(self) -> None:
        """Builds before December 2024 print a single newline before the end line."""
        parser = one_shot()

        events = feed(parser, b"old\n" + PURPLE)
        parser.receive_eof()

        assert texts(events + list(drain(parser))) == ["old"]

    def test_trailing_newlines_of_an_answer_are_kept(self) -> None:
        """Exactly two newlines belong to the runner, the rest to the answer."""
        parser = one_shot()

        events = feed(parser, b"a\n\n\n" + END)
        parser.receive_eof()

        assert texts(joined(events + list(drain(parser)))) == ["a\n\n\n"]

    @pytest.mark.parametrize("rate", [b"nan", b"-nan", b"inf", b"1.2.3"])
    def test_a_rate_that_is_no_number_is_unknown(self, rate: bytes) -> None:
        """A turn stopped at once prints nan or inf, which is no rate."""
        parser = one_shot()

        events = feed(parser, b"a" + END.replace(b"12.65", rate))
        parser.receive_eof()

        assert TurnEnded(None) in events + list(drain(parser))

    def test_an_answer_cut_by_the_end_of_file_is_told(self) -> None:
        """A crash in mid-answer leaves the text and says that it was cut."""
        parser = one_shot()

        events = feed(parser, "so weit ü".encode()[:-1])
        parser.receive_eof()
        events += drain(parser)

        assert joined(events) == [TextDelta("so weit \udcc3"), Closed(in_turn=True)]

    @pytest.mark.parametrize(
        "line",
        [
            b"\x1b[1;30;32m[I][ run][  80]: AXCLWorker exit with devid 0\x1b[0m\n",
            b"[2025-11-09 08:46:00.031][10994][W][a][b][1]: x\n",
            b"\x1b[1;30;31m[E][ f][ 1]: ",
            b"\n\n\x1b[1;30;35m[N][ Run][ 610]: hit eos,avg ",
            b">> ",
            b"\x1b[1;30;33m\r  9% | x |   3 /  31 [",
        ],
    )
    def test_a_long_forgery_takes_no_long_time(self, line: bytes) -> None:
        """Thousands of lines of the runner's form behind an end line are refuted in time, and are text."""
        parser = one_shot(live_print=True)
        forged = END + line * 2000 + b"text"

        events = feed(parser, b"a" + forged, cuts=range(1000, len(forged), 1000))
        events += feed(parser, END, cuts=())
        parser.receive_eof()
        events += drain(parser)

        assert len(texts(joined(events))) == 1


class TestForeignLines:
    """Lines of the AXCL library in the stream."""

    LINE = b"[2025-11-09 08:46:00.031][10994][%s][device manager][listen][292]: device 1 is dead\n"

    def test_a_library_line_inside_an_answer_is_cut_out(self) -> None:
        """The library prints from its own threads; its line is no part of the answer."""
        parser = one_shot()

        events = feed(parser, b"half" + self.LINE % b"W" + b" way" + END)
        parser.receive_eof()
        events += drain(parser)

        assert texts(events) == ["half way"]
        assert RuntimeLog("W", "device manager", "listen", "device 1 is dead") in events
        assert Fault(FaultKind.DEVICE, "device 1 is dead") in events

    def test_something_like_a_library_line_is_text(self) -> None:
        """A bracketed date without the rest of the form belongs to the answer."""
        parser = one_shot()

        events = feed(parser, b"[2025-11-09 08:46:00.031][note] mine\n[x]" + END)
        parser.receive_eof()

        assert texts(joined(events + list(drain(parser)))) == ["[2025-11-09 08:46:00.031][note] mine\n[x]"]

    def test_a_library_line_behind_the_marker_is_told(self) -> None:
        """A card that dies while the runner waits is a fault of an idle console."""
        parser = ConsoleParser(LEGACY)
        feed(parser, INIT_OK + BANNER)

        events = feed(parser, self.LINE % b"C")

        assert [type(e) for e in events] == [RuntimeLog, Fault]
        assert parser.state is State.READY

    def test_a_library_line_before_the_marker_hides_no_readiness(self) -> None:
        """The runner is ready whatever the library prints around its marker."""
        parser = one_shot()

        feed(parser, b"hi" + END + self.LINE % b"W" + b">> " + self.LINE % b"W")
        parser.receive_silence()
        events = list(drain(parser))

        assert [type(event) for event in events] == [
            TurnEnded,
            *[RuntimeLog, Fault],
            Ready,
            RuntimeLog,
            Fault,
        ]
        assert parser.state is State.READY

    def test_shell_messages_glued_to_a_bar_are_lines(self) -> None:
        """A child's complaint behind a bar is a line of its own."""
        parser = ConsoleParser(LEGACY)

        events = feed(parser, b"cat: /proc/ax_proc/mem_cmm_info: No such file or directory\n" + INIT_OK)

        assert events[0] == ConsoleLine("cat: /proc/ax_proc/mem_cmm_info: No such file or directory")


PIECES = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(
        [
            END.decode(),
            BANNER.decode(),
            "\n",
            "\n\n",
            "\r\n",
            ">> ",
            "\x1b",
            "\x1b[1;30;35m[N][",
            "[2025-11-09 08",
        ]
    ),
)


@given(st.lists(PIECES, max_size=8))
def test_any_answer_comes_back_exactly(parts: list[str]) -> None:
    """Whatever an answer holds, markers and end lines included, it is read back byte for byte."""
    answer = "".join(parts)
    parser = one_shot(live_print=True)

    events = feed(parser, answer.encode() + END + BANNER)
    parser.receive_eof()
    events += drain(parser)

    assert texts(joined(events)) == [answer]


@given(st.binary(max_size=300), st.integers(1, 7))
def test_garbage_never_breaks_the_parser(data: bytes, size: int) -> None:
    """Any bytes in any state give events and the end, never an exception."""
    for parser in (ConsoleParser(LEGACY), one_shot(), one_shot(live_print=False, crlf=True, echo=True)):
        events = feed(parser, data, range(size, len(data), size))
        parser.receive_eof()

        assert isinstance((events + list(drain(parser)))[-1], Closed)
        assert parser.state is State.CLOSED
