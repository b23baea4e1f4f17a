"""The CPU engine keeps an answer to a JSON schema, or says that it cannot."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from axchat.deadline import Deadline
from axchat.engines.base import Request, refuse_unsupported
from axchat.engines.cpu import CpuEngine
from axchat.engines.cpu_schema import check_json, grammar_of, refusal_in
from axchat.errors import EngineFault, UsageError
from axchat.events import Event, Finished, FinishReason, TextDelta
from axchat.messages import Message, Role, Sampling

PATIENCE_S = 60.0

# Said by xllamacpp 2026.10.11549; the line before has no line end.
SAID = [
    "0.12.306.158 W Forcing pure content template.0.12.307.751 E llg error: at 2(8): failed to compile: no:",
    "    (",
    "0.12.307.869 W slot operator(): id 0 | task 634 | need to evaluate at least 1 token",
]
CAT = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def test_the_grammar_is_the_schema() -> None:
    """The whole schema is handed on; of what llguidance adds to JSON schema, white space is limited."""
    head, _, schema = grammar_of({"type": "object", "x-guidance": {"no": 1}}).partition("%json ")
    assert head == "%llguidance {}\nstart: "
    read = json.loads(schema)
    assert read["type"] == "object"
    assert read["x-guidance"] == {"whitespace_pattern": "[ \\n\\t]{0,20}"}


def test_the_log_says_what_cannot_be_kept() -> None:
    """llama.cpp would answer without a grammar; the reason stands in its log only."""
    refusal = refusal_in(SAID, frozenset())
    assert refusal is not None
    assert refusal.message == "this JSON schema cannot be kept: failed to compile: no"
    assert refusal_in(SAID, frozenset(SAID)) is None
    assert refusal_in(SAID[1:], frozenset()) is None


def test_an_answer_that_is_no_json_is_an_error() -> None:
    """Whatever the reason, text that is not JSON does not pass for it."""
    check_json('{"a": 1}')
    for text in ("", "{", "Sure! {}", "[" * 100_000):
        with pytest.raises(EngineFault, match="did not keep"):
            check_json(text)


@pytest.fixture(scope="module")
def engine(small_model: Path) -> Iterator[CpuEngine]:
    """The real model, loaded once."""
    with closing(CpuEngine(small_model)) as engine:
        list(engine.start(Deadline(PATIENCE_S)))
        yield engine


def ask(engine: CpuEngine, schema: Mapping[str, object] | None, **sampling: object) -> list[Event]:
    """The events of an answer about a cat."""
    told: dict[str, object] = {"max_tokens": 120, "temperature": 0.0, **sampling}
    message = Message(Role.USER, "Describe a cat. Answer in JSON.")
    request = Request((message,), Sampling(**told), Deadline(PATIENCE_S), schema)  # type: ignore[arg-type]
    refuse_unsupported(engine, request)
    return list(engine.generate(request))


def said(events: list[Event]) -> str:
    """The answer's text."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.model
def test_an_answer_keeps_to_the_schema(engine: CpuEngine) -> None:
    """The small model would write something else, and ends with the object."""
    events = ask(engine, CAT)
    cat = json.loads(said(events))
    assert cat.keys() == {"name", "age"}
    assert isinstance(cat["age"], int)
    assert isinstance(events[-1], Finished)
    assert events[-1].reason is FinishReason.STOP
    assert not said(ask(engine, None)).startswith("{")


@pytest.mark.model
def test_any_json(engine: CpuEngine) -> None:
    """The empty schema takes any value, but only JSON."""
    assert said(ask(engine, {}))[0] in '{["0123456789-tfn'
    assert said(ask(engine, {"type": "object"})).startswith("{")


@pytest.mark.model
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "https://example.com/schema"},
        {"type": "string", "pattern": "("},
        {"not": {}},
    ],
    ids=str,
)
def test_a_schema_that_cannot_be_kept_is_refused(engine: CpuEngine, schema: dict[str, object]) -> None:
    """It is said before any text, and the next answer is not harmed."""
    with pytest.raises(UsageError, match="this JSON schema cannot be kept"):
        ask(engine, schema)
    assert json.loads(said(ask(engine, CAT))).keys() == {"name", "age"}


@pytest.mark.model
def test_a_stop_word_may_cut_json(engine: CpuEngine) -> None:
    """Who asks for a stop word gets what precedes it."""
    events = ask(engine, CAT, stop=('"age"',))
    assert said(events).startswith("{")
    assert isinstance(events[-1], Finished)
    assert events[-1].reason is FinishReason.STOP
