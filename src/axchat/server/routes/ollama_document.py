"""What our OpenAPI document says of Ollama's endpoints; their bodies are read by hand."""

from typing import Any

from pydantic import BaseModel

from axchat.server.schemas.ollama import ChatBody, GenerateBody, ShowBody

RELOAD_HEADER = "X-Axchat-Allow-Reload"

_RELOAD = {
    "name": RELOAD_HEADER,
    "in": "header",
    "description": "whether a sampling value may cost a load of the model",
    "schema": {"type": "boolean", "default": False},
}
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string"},
        "axchat": {"type": "object", "properties": {"id": {"type": "string"}, "hint": {"type": "string"}}},
    },
}
_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["model", "created_at", "done"],
    "properties": {
        "model": {"type": "string"},
        "created_at": {"type": "string", "format": "date-time"},
        "done": {"type": "boolean"},
        "done_reason": {"enum": ["stop", "length", "load", "unload"]},
        **{
            name: {"type": "integer", "minimum": 0}
            for name in (
                "total_duration",
                "load_duration",
                "prompt_eval_count",
                "prompt_eval_duration",
                "eval_count",
                "eval_duration",
            )
        },
    },
}
_MODELS: dict[str, Any] = {
    "type": "object",
    "required": ["models"],
    "properties": {"models": {"type": "array", "items": {"type": "object", "required": ["name", "model"]}}},
}
_MESSAGE = {"message": {"type": "object", "required": ["role", "content"]}}
_RESPONSE = {"response": {"type": "string"}}

_BODIES: dict[str, type[BaseModel]] = {"show": ShowBody, "chat": ChatBody, "generate": GenerateBody}
_TITLES = {
    "root": "That the API is there",
    "version": "The release of Ollama whose API this is",
    "tags": "The models",
    "ps": "The loaded model",
    "show": "What is known of a model",
    "chat": "Answer a conversation; without messages load or unload",
    "generate": "Answer a prompt; without one load or unload",
}
_VERSION = {"type": "object", "required": ["version"], "properties": {"version": {"type": "string"}}}
_SHOWN = {"type": "object", "required": ["details", "model_info", "capabilities"]}
_RESULTS: dict[str, dict[str, Any]] = {"version": _VERSION, "tags": _MODELS, "ps": _MODELS, "show": _SHOWN}
_FAILURES = {
    400: "not as asked",
    403: "a page of another origin",
    404: "no such model",
    429: "too many requests wait",
    500: "a bug",
    502: "the engine failed",
    503: "the card cannot be used, or not now",
    504: "the engine did not answer in time",
}


def document(name: str) -> dict[str, Any]:
    """The description of an endpoint, as arguments of FastAPI's ``add_api_route``."""
    described: dict[str, Any] = {"operation_id": f"ollama_{name}", "summary": _TITLES[name]}
    extra: dict[str, Any] = {"responses": {"200": {"description": "done", "content": _content(name)}}}
    if name in _BODIES:
        schema = _inlined(_BODIES[name].model_json_schema())
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        asked = _FAILURES if name != "show" else {status: _FAILURES[status] for status in (400, 403, 404)}
        for status, meaning in asked.items():
            content = {"application/json": {"schema": _ERROR}}
            extra["responses"][str(status)] = {"description": meaning, "content": content}
    if name in ("chat", "generate"):
        extra["parameters"] = [_RELOAD]
    return described | {"openapi_extra": extra}


def _content(name: str) -> dict[str, Any]:
    if name == "root":
        return {"text/plain": {"schema": {"type": "string"}}}
    if name in _RESULTS:
        return {"application/json": {"schema": _RESULTS[name]}}
    text = _MESSAGE if name == "chat" else _RESPONSE
    whole = {
        **_ANSWER,
        "required": [*_ANSWER["required"], *text],
        "properties": {**_ANSWER["properties"], **text},
    }
    return {"application/json": {"schema": whole}, "application/x-ndjson": {"schema": {}}}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without ``$defs``: a reference would point to nowhere in our document."""
    definitions = schema.pop("$defs", {})

    def resolved(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return resolved(definitions[value["$ref"].rpartition("/")[2]])
            return {key: resolved(each) for key, each in value.items()}
        return [resolved(each) for each in value] if isinstance(value, list) else value

    inlined: dict[str, Any] = resolved(schema)
    return inlined
