"""Answers that keep to a JSON schema: what is sent, and what is believed."""

import json
from collections.abc import Mapping

import pytest

from axchat.engines.schema_answer import checked, schema_text
from axchat.errors import RunnerFailed, UsageError
from axchat.events import Event, Finished, FinishReason, TextDelta


def test_an_empty_schema_is_any_object() -> None:
    """``{}`` asks for a JSON object, as OpenAI's json_object does; others are sent as they are."""
    assert json.loads(schema_text({})) == {"type": "object"}
    assert json.loads(schema_text({"enum": ["é"]})) == {"enum": ["é"]}
    assert schema_text({"enum": ["é"]}).isascii()


def nested(depth: int) -> dict[str, object]:
    """A schema of so many levels."""
    schema: dict[str, object] = {}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


@pytest.mark.parametrize("schema", [nested(100_000), {"const": float("nan")}, {"const": object()}])
def test_a_schema_that_is_no_json_is_refused(schema: Mapping[str, object]) -> None:
    """The caller's mistake is named before anything is sent."""
    with pytest.raises(UsageError, match="the schema is no JSON"):
        schema_text(schema)


@pytest.mark.parametrize("text", ["", "```json\n{}\n```", '{"a": ', "[" * 100_000])
def test_a_whole_answer_that_is_no_json_is_an_error(text: str) -> None:
    """A server that ignored the schema is not believed; what it said was passed on before."""
    events = checked([TextDelta(text), Finished(FinishReason.STOP)])
    assert next(events) == TextDelta(text)
    with pytest.raises(RunnerFailed, match="did not keep to the schema"):
        next(events)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1}', FinishReason.STOP),
        (" [1,\n2] ", FinishReason.STOP),
        ('{"a": ', FinishReason.LENGTH),
        ('{"a": ', FinishReason.CANCELLED),
    ],
)
def test_other_answers_pass(text: str, reason: FinishReason) -> None:
    """JSON passes in any number of pieces, and so does what a limit or a cancel has cut."""
    events: list[Event] = [*(TextDelta(character) for character in text), Finished(reason)]
    assert list(checked(events)) == events
