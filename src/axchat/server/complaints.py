"""What is wrong with a request's body, in one line, from what pydantic says of it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

MAX_SHOWN = 80
"""Characters of a client's own value that an error repeats."""


def complaint(errors: Sequence[Mapping[str, Any]]) -> tuple[str, str | None]:
    """The message and the parameter it is about, as ``messages[0].content``.

    Args:
        errors: as pydantic lists them. The one deepest in the body is told: of a union's branches that is the
            one that was meant.
    """
    error = max(errors, key=lambda error: (len(error["loc"]), not error["type"].endswith("_type")))
    if error["type"] == "json_invalid":
        return f"the body is not JSON: {error.get('ctx', {}).get('error', 'it cannot be read')}", None
    where = path_of(error["loc"][1:] if error["loc"][:1] == ("body",) else error["loc"])
    if error["loc"][:1] == ("header",):
        where = str(error["loc"][1])
    if not where:
        return "the body has to be a JSON object, sent as Content-Type: application/json", None
    return f"{where}: {_reason(error)}", where


def path_of(location: Sequence[str | int]) -> str:
    """A place in a body as people write it; what pydantic adds for the branches of unions is left out."""
    path = ""
    for at, step in enumerate(location):
        if isinstance(step, int):
            path += f"[{step}]"
        elif step.isidentifier() and step != "str" and not _is_tag(location, at):
            path += f".{step}" if path else step
    return path


def _is_tag(location: Sequence[str | int], at: int) -> bool:
    """Whether the step names the member of a tagged union that the value before it is."""
    if at == 0:
        return False
    if isinstance(location[at - 1], int):
        union = location[at - 2] if at > 1 else ""
        return union == "messages" or "tagged-union" in str(union)
    return location[at - 1] == "response_format"


def _reason(error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    kind = error["type"]
    if kind == "extra_forbidden":
        return "no such parameter"
    if kind == "union_tag_invalid":
        return f"'{str(context['tag'])[:MAX_SHOWN]}' is none of {context['expected_tags']}"
    if kind == "none_required" or (kind == "too_long" and context.get("max_length") == 0):
        return "not supported"
    if kind == "string_pattern_mismatch" and "url" in error["loc"]:
        return "an image has to be a data: URL of base64 (png, jpeg, webp, gif, bmp); nothing is fetched"
    if kind == "string_pattern_mismatch" and "keep_alive" in error["loc"]:
        return "no duration: write 5m, 1h30m, 90 (seconds), 0 or -1 (for ever)"
    message = str(error["msg"])
    return message[:1].lower() + message[1:]
