"""A JSON schema as people write it: JSON, or a short list of fields; pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

from axchat.errors import UsageError
from axchat.nearest import nearest_names

SHORT_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
JSON_TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")
SHORT_HINT = "write fields as 'name, age int, note: what for', or give a file or the schema as JSON"

_NAME = re.compile(r"[^\W\d][\w-]*")
# Where a schema holds others: under names, in a list, or one.
_MAPS = ("properties", "$defs", "definitions", "patternProperties")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not")


def schema_of_json(text: str, source: str) -> Mapping[str, object]:
    """A schema written as JSON.

    Args:
        text: of it.
        source: where it is from, for messages.

    Raises:
        UsageError: it is no JSON (with line and column), or no schema (with the place in it).
    """
    try:
        schema = json.loads(text, parse_constant=_refuse_constant)
        if not isinstance(schema, dict):
            raise UsageError(f"{source} is no JSON schema: it must be an object")
        _check(schema, source, "")
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{source} is no JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise UsageError(f"{source} is nested too deeply") from error
    except ValueError as error:
        raise UsageError(f"{source} is no JSON: {error}") from error
    return schema


def schema_of_fields(text: str) -> Mapping[str, object]:
    """A schema of one object from ``name, age int, note: what for``; lines may stand for the commas.

    A type is one of ``SHORT_TYPES``, ``str`` where there is none; what follows a colon describes the field.
    All fields are required, and there are no others.

    Raises:
        UsageError: a field cannot be read; says which.
    """
    parts = [part.strip() for part in text.split("\n" if "\n" in text else ",")]
    properties: dict[str, object] = {}
    for number, part in enumerate((part for part in parts if part), 1):
        told, _, description = part.partition(":")
        name, *types = told.split() or [""]
        where = f"--schema: field {number} ({part!r})"
        if not _NAME.fullmatch(name):
            raise UsageError(f"{where} has no name", hint=SHORT_HINT)
        if len(types) > 1:
            raise UsageError(f"{where} is more than a name and a type", hint=SHORT_HINT)
        kind = types[0] if types else "str"
        if kind not in SHORT_TYPES:
            raise UsageError(f"{where} has no such type: {_meant(kind, tuple(SHORT_TYPES))}")
        if name in properties:
            raise UsageError(f"{where} is there twice")
        described = {"description": description.strip()} if description.strip() else {}
        properties[name] = {"type": SHORT_TYPES[kind], **described}
    if not properties:
        raise UsageError("--schema names no field", hint=SHORT_HINT)
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no value of JSON")


def _check(schema: object, source: str, at: str) -> None:
    """What every engine would stumble over, with its place; the rest is the engine's to judge."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise UsageError(f"{source} is no JSON schema: {at or '/'} must be an object")
    _check_type(schema.get("type"), source, at)
    for key, holder in (("required", list), ("enum", list), *((key, dict) for key in _MAPS)):
        if key in schema and not isinstance(schema[key], holder):
            kind = "an array" if holder is list else "an object"
            raise UsageError(f"{source} is no JSON schema: {at}/{key} must be {kind}")
    for key, inner, place in _inner(schema, source, at):
        _check(inner, source, f"{at}/{key}{place}")


def _check_type(told: Any, source: str, at: str) -> None:
    for name in told if isinstance(told, list) else [] if told is None else [told]:
        if name not in JSON_TYPES:
            meant = _meant(name if isinstance(name, str) else json.dumps(name), JSON_TYPES)
            raise UsageError(f"{source} is no JSON schema: {at}/type: no such type: {meant}")


def _inner(schema: Mapping[str, Any], source: str, at: str) -> list[tuple[str, object, str]]:
    found = [(key, inner, f"/{name}") for key in _MAPS for name, inner in schema.get(key, {}).items()]
    for key in _LISTS:
        if not isinstance(schema.get(key, []), list):
            raise UsageError(f"{source} is no JSON schema: {at}/{key} must be an array")
        found += [(key, inner, f"/{number}") for number, inner in enumerate(schema.get(key, []))]
    return found + [(key, schema[key], "") for key in _SINGLE if key in schema]


def _meant(word: str, known: tuple[str, ...]) -> str:
    near = nearest_names(word, known)
    return f"{word}; did you mean {near[0]}?" if near else f"{word}; there are {', '.join(known)}"
