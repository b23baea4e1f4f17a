"""What ``axchat run`` writes of an answer, form by form."""

import io
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.chat.turn import Turn, run_turn
from axchat.cli.answer_forms import (
    AnswerForm,
    EventLines,
    Extract,
    Extracted,
    OneObject,
    Streamed,
    Whole,
    answer_sink,
    extracted,
    refuse_contradictions,
)
from axchat.cli.context import AppContext
from axchat.cli.run import _follow
from axchat.engines.base import Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.errors import AxchatError, DeviceFailed, Interrupted, NoCodeBlock, Truncated, UsageError
from axchat.events import LoadProgress, Notice, PromptEstimate, Queued
from axchat.messages import Message, Role
from axchat.ui.answer import AnswerWriter
from axchat.ui.stderr import Reporter

BEFORE = [
    LoadProgress(1, 2, "a\u202eb", 512, 3.5),
    Queued(1, 2.5),
    PromptEstimate(9, 4, 0.5),
]
CODE = "Here:\n```sh\nls\r\n```\nor\n```\npwd\n```\n"


ENGINE = ScriptedEngine([["a"]])


class Shown:
    """A form's stdout after each step.

    Args:
        make: the form.
        answer: what the model says, piece by piece.
        cancels_after: cancel after so many events.
    """

    def __init__(
        self,
        make: Callable[[AnswerWriter], AnswerForm],
        answer: Answer,
        *,
        cancels_after: int | None = None,
    ) -> None:
        self._out = io.BytesIO()
        self.problem: AxchatError | None = None
        self.steps: list[str] = []
        form = make(AnswerWriter(self._out, is_terminal=False, ends_line=False))
        engine = ScriptedEngine([answer])
        clock = itertools.count()
        turn = run_turn(engine, Request((Message(Role.USER, "x y"),)), clock=lambda: float(next(clock)))
        for event in BEFORE:
            form.show(event)
            self._step()
        try:
            for number, event in enumerate(turn, 1):
                form.show(event)
                self._step()
                if number == cancels_after:
                    engine.cancel()
        except AxchatError as error:
            form.cut(turn.text)
            form.fail(error, engine, turn.text)
        else:
            self._end(form, turn, engine)

    def _end(self, form: AnswerForm, turn: Turn, engine: ScriptedEngine) -> None:
        self.problem = form.end(turn, engine)
        if self.problem is not None:
            form.fail(self.problem, engine, turn.text)

    def _step(self) -> None:
        self.steps.append(self._out.getvalue().decode())

    @property
    def text(self) -> str:
        """All of it."""
        return self._out.getvalue().decode()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """All of it as JSON, line by line."""
        return [json.loads(line) for line in self.text.splitlines()]


SAID = Answer(["a", Notice("hm"), "b\n"])
FAILING = Answer(["a", "b"], DeviceFailed("the card is dead", hint="look"), 1)


def test_a_streamed_answer_comes_piece_by_piece() -> None:
    """Nothing but text is written, as soon as it is there; what was said before a failure stays."""
    shown = Shown(Streamed, SAID)

    assert shown.steps == ["", "", "", "a", "a", "ab\n", "ab\n"]
    assert Shown(Streamed, FAILING).text == "a"


def test_a_whole_answer_comes_at_once() -> None:
    """Nothing is written before its end; what was said before a failure stays here too."""
    shown = Shown(Whole, SAID)

    assert set(shown.steps) == {""}
    assert shown.text == "ab\n"
    assert Shown(Whole, FAILING).text == "a"


@pytest.mark.parametrize(("which", "code"), [(Extract.CODE, "ls\n"), (Extract.LAST, "pwd\n")])
def test_code_is_taken_out_of_an_answer(which: Extract, code: str) -> None:
    """Only what is between two fences is written, and only at the end."""
    shown = Shown(lambda writer: Extracted(writer, which), Answer(list(CODE)))

    assert set(shown.steps) == {""}
    assert (shown.text, shown.problem) == (code, None)


