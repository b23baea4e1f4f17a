"""The legacy dialect in one process with many turns: echo, vision builds, endless markers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.console.base import Command
from axchat.console.dialects import LEGACY
from axchat.console.events import AttachmentAsked, Fault, FaultKind, Ready, RunnerLog, TurnEnded, TurnFailed
from axchat.console.parser import ConsoleParser
from axchat.console.states import State
from axchat.errors import PromptRefused, UsageError
from axchat.events import TextDelta
from support.console_bytes import PIECES, answers_of
from support.context_console import BANNER, end, log
from support.feeding import drain, feed, joined

MARKER = b">> "
VISION_MARKER = b"prompt >> "
TTFT = log(b"ttft: 5.58 ms", line=510)
START = b"build time: Feb 13 2025 15:44:57\n" + log(b"LLM init ok", function=b"Init", line=288)


def settled(parser: ConsoleParser) -> list:
    """The events that only silence brings."""
    parser.receive_silence()
    return joined(list(drain(parser)))


def ready(marker: bytes = MARKER, **options: bool) -> ConsoleParser:
    """A parser at the first marker."""
    parser = ConsoleParser(LEGACY, **options)
    assert feed(parser, START + BANNER + marker)[-1] == Ready()
    return parser


class TestManyTurns:
    """One process, one load, many prompts."""

    @pytest.mark.parametrize("echo", [True, False])
    @pytest.mark.parametrize("newlines", [b"\n", b"\n\n"])
    @pytest.mark.parametrize("ttft", [b"", TTFT])
    def test_every_build_answers_turn_after_turn(self, echo: bool, newlines: bytes, ttft: bytes) -> None:
        """With and without echo, ttft line and second newline, each turn has its text and readiness."""
        parser = ready(echo=echo)

        for turn in range(4):
            typed = parser.begin_turn(f"question {turn}")
            answer = f"answer\n {turn}"
            console = (typed if echo else b"") + ttft + answer.encode() + end(newlines=newlines) + MARKER
            events = joined(feed(parser, console) + settled(parser))

            told = [event for event in events if not isinstance(event, RunnerLog)]
            assert told == [TextDelta(answer), TurnEnded(12.65, 5.58 if ttft else None), Ready()]

    def test_a_turn_whose_tokenizer_gives_no_text_is_empty(self) -> None:
        """With a tokenizer that answers with empty text the console carries the runner's words alone."""
        parser = ready(echo=True)

        events = feed(parser, parser.begin_turn("#7f3a") + end() + MARKER) + settled(parser)

        assert joined(events) == [TurnEnded(12.65), Ready()]

    def test_a_turn_begins_again_after_a_forged_end_in_the_last_one(self) -> None:
        """Nothing of a refuted end is left when the next turn begins."""
        parser = ready()
        parser.begin_turn("one")
        feed(parser, b"x" + end() + MARKER + b"y" + end() + MARKER)
        settled(parser)

        parser.begin_turn("two")
        events = feed(parser, b"z" + end() + MARKER) + settled(parser)

        assert joined(events) == [TextDelta("z"), TurnEnded(12.65), Ready()]

    def test_the_marker_of_an_end_that_never_comes_is_text(self) -> None:
        """An answer that begins with the marker and pauses is no failed turn."""
        parser = ready()
        parser.begin_turn("x")

        events = joined(feed(parser, MARKER) + settled(parser))

        assert events == [TextDelta(">> ")]
        assert parser.state is State.ANSWERING

    def test_endless_markers_are_a_fault(self) -> None:
        """More than twenty markers without anything typed mean that the input is at an end."""
        parser = ready()

        events = feed(parser, MARKER * 100, ())

        assert [(type(event), event.kind) for event in events] == [(Fault, FaultKind.INPUT)]

    def test_endless_markers_behind_an_answer_end_it(self) -> None:
        """A runner whose input ends while it answers never falls silent; so many markers prove the end."""
        parser = ready()
        parser.begin_turn("x")

        events = joined(feed(parser, b"y" + end() + MARKER * 30_000, range(9000, 90_000, 9000)))

        assert events[:3] == [TextDelta("y"), TurnEnded(12.65), Ready()]
        assert [event.kind for event in events[3:]] == [FaultKind.INPUT]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("q", "command"),
            ("", "empty"),
            ("two\nlines", "line-break"),
            ("carriage\rreturn", "line-break"),
            ("nul\0", "control"),
            ("escape\x1b", "control"),
            ("delete\x7f", "control"),
            ("half \ud83d", "encoding"),
            ("x" * 200_000, "length"),
        ],
    )
    def test_what_cannot_be_carried_is_refused(self, text: str, reason: str) -> None:
        """A prompt that would not arrive as it is, is refused before anything is typed."""
        parser = ready()

        with pytest.raises(PromptRefused) as refused:
            parser.begin_turn(text)

        assert refused.value.facts["reason"] == reason
        assert parser.state is State.READY

    @pytest.mark.parametrize("text", [" q", "q ", "Q", "   ", "tab\there", "ÄÖ 深圳 🎉", "x" * 70_000])
    def test_everything_else_is_carried(self, text: str) -> None:
        """What was recorded to arrive whole is typed as it is."""
        assert ready().begin_turn(text) == text.encode() + b"\n"

    def test_it_knows_no_commands(self) -> None:
        """A stateless runner has nothing to reset."""
        with pytest.raises(UsageError, match="legacy"):
            ready().begin_command(Command.RESET)


