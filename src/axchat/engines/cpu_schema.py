"""A JSON schema as the grammar that llama.cpp keeps an answer to, and what says that it could not. Pure.

xllamacpp's llama.cpp is built with llguidance. ``response_format`` is of no use here: with the pure content
parser (see ``cpu_worker``) the server drops the grammar that it makes of one. Seen with 2026.10.11549.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence

from axchat.errors import EngineFault, UsageError

# A small model that may write white space writes nothing else, for ever (seen with SmolLM2-135M).
_GUIDANCE = {"whitespace_pattern": "[ \\n\\t]{0,20}"}

# llama.cpp goes on without a grammar that it cannot compile, and only its log says so.
_ERROR = re.compile(r"\bllg error: (?:at \d+\(\d+\): )?(?P<reason>.*)")


def grammar_of(schema: Mapping[str, object]) -> str:
    """The request's ``grammar``; ``{}`` is any JSON value."""
    return "%llguidance {}\nstart: %json " + json.dumps({**schema, "x-guidance": _GUIDANCE})


def refusal_in(log: Sequence[str], before: Collection[str]) -> UsageError | None:
    """The error for a schema that cannot be kept, if the log says so.

    Args:
        log: the child's last lines.
        before: its lines when the request was sent; each begins with its time.
    """
    for text in log:
        found = _ERROR.search(text) if text not in before else None
        if found is not None:
            reason = found["reason"].rstrip(" :") or "it does not compile"
            return UsageError(f"this JSON schema cannot be kept: {reason}", hint="ask for a simpler schema")
    return None


def check_json(text: str) -> None:
    """Raise what is wrong with a complete answer that was to be JSON.

    Raises:
        EngineFault: it is none.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise EngineFault("llama.cpp did not keep the answer to the JSON schema", hint="ask again") from exc
