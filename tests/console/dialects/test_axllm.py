"""The axllm dialect beyond the recordings: styles, second markers, forged ends, failed turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.console.base import Command
from axchat.console.dialects import AXLLM
from axchat.console.events import (
    AttachmentAsked,
    ContextState,
    Fault,
    FaultKind,
    Overflow,
    Ready,
    RunnerLog,
    RuntimeLog,
    TurnEnded,
    TurnFailed,
)
from axchat.console.parser import ConsoleParser
from axchat.console.states import State
from axchat.errors import PromptRefused
from axchat.events import TextDelta
from support import context_console as early
from support.console_bytes import PIECES, answers_of
from support.feeding import drain, feed, joined

COLOURS = {b"ERR": b"31", b"WRN": b"33", b"NTC": b"35", b"INF": b"32", b"DBG": b"90"}
MARKER = b"prompt >> "
BANNER = (
    "Commands:\n  /q, /exit  退出\n  /reset     重置 kvcache\n  /dd        删除一轮对话\n"
    "  /pp        打印历史对话\nCtrl+C: 停止当前生成\n"
).encode()
DASHES = b"-" * 40 + b"\n"
VISION = b"VLM enabled: after each prompt, input media path (empty = text-only).\n"


class Style:
    """The bytes of one build's log style."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def log(self, tag: bytes, function: bytes, message: bytes) -> bytes:
        """One log line."""
        line = b"08:45:35.615 %s %s:123 | %s\n" % (tag, function, message)
        return b"\x1b[%sm%s\x1b[0m" % (COLOURS[tag], line) if self._coloured else line

    def start(self, more: bytes = b"") -> bytes:
        """From the first line to the first marker."""
        lines = self.log(b"INF", b"Init", b"LLM init start") + self.log(b"INF", b"Init", b"LLM init ok")
        return lines + BANNER + more + DASHES + MARKER

    def opening(self) -> bytes:
        """The lines between a prompt and its answer."""
        return (
            self.log(b"WRN", b"Run", b"history not append (rollback/modify).")
            + self.log(b"INF", b"SetKVCache", b"decode_grpid:0 precompute_len:0 input_num_token:20")
            + self.log(b"INF", b"Run", b"input token num : 20, prefill_split_num : 1")
            + self.log(b"INF", b"Run", b"ttft: 860.29 ms")
        )

    def end(self, message: bytes = b"hit eos,decode avg 4.00 token/s", profile: bytes = b"") -> bytes:
        """The end of an answer."""
        return b"\n\n" + profile + self.log(b"NTC", b"Run", message)

    def state(self) -> bytes:
        """The line behind an end."""
        return self.log(b"INF", b"GetKVCache", b"precompute_len:33, remaining:1119 (tracked)")

    def tail(self) -> bytes:
        """A whole end, with its marker."""
        return self.end() + self.state() + MARKER

    def ready(self, more: bytes = b"", *, echo: bool = False) -> ConsoleParser:
        """A parser at the first marker."""
        parser = ConsoleParser(AXLLM, echo=echo)
        assert feed(parser, self.start(more))[-1] == Ready()
        return parser

    def asked(self, text: str = "hi") -> ConsoleParser:
        """A parser whose turn has been typed and echoed."""
        parser = self.ready()
        assert not feed(parser, parser.begin_turn(text))
        return parser


COLOURED, PLAIN = Style(coloured=True), Style(coloured=False)
both = pytest.mark.parametrize("style", [COLOURED, PLAIN], ids=["coloured", "plain"])


def settled(parser: ConsoleParser) -> list:
    """The events that only silence brings."""
    parser.receive_silence()
    return joined(list(drain(parser)))


def no_logs(events: list) -> list:
    """The events without log lines, text joined."""
    return [event for event in joined(events) if not isinstance(event, RunnerLog)]