def test_an_answer_without_code_is_a_failure() -> None:
    """A script must not take prose for a program: nothing is written, and the status says why."""
    shown = Shown(lambda writer: Extracted(writer, Extract.CODE), SAID)

    assert shown.text == ""
    assert isinstance(shown.problem, NoCodeBlock)
    assert shown.problem.exit_status == 13


def test_half_an_answer_gives_no_code() -> None:
    """Of one that failed or was stopped nothing is written, though a block has begun."""
    failed = Answer(["```\na\n", "b\n"], DeviceFailed("dead"), 1)
    stopped = Shown(
        lambda writer: Extracted(writer, Extract.CODE), Answer(["```\na\n", "b\n"]), cancels_after=1
    )

    assert Shown(lambda writer: Extracted(writer, Extract.CODE), failed).text == ""
    assert stopped.text == ""
    assert isinstance(stopped.problem, Interrupted)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("```\ncut", "cut\n"),
        ("~~~py\na\n```\n~~~", "a\n```\n"),
        ("````md\n```\nx\n```\n````\n", "```\nx\n```\n"),
        ("1. so\n   ```\n   a\n     b\n   ```", "a\n  b\n"),
        ("```\n```", ""),
        ("```\n", ""),
        ("<think>\n```\nno\n```\n</think>\n```\nyes\n```", "yes\n"),
        ("<think>```\nno\n```", None),
        ("`a`", None),
        ("", None),
    ],
)
def test_fences_of_all_kinds(answer: str, code: str | None) -> None:
    """Cut ones, tildes, longer ones around others, indented ones; not those of a thought."""
    assert extracted(answer, Extract.CODE) == code


@given(
    st.text(st.characters(exclude_characters="`\r", exclude_categories=["Cs"]), min_size=1),
    st.sampled_from(["```", "````", "```python"]),
)
def test_code_comes_out_as_it_went_in(code: str, fence: str) -> None:
    """Whatever is in a block is written as it is, with the end of its last line."""
    answer = f"so:\n\n{fence}\n{code}\n{fence.removesuffix('python')}\n"

    assert extracted(answer, Extract.CODE) == code + "\n"


def test_one_object_is_written_once() -> None:
    """The answer, or the failure with what was said before; nothing before the end."""
    done = Shown(OneObject, SAID)
    failed = Shown(OneObject, FAILING)

    assert set(done.steps) == {""}
    assert [line["text"] for line in done.lines] == ["ab\n"]
    ((error, text),) = [(line["error"], line["text"]) for line in failed.lines]
    assert (error["id"], error["exit_status"], text) == ("device-failed", 8, "a")


def test_a_failure_after_the_answer_is_no_second_object() -> None:
    """With --strict a cut answer fails the command, and stdout still holds one object."""
    out = io.BytesIO()
    form = OneObject(AnswerWriter(out, is_terminal=False))
    turn = run_turn(ENGINE, Request((Message(Role.USER, "x"),)))
    list(turn)
    form.end(turn, ENGINE)
    form.fail(Truncated("cut"), ENGINE, "a")

    assert json.loads(out.getvalue())["text"] == "a"


@pytest.mark.parametrize(("holds", "told"), [(True, ""), (False, "axchat: hm\n")])
def test_nothing_is_told_into_an_answer_on_a_terminal(holds: bool, told: str) -> None:
    """A notice that comes in mid-answer waits there for the answer's end; elsewhere it is told at once."""
    stderr = io.StringIO()
    engine = ScriptedEngine([SAID])
    turn = run_turn(engine, Request((Message(Role.USER, "x"),)))
    form = Streamed(AnswerWriter(io.BytesIO(), is_terminal=False))

    held = _follow(engine, turn, Reporter(stderr, is_terminal=False), form, holds_notices=holds)

    assert stderr.getvalue() == told
    assert [event for event in held if isinstance(event, Notice)] == [Notice("hm")] * holds


