"""The lines between the holder and its clients."""

import contextlib
import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat import errors
from axchat.events import (
    EngineTimings,
    Event,
    Finished,
    FinishReason,
    Level,
    LoadProgress,
    Notice,
    PromptEstimate,
    Queued,
    TextDelta,
    Usage,
)
from axchat.messages import Message, Role, Sampling
from axchat.wire.holder import (
    ModelSpec,
    Order,
    decode_error,
    decode_event,
    decode_order,
    encode_error,
    encode_event,
    encode_order,
)

EVENTS: list[Event] = [
    LoadProgress(3, 28, "init 3 axmodel ok", 7021, 12.5),
    Queued(2, 14.0),
    Queued(1),
    TextDelta("caf\udcc3\udca9 \U0001f600"),
    Notice("careful", Level.WARNING),
    PromptEstimate(300, 12, 1.5),
    Finished(FinishReason.LENGTH, Usage(1, 2, 3), EngineTimings(0.1, 0.2, 0.3, 0.4, 50.0, True)),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_arrives_as_it_was_sent(event: Event) -> None:
    """One line there, the same value here; lone surrogates too."""
    line = encode_event(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_event(json.loads(line)) == event


def test_the_tokens_of_a_piece_are_told_where_they_are_known() -> None:
    """A count arrives, also 0; an unknown one is not sent, and one that an older holder lacks is unknown."""
    for tokens in (0, 3, None):
        arrived = decode_event(json.loads(encode_event(TextDelta("x", tokens))))
        assert isinstance(arrived, TextDelta)
        assert arrived.tokens == tokens
    assert b"tokens" not in encode_event(TextDelta("x"))


def test_every_timing_arrives() -> None:
    """Each field of the timings is sent and read, and one of a newer holder is left out."""
    names = [known.name for known in fields(EngineTimings)]
    timings = EngineTimings(**{name: number for number, name in enumerate(names, 1)})  # type: ignore[arg-type]
    sent = json.loads(encode_event(Finished(FinishReason.STOP, Usage(), timings)))
    sent["timings"]["mood_s"] = 1.0
    assert decode_event(sent) == Finished(FinishReason.STOP, Usage(), timings)


def test_an_order_of_an_older_client_says_nothing_of_thinking() -> None:
    """The field came later, and its absence is no fault; it is carried like the others."""
    order = Order(None, (Message(Role.USER, "hi"),), think=False)
    assert decode_order(encode_order(order)) == order
    sent = json.loads(encode_order(order))
    del sent["think"]
    assert decode_order(json.dumps(sent).encode()).think is None


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_any_text_arrives_exactly(text: str) -> None:
    """Every character that a model can say, and every byte that was none."""
    assert decode_event(json.loads(encode_event(TextDelta(text)))) == TextDelta(text)


def test_fields_that_a_newer_holder_adds_are_left_out() -> None:
    """An older client reads on."""
    assert decode_event({"event": "queued", "position": 1, "wait_s": None, "mood": "good"}) == Queued(1)


def test_a_line_that_is_no_event_is_none() -> None:
    """New kinds of lines do not stop an older client."""
    assert decode_event({"event": "weather"}) is None


@pytest.mark.parametrize("given_", [{"event": "queued"}, {"event": "finished", "reason": "stop"}])
def test_half_an_event_is_an_error(given_: dict[str, object]) -> None:
    """What lacks its values is named."""
    with pytest.raises(ValueError, match="not a"):
        decode_event(given_)


ORDER = Order(
    ModelSpec("demo", "session", "/m", (("history_tokens", None), ("threads", 4))),
    (Message(Role.SYSTEM, "be brief"), Message(Role.USER, "a\n\udcffb", ("/x.png",))),
    Sampling(max_tokens=3, stop=("a", "b"), temperature=0.5),
    {"type": "object"},
    9.5,
    0.0,
    True,
    "terminal 7",
    "0.1",
)


@pytest.mark.parametrize("order", [ORDER, Order(None, None)])
def test_an_order_arrives_as_it_was_sent(order: Order) -> None:
    """Every field, also those left open."""
    assert decode_order(encode_order(order)) == order


@given(
    st.one_of(
        st.binary(),
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda x: (
                st.lists(x)
                | st.dictionaries(st.sampled_from(["protocol", "spec", "messages", "sampling", "x"]), x)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_anything_else_is_refused_as_a_value_error(body: bytes) -> None:
    """Garbage gives our refusal or an order, never another error."""
    with contextlib.suppress(ValueError):
        decode_order(body)


def test_another_protocol_is_named() -> None:
    """The number that does not fit is in the message."""
    body = json.loads(encode_order(ORDER))
    with pytest.raises(ValueError, match="protocol 99 is not 1"):
        decode_order(json.dumps({**body, "protocol": 99}).encode())


def test_an_error_arrives_as_its_class_with_all_it_tells() -> None:
    """Exit status, hint and facts are the holder's."""
    error = errors.ContextOverflow("too long", hint="shorten it", prompt_tokens=9)
    got = decode_error(json.loads(encode_error(error))["error"])
    assert type(got) is errors.ContextOverflow
    assert got.as_dict() == error.as_dict()


def test_an_error_of_an_unknown_kind_is_an_engine_fault() -> None:
    """A newer holder's error still has its message."""
    got = decode_error({"id": "from-the-future", "message": "late", "facts": None})
    assert (type(got), got.message) == (errors.EngineFault, "late")