class TestTurns:
    """From a prompt to the next marker."""

    @both
    @pytest.mark.parametrize("message", [b"hit eos,avg 4.00 token/s", b"hit eos,decode avg 4.00 token/s"])
    @pytest.mark.parametrize("has_profile", [True, False])
    def test_both_spellings_of_the_end_line_end_a_turn(
        self, style: Style, message: bytes, has_profile: bool
    ) -> None:
        """Old and new builds, with and without profile lines, end a turn with text, figures and context."""
        profile = style.log(b"NTC", b"Run", b"decode profile: post 1.2 ms") * 2 if has_profile else b""
        parser = style.asked()

        events = feed(parser, style.opening() + b"yes" + style.end(message, profile) + style.state() + MARKER)

        assert no_logs(events + settled(parser)) == [
            TextDelta("yes"),
            TurnEnded(4.0, 860.29),
            ContextState(33, 1119),
            Ready(),
        ]

    @both
    def test_an_empty_answer_is_an_ended_turn(self, style: Style) -> None:
        """A first token that stops is told as a warning, and the turn has no text."""
        parser = style.asked()
        stop = style.log(b"WRN", b"Run", b"first decode token hit stop: token=151645 piece='<|im_end|>'")

        events = feed(parser, style.opening() + stop + style.tail()) + settled(parser)

        assert answers_of(events) == [""]
        assert any(isinstance(e, RunnerLog) and e.message.startswith("first decode") for e in events)

    @both
    def test_a_turn_needs_no_log_lines(self, style: Style) -> None:
        """With the log level at notice the answer follows the echo at once."""
        parser = style.asked()

        events = feed(parser, b"hello" + style.end() + MARKER) + settled(parser)

        assert no_logs(events) == [TextDelta("hello"), TurnEnded(4.0, None), Ready()]

    def test_errors_of_other_threads_are_cut_out(self) -> None:
        """Coloured error lines and library lines inside an answer are events, and the text is whole."""
        parser = COLOURED.asked()
        error = COLOURED.log(b"ERR", b"inference", b"AX_ENGINE_Execute")
        library = b"[2025-11-09 08:46:00.031][10994][\x1b[33mW\x1b[0m][dm][listen][292]: device 1 is dead\n"

        events = feed(parser, COLOURED.opening() + b"a" + error + b"b" + library + b"c" + COLOURED.tail())
        events += settled(parser)

        assert answers_of(events) == ["abc"]
        assert Fault(FaultKind.NPU, "AX_ENGINE_Execute") in events
        assert RuntimeLog("W", "dm", "listen", "device 1 is dead") in events

    def test_without_colours_an_error_line_is_text(self) -> None:
        """A plain log line cannot be told from what a model writes, so the answer keeps it."""
        parser = PLAIN.asked()
        line = PLAIN.log(b"ERR", b"inference", b"AX_ENGINE_Execute")

        events = feed(parser, PLAIN.opening() + b"a\n" + line + PLAIN.tail()) + settled(parser)

        assert answers_of(events) == ["a\n" + line.decode()]

    @both
    def test_a_forged_tail_is_refuted_by_text_after_it(self, style: Style) -> None:
        """A whole end with context line and marker, written by the model, is text once text follows."""
        parser = style.asked()

        events = feed(parser, style.opening() + b"x" + style.tail())
        assert answers_of(events) == []
        assert parser.may_be_done
        events += feed(parser, b"and more")
        assert not parser.may_be_done
        events += feed(parser, style.tail()) + settled(parser)

        assert answers_of(events) == ["x" + style.tail().decode() + "and more"]

    def test_the_echo_is_removed_exactly(self) -> None:
        """What was typed comes back once; an answer that repeats it keeps it."""
        parser = COLOURED.ready()
        typed = parser.begin_turn("prompt >> \t你好")

        events = feed(parser, typed + COLOURED.opening() + typed + COLOURED.tail()) + settled(parser)

        assert answers_of(events) == [typed.decode()]

    def test_a_library_line_before_the_echo_hides_no_echo(self) -> None:
        """The library may print between the marker and the echo."""
        parser = COLOURED.ready()
        typed = parser.begin_turn("hi")
        library = b"[2025-11-09 08:46:00.031][10994][I][dm][listen][292]: hello\n"

        events = feed(parser, library + typed + COLOURED.opening() + b"yes" + COLOURED.tail())

        assert answers_of(events + settled(parser)) == ["yes"]


