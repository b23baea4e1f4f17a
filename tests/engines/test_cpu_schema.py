"""Answers of the CPU engine that keep to a JSON schema."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from axchat.deadline import Deadline
from axchat.engines.base import Request
from axchat.engines.cpu import CpuEngine
from axchat.engines.cpu_schema import SchemaGuard, failure_in, grammar_of
from axchat.errors import RunnerFailed, UsageError
from axchat.events import Event, Finished, FinishReason, TextDelta
from axchat.messages import Message, Role, Sampling

WARNING = "0.00.241.123 W slot   operator(): id  0 | task 6 | n_past was set to 30"
FAILURE = (
    "0.00.241.123 W Forcing pure content template.0.00.401.240 E llg error: at 2(8): "
    "failed to compile JSON schema: Invalid type: nonsense"
)
OLDER = FAILURE.replace("0.00.4", "0.00.3")
TOO_DEEP = "0.00.401.240 E llg error: too deep"


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        ([], [WARNING], None),
        ([WARNING], [WARNING, FAILURE], "Invalid type: nonsense"),
        ([OLDER], [OLDER, WARNING], None),
        ([OLDER], [OLDER, FAILURE], "Invalid type: nonsense"),
        ([], [TOO_DEEP], "too deep"),
    ],
)
def test_failure_in_the_log(before: list[str], now: list[str], reason: str | None) -> None:
    """Only a failure since the request began counts, however many came before."""
    assert failure_in(before, now) == reason


def test_grammar() -> None:
    """The schema stands in the grammar on one line, as ASCII."""
    assert grammar_of({"const": "ä\n"}) == '%llguidance {}\nstart: %json {"const": "\\u00e4\\n"}'


def test_nothing_goes_out_unbound() -> None:
    """A schema that was left out fails before the first text is passed on."""
    log: list[str] = []
    guard = SchemaGuard(lambda: log)
    log.append(FAILURE)
    with pytest.raises(UsageError, match="Invalid type: nonsense"):
        guard.look(TextDelta("Well"))


def test_a_late_log_is_seen_at_the_end() -> None:
    """The log may come after the first text: the end looks again."""
    log: list[str] = []
    guard = SchemaGuard(lambda: log)
    guard.look(TextDelta("1"))
    log.append(FAILURE)
    with pytest.raises(UsageError):
        guard.look(Finished(FinishReason.STOP))


@pytest.mark.parametrize(("text", "reason"), [("1", FinishReason.STOP), ('{"a', FinishReason.LENGTH)])
def test_answers_that_pass(text: str, reason: FinishReason) -> None:
    """JSON passes, and so does what the token limit cut off."""
    guard = SchemaGuard(list)
    guard.look(TextDelta(text))
    guard.look(Finished(reason))


def test_no_json_is_a_failure() -> None:
    """A whole answer that is no JSON is never passed off as one."""
    guard = SchemaGuard(list)
    guard.look(TextDelta("Well, "))
    with pytest.raises(RunnerFailed):
        guard.look(Finished(FinishReason.STOP))


@pytest.fixture(scope="module")
def engine(small_model: Path) -> Iterator[CpuEngine]:
    """The engine with the small model, loaded."""
    with closing(CpuEngine(small_model, context=512)) as engine:
        list(engine.start(Deadline(60)))
        yield engine


def answer(engine: CpuEngine, schema: dict[str, object]) -> list[Event]:
    """All events of a short answer."""
    question = Message(Role.USER, "Name a town and its temperature.")
    return list(
        engine.generate(Request((question,), Sampling(max_tokens=60, temperature=0.0), schema=schema))
    )


@pytest.mark.model
def test_the_real_model_keeps_to_a_schema(engine: CpuEngine) -> None:
    """Any model, however small, gives what the schema says."""
    schema: dict[str, object] = {
        "type": "object",
        "properties": {"town": {"type": "string", "maxLength": 12}, "degrees": {"type": "integer"}},
        "required": ["town", "degrees"],
        "additionalProperties": False,
    }
    events = answer(engine, schema)
    told = json.loads("".join(event.text for event in events if isinstance(event, TextDelta)))
    assert set(told) == {"town", "degrees"}
    assert isinstance(told["degrees"], int)


@pytest.mark.model
def test_the_real_engine_refuses_what_it_cannot_keep(engine: CpuEngine) -> None:
    """A schema that llama.cpp leaves out is refused, each time, and the engine goes on."""
    for _ in range(2):
        with pytest.raises(UsageError, match="cannot keep an answer"):
            answer(engine, {"type": "nonsense"})
    assert answer(engine, {"type": "integer", "minimum": 5, "maximum": 6})[0] in {
        TextDelta("5"),
        TextDelta("6"),
    }
