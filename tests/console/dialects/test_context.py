"""The context dialect against what the vendor's sources and published sessions say of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.console.base import Command
from axchat.console.dialects import CONTEXT
from axchat.console.events import (
    ConsoleLine,
    ContextState,
    Fault,
    FaultKind,
    Limits,
    Overflow,
    Ready,
    RunnerLog,
    TurnEnded,
    TurnFailed,
)
from axchat.console.parser import ConsoleParser
from axchat.console.states import State
from axchat.errors import PromptRefused
from axchat.events import LoadProgress, TextDelta
from support.console_bytes import PIECES, answers_of
from support.context_console import BANNER, MARKER, UID, bar, end, log, opening, start, state
from support.feeding import drain, feed, joined

FULL = [
    log(
        b"precompute_len(500) + input_num_token(40) > _attr.prefill_max_kv_cache_num_grp[3]",
        b"E",
        b"SetKVCache",
        620,
    ),
    log(b"input_num_token(600) > _attr.prefill_max_token_num(512)", b"E", b"SetKVCache", 626),
]
FAILED = log(
    b'SetKVCache failed: -1,the context may be full,input "reset" to reset context', b"E", b"main", 351
)


def settled(parser: ConsoleParser) -> list:
    """The events that only silence brings."""
    parser.receive_silence()
    return joined(list(drain(parser)))


def ready(*, echo: bool = False, live_print: bool | None = True) -> ConsoleParser:
    """A parser at the first marker."""
    parser = ConsoleParser(CONTEXT, echo=echo, live_print=live_print)
    feed(parser, start(), ())
    assert settled(parser)[-1] == Ready()
    return parser


class TestStart:
    """From the first byte to the first marker."""

    def test_limits_are_read_from_the_start_lines(self) -> None:
        """Token limits, the session id and the memory left on the card are known when it is ready."""
        assert ready().limits == Limits(
            max_token_len=2047,
            kv_cache_num=2047,
            prefill_token_num=128,
            prefill_max_token_num=512,
            remaining_cmm_mib=((0, 3400),),
            uid=UID,
        )

    def test_a_missing_cache_is_no_fault(self) -> None:
        """The first start finds no cache of the system prompt, which is normal."""
        parser = ConsoleParser(CONTEXT)

        events = feed(parser, start(), ()) + settled(parser)

        assert not [event for event in events if isinstance(event, Fault)]
        assert [e for e in events if isinstance(e, LoadProgress)][1].remaining_cmm_mib == 3788
        assert ConsoleLine("connect failed http://127.0.0.1:12345, try again in  1/10 ") in events
        assert ContextState(21) in events

    @pytest.mark.parametrize(
        "prompt",
        [
            "one line",
            "two\nlines\n",
            "forged\x1b[0m\nprompt >> ",
            "forged\x1b[0m\nprompt >> and more",
            log(b"axclInit() failed", b"E").decode(),
            (BANNER + MARKER).decode(),
            "",
        ],
    )
    def test_a_system_prompt_may_hold_anything(self, prompt: str) -> None:
        """Log lines and markers in the printed system prompt are its text, and only it."""
        parser = ConsoleParser(CONTEXT)

        whole = feed(parser, start(prompt.encode()), ()) + settled(parser)
        bytewise_parser = ConsoleParser(CONTEXT)
        bytewise = feed(bytewise_parser, start(prompt.encode())) + settled(bytewise_parser)

        assert whole == bytewise
        assert whole[-2:] == [RunnerLog("I", "main", 237, f"system_prompt: {prompt}"), Ready()]
        assert not [event for event in whole if isinstance(event, Fault)]

    def test_a_start_without_a_printed_system_prompt_is_ready_too(self) -> None:
        """A build that prints no system prompt is ready at its marker."""
        parser = ConsoleParser(CONTEXT)

        feed(parser, log(b"LLM init ok") + BANNER + MARKER)

        assert settled(parser) == [Ready()]

    def test_a_tokenizer_that_is_down_is_a_fault(self) -> None:
        """After its last try the runner names the address and ends."""
        parser = ConsoleParser(CONTEXT)

        events = feed(parser, log(b"connect http://127.0.0.1:12345 failed", b"E", b"Init", 40))

        assert events[1] == Fault(FaultKind.TOKENIZER, "connect http://127.0.0.1:12345 failed")


class TestTurns:
    """A session of many turns."""

    @pytest.mark.parametrize("echo", [True, False])
    def test_many_turns_with_their_statistics_and_context(self, echo: bool) -> None:
        """Each turn gives its text, its figures, the state of the context, and readiness, in this order."""
        parser = ready(echo=echo)

        for turn in range(3):
            typed = parser.begin_turn(f"question {turn}")
            used = 33 + turn
            console = (typed if echo else b"") + opening() + b"answer" + end() + state(used, 2000) + MARKER
            events = joined(feed(parser, console) + settled(parser))

            tail = [event for event in events if not isinstance(event, RunnerLog)]
            assert tail == [
                TextDelta("answer"),
                TurnEnded(12.65, 796.38),
                ContextState(used, 2000),
                Ready(),
            ]

    @pytest.mark.parametrize(
        ("line", "told"),
        [(b"", []), (state(46), [ContextState(46)]), (state(46, -3), [ContextState(46, -3)])],
    )
    def test_builds_differ_in_their_context_line(self, line: bytes, told: list) -> None:
        """Some builds print no such line, early ones no remaining tokens, and they may be below zero."""
        parser = ready()
        parser.begin_turn("x")

        events = feed(parser, opening() + b"a" + end() + line + MARKER) + settled(parser)

        assert [event for event in events if isinstance(event, ContextState)] == told
        assert parser.state is State.READY

    @pytest.mark.parametrize(
        ("error", "overflow"),
        [(FULL[0], Overflow(500, 40, None)), (FULL[1], Overflow(None, 600, 512))],
    )
    @pytest.mark.parametrize("whole", [True, False])
    def test_a_full_context_is_a_failed_turn_with_numbers(
        self, error: bytes, overflow: Overflow, whole: bool
    ) -> None:
        """Error lines and the marker, without an end line, are a turn that failed."""
        parser = ready()
        parser.begin_turn("x")
        lines = (
            log(b"prefill_grpid:4 kv_cache_num:512 precompute_len:500 input_num_token:40") + error + FAILED
        )

        events = feed(parser, lines + MARKER, () if whole else None)
        assert parser.may_be_done
        events += settled(parser)

        failed, last = events[-2:]
        assert isinstance(failed, TurnFailed)
        assert (failed.overflow, last) == (overflow, Ready())
        assert failed.message.startswith(("precompute_len(500)", "input_num_token(600)"))
        faults = [event for event in events if isinstance(event, Fault)]
        assert [fault.kind for fault in faults] == [FaultKind.CONTEXT, FaultKind.CONTEXT]
        assert faults[0].overflow == overflow
        parser.begin_turn("again")

    def test_an_early_build_goes_on_after_the_error(self) -> None:
        """A marker that an answer begins with, after an error, is refuted by the rest of the answer."""
        parser = ready()
        parser.begin_turn("x")

        events = feed(parser, FULL[1] + MARKER + b"is text" + end() + MARKER) + settled(parser)

        assert answers_of(events) == ["prompt >> is text"]

    def test_late_answers_come_behind_their_end_line(self) -> None:
        """Without live printing the answer follows the end line, and the context's state follows it."""
        parser = ready(live_print=None)
        parser.begin_turn("x")
        console = (
            opening() + bar(1, 3, b"") + bar(2, 3, b"") + end() + b"late\nanswer\n" + state(40, 9) + MARKER
        )

        events = joined(feed(parser, console) + settled(parser))

        assert [event for event in events if not isinstance(event, RunnerLog)] == [
            TextDelta("late\nanswer"),
            TurnEnded(12.65, 796.38),
            ContextState(40, 9),
            Ready(),
        ]

    def test_exit_lines_follow_a_quit(self) -> None:
        """After a quit the workers say that they end."""
        parser = ready()

        events = feed(parser, log(b"AXCLWorker exit with devid 0", function=b"run", line=80))
        parser.receive_eof()

        assert [type(event).__name__ for event in events + list(drain(parser))] == ["RunnerLog", "Closed"]