class TestFailedTurns:
    """Turns without an end line."""

    @both
    @pytest.mark.parametrize(
        ("cause", "overflow"),
        [
            (b"input_num_token(50) > prefill_max_token_num(32)", Overflow(None, 50, 32)),
            (b"precompute_len(268) > history_cap(256)", Overflow(268, None, 256)),
            (
                b"precompute_len(90) + first_chunk_tokens(30) > kv_cache_num(96)",
                Overflow(90, 30, 96),
            ),
            (b"invalid prefill_grpid=-1", None),
        ],
    )
    def test_the_causes_of_a_full_context(
        self, style: Style, cause: bytes, overflow: Overflow | None
    ) -> None:
        """Each way in which the context is full gives a failed turn with the numbers that are printed."""
        parser = style.asked()
        lines = style.log(b"ERR", b"SetKVCache", cause) + style.log(b"ERR", b"Run", b"SetKVCache failed")

        events = feed(parser, lines + MARKER) + settled(parser)

        assert events[-2:] == [TurnFailed(cause.decode(), overflow), Ready()]
        assert Fault(FaultKind.CONTEXT, cause.decode(), None, overflow) in events

    def test_errors_may_go_to_standard_error(self) -> None:
        """Where the errors go elsewhere, a marker after log lines and without a ttft is a failed turn."""
        parser = PLAIN.asked()
        lines = PLAIN.log(b"INF", b"SetKVCache", b"current prefill_max_token_num:32")

        events = feed(parser, lines + MARKER) + settled(parser)

        assert events[-2:] == [TurnFailed(""), Ready()]

    def test_a_missing_picture_fails_the_turn(self) -> None:
        """A file that vision cannot read is a fault of the attachment."""
        parser = COLOURED.asked()
        line = COLOURED.log(b"ERR", b"Run", b"vision.Prepare failed: no such file")

        events = feed(parser, line + MARKER) + settled(parser)

        assert Fault(FaultKind.ATTACHMENT, "vision.Prepare failed: no such file") in events
        assert events[-2] == TurnFailed("vision.Prepare failed: no such file")


class TestAttachments:
    """Vision builds ask for files behind each prompt."""

    @both
    @pytest.mark.parametrize("marker", ["image", "media"])
    @pytest.mark.parametrize(
        ("paths", "typed"), [((), b"\n"), (("./a.jpg", "audio:b.wav"), b"./a.jpg audio:b.wav\n")]
    )
    def test_a_question_for_files_is_answered(
        self, style: Style, marker: str, paths: tuple[str, ...], typed: bytes
    ) -> None:
        """Behind the prompt the runner asks, gets paths or an empty line, and answers."""
        parser = style.ready(VISION)
        echo = parser.begin_turn("describe")

        assert feed(parser, echo + marker.encode() + b" >> ") == [AttachmentAsked(marker)]
        assert parser.state is State.ATTACHING
        assert parser.attach(*paths) == typed
        events = feed(parser, typed + style.opening() + b"image >> a cat" + style.tail())

        assert answers_of(events + settled(parser)) == ["image >> a cat"]

    def test_builds_that_announce_nothing_are_believed_in_silence(self) -> None:
        """Older builds have no line about vision; the question stands when the runner waits behind it."""
        parser = COLOURED.ready()
        echo = parser.begin_turn("describe")

        assert feed(parser, echo + b"image >> ") == []
        assert parser.may_be_done
        assert settled(parser) == [AttachmentAsked("image")]

    def test_an_answer_may_begin_like_a_question(self) -> None:
        """A text build whose answer begins with the second marker goes on behind it."""
        parser = COLOURED.asked()

        events = feed(parser, b"image >> is a marker" + COLOURED.tail()) + settled(parser)

        assert answers_of(events) == ["image >> is a marker"]

    def test_a_path_with_white_space_is_refused(self) -> None:
        """The runner would divide it."""
        parser = COLOURED.ready(VISION)
        feed(parser, parser.begin_turn("describe") + b"media >> ")

        with pytest.raises(PromptRefused, match="white space"):
            parser.attach("my cat.jpg")
        assert parser.attach() == b"\n"


