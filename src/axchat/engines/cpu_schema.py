"""A JSON schema at llama.cpp: the grammar that is sent, how its log says that it was not used. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from axchat.engines.schema_answer import ANY_OBJECT, SCHEMA_HINT, schema_text
from axchat.errors import RunnerFailed, UsageError
from axchat.events import Event

_WHITE_SPACE = r"[ \n\t]{0,20}"
"""Between two tokens of JSON, for llguidance (its ``x-guidance``): enough for a line and its indent."""

_GRAMMAR = "%llguidance {}\nstart: %json "
"""What llama.cpp makes of a JSON schema in ``response_format`` (its json-schema-to-grammar, with llguidance).

It is sent as a grammar, because a server that passes the text on as the model says it (``cpu_worker``) takes
``response_format`` and ignores it; tried with xllamacpp 2026.10.11549.
"""

# "... E llg error: at 2(8): failed to compile JSON schema: Invalid type: nonsense", then the grammar, quoted
_SCHEMA_ERROR = re.compile(
    r"llg error: (?:at \d+\(\d+\): )?(?:failed to compile JSON schema: )?|^Error: (?=Parser Error: )"
)
_LOGGED = re.compile(r"^[\d.]+ [A-Z] ")
_QUOTED_GRAMMAR = re.compile(r"^\s*\d+ \| ")
_LONGEST_REASON = 300


def grammar_of(schema: Mapping[str, object]) -> str:
    """What a request has as its ``grammar``.

    White space gets an end: a small model may say newlines for ever between two values.

    Raises:
        UsageError: the schema is not JSON, or nested too deeply.
    """
    bounded = {"x-guidance": {"whitespace_pattern": _WHITE_SPACE}, **(schema or ANY_OBJECT)}
    return _GRAMMAR + schema_text(bounded)


def unless_refused(events: Iterator[Event], log: Callable[[], Sequence[str]]) -> Iterator[Event]:
    """The events, as long as llama.cpp does not log that it goes on without the schema.

    Args:
        events: of one answer.
        log: what llama.cpp has logged since it was asked.

    Raises:
        UsageError: it does; with its reason.
    """
    while True:
        event: Event | None = None
        failure: RunnerFailed | None = None
        try:
            event = next(events, None)
        except RunnerFailed as error:
            failure = error
        if (reason := schema_refusal(log())) is not None:
            raise UsageError(f"llama.cpp cannot keep to this schema: {reason}", hint=SCHEMA_HINT) from failure
        if failure is not None:
            raise failure
        if event is None:
            return
        yield event


def schema_refusal(log: Sequence[str]) -> str | None:
    """Why llama.cpp did not use a schema, from what it logged of the request; None when it did.

    It answers all the same, without the schema, and says so in its log only. The grammar that it quotes
    is left out.
    """
    found = [number for number, line in enumerate(log) if _SCHEMA_ERROR.search(line)]
    if not found:
        return None
    said = [_SCHEMA_ERROR.split(log[found[0]])[-1]]
    for line in log[found[0] + 1 :]:
        if not line.strip() or _QUOTED_GRAMMAR.match(line) or _LOGGED.match(line):
            break
        said.append(line)
    return " ".join(" ".join(said).split())[:_LONGEST_REASON]