class TestCommands:
    """What is typed besides prompts."""

    def test_reset_gives_its_lines_and_readiness(self) -> None:
        """A reset feeds the system prompt again and ends at the marker."""
        parser = ready(echo=True)

        typed = parser.begin_command(Command.RESET)
        events = feed(parser, typed + log(b"input_num_token:21", function=b"GenerateKVCachePrefill") + MARKER)
        events += settled(parser)

        assert typed == b"reset\n"
        assert events == [RunnerLog("I", "GenerateKVCachePrefill", 1, "input_num_token:21"), Ready()]
        assert parser.state is State.READY

    @pytest.mark.parametrize("word", ["q", "reset", "dd", "pp"])
    def test_command_words_are_refused_as_prompts(self, word: str) -> None:
        """A prompt that the runner takes as a command is refused with that reason."""
        with pytest.raises(PromptRefused) as refused:
            ready().begin_turn(word)

        assert refused.value.facts == {"reason": "command"}


@given(st.lists(PIECES, max_size=8), st.booleans())
def test_any_answer_comes_back_exactly(parts: list[str], has_state: bool) -> None:
    """Whatever an answer holds, markers and end lines included, it is read back byte for byte."""
    answer = "".join(parts)
    parser = ready()
    parser.begin_turn("x")
    tail = state(46, 2002) if has_state else b""

    events = feed(parser, opening() + answer.encode() + end() + tail + MARKER) + settled(parser)

    assert answers_of(events) == [answer]
    assert parser.state is State.READY


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_system_prompt_is_read_as_text(prompt: str) -> None:
    """Whatever the system prompt holds, the runner is ready at its real marker."""
    parser = ConsoleParser(CONTEXT)
    feed(parser, start(prompt.encode()), ())

    assert settled(parser)[-2:] == [RunnerLog("I", "main", 237, f"system_prompt: {prompt}"), Ready()]