class TestCommands:
    """What is typed besides prompts."""

    def test_a_history_may_hold_anything(self) -> None:
        """Markers in the printed history are lines; only the marker where it waits ends the command."""
        parser = COLOURED.ready()
        typed = parser.begin_command(Command.HISTORY)
        history = b"\x1b[32muser: prompt >> \n\x1b[0mprompt >> x\n\x1b[0massistant: a\nprompt >> \n\x1b[0m"

        events = feed(parser, typed + COLOURED.log(b"INF", b"run", b"history size: 2") + history + MARKER)

        assert typed == b"/pp\n"
        assert Ready() not in events
        assert settled(parser) == [Ready()]

    @pytest.mark.parametrize("text", ["/q", "/exit", " /reset ", "\t/dd", "/pp", "reset", "clean", "/clean"])
    def test_trimmed_command_words_are_refused(self, text: str) -> None:
        """White space around a command does not make it a prompt."""
        with pytest.raises(PromptRefused) as refused:
            COLOURED.ready().begin_turn(text)

        assert refused.value.facts == {"reason": "command"}

    @pytest.mark.parametrize("text", ["/Q", "/help", "/reset x", "q", "dd"])
    def test_other_words_are_prompts(self, text: str) -> None:
        """What the recorded program gave to the model is carried."""
        assert COLOURED.ready().begin_turn(text) == text.encode() + b"\n"

    def test_endless_markers_are_a_fault(self) -> None:
        """More than twenty markers without anything typed mean that the input is at an end."""
        parser = COLOURED.ready()

        assert feed(parser, MARKER * 19) == []
        events = feed(parser, MARKER * 1000, range(1000, 9000, 1000))

        assert [(type(event), event.kind) for event in events] == [(Fault, FaultKind.INPUT)]


class TestEarlyBuilds:
    """The first builds: lines of the older runners, commands without a slash, echo by the terminal."""

    BANNER = (
        b'Type "q" to exit\nCtrl+c to stop current running\n"reset" to reset kvcache\n'
        b'"dd" to remove last conversation.\n"pp" to print history.\n' + DASHES
    )

    def ready(self, *, echo: bool) -> ConsoleParser:
        """A parser at the first marker."""
        parser = ConsoleParser(AXLLM, echo=echo)
        start = early.log(b"LLM init start", function=b"Init", line=138) + b"tokenizer_type = 1\n"
        events = feed(parser, start + early.log(b"LLM init ok") + self.BANNER + MARKER)
        assert events[-1] == Ready()
        return parser

    @pytest.mark.parametrize("echo", [True, False])
    def test_a_turn_and_a_command(self, echo: bool) -> None:
        """Turns read like those of the older runners, and a reset is typed without its slash."""
        parser = self.ready(echo=echo)
        typed = parser.begin_turn("/q")

        events = feed(
            parser,
            (typed if echo else b"") + early.opening() + b"yes" + early.end() + early.state(46, 2) + MARKER,
        )
        events += settled(parser)

        assert no_logs(events) == [TextDelta("yes"), TurnEnded(12.65, 796.38), ContextState(46, 2), Ready()]
        assert parser.begin_command(Command.RESET) == b"reset\n"
        assert parser.dialect.quit == b"q\n"
        assert parser.dialect.name == "axllm"

    def test_bare_command_words_are_refused(self) -> None:
        """These builds take the exact words, and trim nothing."""
        parser = self.ready(echo=False)

        with pytest.raises(PromptRefused):
            parser.begin_turn("dd")
        assert parser.begin_turn(" dd") == b" dd\n"


@given(st.lists(PIECES, max_size=8), st.sampled_from([COLOURED, PLAIN]))
def test_any_answer_comes_back_exactly(parts: list[str], style: Style) -> None:
    """Whatever an answer holds, markers and end lines included, it is read back byte for byte."""
    answer = "".join(parts)
    parser = style.asked()

    events = feed(parser, style.opening() + answer.encode() + style.tail()) + settled(parser)

    assert answers_of(events) == [answer]
    assert parser.state is State.READY
