"""A JSON schema at llama.cpp, from what is sent and what it logs."""

import json
from collections.abc import Iterator

import pytest

from axchat.engines.cpu_schema import grammar_of, schema_refusal, unless_refused
from axchat.errors import RunnerFailed, UsageError
from axchat.events import Event, TextDelta

QUIET = [
    "0.00.209.497 W Forcing pure content template, will not render reasoning or tools separately.",
    "0.00.696.072 W slot   operator(): id  0 | task 11 | need to evaluate at least 1 token for each active",
]
REGEX = [
    QUIET[0] + "0.00.955.278 E llg error: at 2(8): failed to compile JSON schema: regex parse error:",
    "    ^[$",
    "     ^",
    "error: unclosed character class",
    "   1 | %llguidance {}",
    '   2 | start: %json {"type": "string", "pattern": "^[$"}',
    "              ^",
]
NOT = [
    '0.01.077.434 E llg error: at 2(8): failed to compile JSON schema: Unimplemented keys: ["not"]',
    "   1 | %llguidance {}",
]
DEEP = ['0.01.568.215 E llg error: failed to parse "%json": recursion limit exceeded at line 1 column 2492']
LATE = ["Error: Parser Error: Current row has 8007 items; max is 2000; consider making", "</state><grammar>"]


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (QUIET, None),
        ([], None),
        ([QUIET[0], *REGEX, QUIET[1]], "regex parse error: ^[$ ^ error: unclosed character class"),
        ([*NOT, QUIET[1]], 'Unimplemented keys: ["not"]'),
        ([*DEEP, QUIET[1]], 'failed to parse "%json": recursion limit exceeded at line 1 column 2492'),
        (LATE[:1], "Parser Error: Current row has 8007 items; max is 2000; consider making"),
    ],
)
def test_why_a_schema_was_not_used(log: list[str], reason: str | None) -> None:
    """The reason alone, in one line: llama.cpp logs it, quotes the grammar, and goes on without it."""
    assert schema_refusal(log) == reason


def test_the_grammar_bounds_white_space_unless_the_schema_does() -> None:
    """``{}`` is any object; a schema's own rule for white space stays."""
    head, _, text = grammar_of({}).rpartition("%json ")
    assert head == "%llguidance {}\nstart: "
    assert json.loads(text) == {"x-guidance": {"whitespace_pattern": r"[ \n\t]{0,20}"}, "type": "object"}
    own = {"x-guidance": {"whitespace_flexible": False}, "type": "string"}
    assert json.loads(grammar_of(own).rpartition("%json ")[2]) == own


def test_an_answer_without_its_schema_is_refused_with_the_reason() -> None:
    """As soon as the log has it; also where the answer fails at the same moment."""
    log: list[str] = []

    def answer(*, fails: bool) -> Iterator[Event]:
        yield TextDelta("a")
        log.extend(NOT)
        if fails:
            raise RunnerFailed("broken")
        yield TextDelta("b")

    for fails in (False, True):
        log.clear()
        events = unless_refused(answer(fails=fails), lambda: log)
        assert next(events) == TextDelta("a")
        with pytest.raises(UsageError, match="Unimplemented keys"):
            next(events)