def test_events_are_lines_as_they_come() -> None:
    """Every event is a whole line at once, its fields are documented, the end has counts and times."""
    shown = Shown(EventLines, SAID)

    assert [step.count("\n") for step in shown.steps] == [1, 2, 3, 4, 5, 6, 6]
    load, queue, prompt, text, notice, more, finished = shown.lines
    assert load == {
        "event": "load",
        "done": 1,
        "total": 2,
        "text": "a\u202eb",
        "remaining_cmm_mib": 512,
        "remaining_s": 3.5,
        "is_over": False,
        "load_s": None,
    }
    assert queue == {"event": "queue", "position": 1, "wait_s": 2.5}
    assert prompt == {"event": "prompt", "tokens": 9, "cached_tokens": 4, "seconds": 0.5}
    assert text == {"event": "text", "text": "a", "tokens": 1}
    assert notice == {"event": "notice", "text": "hm", "level": "info"}
    assert more == {"event": "text", "text": "b\n", "tokens": 1}
    assert finished["event"] == "finished"
    assert finished["finish_reason"] == "stop"
    assert finished["usage"] == {"prompt_tokens": 2, "completion_tokens": 2, "cached_tokens": None}
    assert set(finished["timings"]) == {"ttft_s", "total_s", "engine"}
    assert (finished["engine"], finished["model"]) == ("scripted", "scripted")
    assert "\u202e" not in shown.text, "a terminal would obey it"


def test_an_error_is_the_last_line() -> None:
    """A reader that takes the last line has the reason."""
    *_, text, error = Shown(EventLines, FAILING).lines

    assert text == {"event": "text", "text": "a", "tokens": 1}
    assert error["event"] == "error"
    assert error["error"]["message"] == "the card is dead"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"json": True, "events": True}, "--json and --events"),
        ({"json": True, "extract": Extract.CODE}, "--json and --extract"),
        ({"events": True, "extract": Extract.LAST}, "--events and --extract"),
        ({"events": True, "whole": True}, "--no-stream"),
        ({"schema": True, "extract": Extract.CODE}, "--schema"),
        ({"json": True, "whole": True, "schema": True}, None),
        ({"extract": Extract.CODE, "whole": True}, None),
    ],
)
def test_contradictions_are_refused(given: dict[str, Any], said: str | None) -> None:
    """Two forms at once are a mistake; an option that another implies is none."""
    options = {"json": False, "events": False, "extract": None, "whole": False, "schema": False, **given}
    if said is None:
        refuse_contradictions(**options)
        return
    with pytest.raises(UsageError, match=said):
        refuse_contradictions(**options)


class _Stdout(io.TextIOWrapper):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__(io.BytesIO())
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("is_terminal", "is_plain", "env", "shown"),
    [
        (False, False, {}, b"a\x1b[2Jb"),
        (True, True, {}, b"ab\n"),
        (True, False, {"NO_COLOR": "1"}, b"ab\n"),
        (True, False, {"TERM": "dumb"}, b"ab\n"),
    ],
)
def test_only_a_terminal_that_can_gets_more_than_text(
    is_terminal: bool, is_plain: bool, env: dict[str, str], shown: bytes
) -> None:
    """A pipe gets the bytes, a terminal that is to show plain text the filtered text."""
    stdout = _Stdout(is_terminal=is_terminal)
    sink = answer_sink(AppContext(stdout=stdout, env=env), is_plain=is_plain, thoughts="hide")

    sink.write("a\x1b[2Jb")
    sink.finish()

    assert isinstance(sink, AnswerWriter)
    assert stdout.buffer.getvalue() == shown  # type: ignore[attr-defined]


def test_a_terminal_gets_markdown() -> None:
    """Marks are shown as what they mean, and nothing in the answer is obeyed."""
    stdout = _Stdout(is_terminal=True)
    sink = answer_sink(AppContext(stdout=stdout, env={"TERM": "xterm"}), is_plain=False, thoughts="hide")

    sink.write("**bold** a\x1b[2Jb")
    sink.finish()

    text = stdout.buffer.getvalue()  # type: ignore[attr-defined]
    assert b"bold" in text
    assert b"**" not in text
    assert b"\x1b[2J" not in text
