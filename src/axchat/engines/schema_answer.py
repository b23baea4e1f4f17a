"""Answers that keep to a JSON schema: what a server is sent, and whether its answer is believed. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping

from axchat.errors import RunnerFailed, UsageError
from axchat.events import Event, Finished, FinishReason, TextDelta

ANY_OBJECT: Mapping[str, object] = {"type": "object"}
"""What the schema ``{}`` stands for, as in OpenAI's ``json_object``."""

SCHEMA_HINT = "simplify the schema, or leave it out and ask for JSON in the prompt"


def schema_text(schema: Mapping[str, object]) -> str:
    """The schema as JSON, in ASCII.

    Raises:
        UsageError: it is not JSON, or nested too deeply.
    """
    try:
        return json.dumps(schema or ANY_OBJECT, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UsageError(f"the schema is no JSON: {reason}", hint=SCHEMA_HINT) from error


def checked(events: Iterable[Event]) -> Iterator[Event]:
    """The same events, with a look at an answer that claims to be whole: it must be JSON.

    Servers drop a schema that they cannot use, or do not know the field, and say nothing. An answer that was
    cut by a limit or a cancel is passed on as it is.

    Raises:
        RunnerFailed: the whole answer is no JSON.
    """
    said = ""
    for event in events:
        if isinstance(event, TextDelta):
            said += event.text
        if isinstance(event, Finished) and event.reason is FinishReason.STOP and not _is_json(said):
            raise RunnerFailed("the server did not keep to the schema: the answer is no JSON")
        yield event


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