class TestVisionBuilds:
    """First marker ``prompt >> ``, then a question for a picture in every turn."""

    @pytest.mark.parametrize("echo", [True, False])
    @pytest.mark.parametrize("asked", ["image", "video"])
    @pytest.mark.parametrize("path", ["", "./my cat.jpg"])
    def test_a_turn_asks_for_its_picture(self, echo: bool, asked: str, path: str) -> None:
        """The path is typed behind the second marker, and log lines of the encoder come before the text."""
        parser = ready(VISION_MARKER, echo=echo)
        typed = parser.begin_turn("describe")

        events = feed(parser, (typed if echo else b"") + asked.encode() + b" >> ")
        assert events == [AttachmentAsked(asked)]
        typed = parser.attach(path) if path else parser.attach()
        encoder = log(b"image encode time : 774.63 ms, size : 458752", function=b"Encode", line=539)
        console = (typed if echo else b"") + encoder + TTFT + b"a cat" + end() + VISION_MARKER
        events = joined(feed(parser, console) + settled(parser))

        assert typed == path.encode() + b"\n"
        assert [event for event in events if not isinstance(event, RunnerLog)] == [
            TextDelta("a cat"),
            TurnEnded(12.65, 5.58),
            Ready(),
        ]
        parser.begin_turn("again")

    def test_a_missing_picture_may_end_the_turn(self) -> None:
        """Builds that go back to the prompt after an error have failed the turn."""
        parser = ready(VISION_MARKER)
        parser.begin_turn("describe")
        feed(parser, b"image >> ")
        parser.attach("none.jpg")

        events = feed(parser, log(b"image prompt(none.jpg) not found", b"E") + VISION_MARKER) + settled(
            parser
        )

        assert events[-2:] == [TurnFailed("image prompt(none.jpg) not found"), Ready()]

    def test_two_pictures_are_refused(self) -> None:
        """These builds take one file a turn."""
        parser = ready(VISION_MARKER)
        parser.begin_turn("describe")
        feed(parser, b"image >> ")

        with pytest.raises(PromptRefused, match="one file"):
            parser.attach("a.jpg", "b.jpg")

    def test_a_crash_while_it_asks_is_told(self) -> None:
        """The end of the console between prompt and picture cut the turn."""
        parser = ready(VISION_MARKER)
        parser.begin_turn("describe")
        feed(parser, b"image >> ")
        parser.receive_eof()

        assert [event.in_turn for event in drain(parser)] == [True]


@given(st.lists(PIECES, max_size=8), st.booleans())
def test_any_answer_comes_back_exactly(parts: list[str], echo: bool) -> None:
    """Whatever an answer holds, markers and end lines included, it is read back byte for byte."""
    answer = "".join(parts)
    parser = ready(echo=echo, live_print=True)
    typed = parser.begin_turn("what is 2+2?")

    events = feed(parser, (typed if echo else b"") + answer.encode() + end() + MARKER) + settled(parser)

    assert answers_of(events) == [answer]
    assert parser.state is State.READY
