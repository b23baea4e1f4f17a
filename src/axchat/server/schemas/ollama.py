"""The bodies of Ollama's requests. Unknown fields are ignored, as Ollama does; a wrong type is refused."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from axchat.errors import UsageError

# What pydantic says of a value may hold the value; one line is enough.
_MAX_MESSAGE_CHARACTERS = 200


# What is told of a body in our OpenAPI document beyond its types; the checks themselves are made in
# wire/ollama.py and ollama_order.py, with the words that Ollama's clients know.
_NUMBER = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_DURATION = rf"^[-+]?({_NUMBER}|({_NUMBER}(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$"
_BASE64 = "[A-Za-z0-9+/]"
_PICTURE = (
    f"^(iVBORw0KGgo{_BASE64}|/9j/|R0lGOD{_BASE64}{{2}}|Qk[0-3]{_BASE64}"
    f"|UklGR[g-v]{_BASE64}{{4}}[BFJNRVZdhlptx159]XRUJQ)"
    f"({_BASE64}{{4}})*({_BASE64}{{2}}==|{_BASE64}{{3}}=)?$"
)


def _told(**schema: Any) -> Any:
    return Field(None, json_schema_extra=schema)


def _one_of(*schemas: dict[str, Any]) -> Any:
    return Field(None, json_schema_extra={"anyOf": [{"type": "null"}, *schemas]})


def _between(low: float, high: float) -> dict[str, Any]:
    return {"type": ["number", "null"], "minimum": low, "maximum": high}


_OPTIONS = {
    "temperature": _between(0, 100),
    "top_p": _between(0, 1),
    "top_k": _between(0, 2**31 - 1),
    "seed": _between(1 - 2**31, 2**32 - 2),
    "num_predict": _between(1 - 2**31, 2**31 - 1),
    "stop": {"anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "string"}}]},
}

Picture = Annotated[str, Field(json_schema_extra={"pattern": _PICTURE, "contentEncoding": "base64"})]


class _Body(BaseModel):
    # Go's decoder takes no "true" for a truth value and no "1" for a number either.
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


class OllamaMessage(_Body):
    """One message; ``thinking`` of earlier answers is not sent to a model again."""

    role: str = Field(json_schema_extra={"enum": ["system", "user", "assistant"]})
    content: str | None = None
    images: list[Picture] | None = None
    tool_calls: list[Any] | None = _told(maxItems=0)


class AskBody(_Body):
    """What chat and generate have in common. null is the same as leaving a field out."""

    model: str = Field(min_length=1)
    stream: bool | None = Field(None, description="true by default")
    format: Any = _one_of({"enum": ["", "json"]}, {"type": "object", "description": "a JSON schema"})
    options: dict[str, Any] | None = _told(properties=_OPTIONS)
    keep_alive: Any = _one_of({"type": "number"}, {"type": "string", "pattern": _DURATION, "maxLength": 100})
    think: Any = _one_of({"type": "boolean"}, {"enum": ["", "low", "medium", "high", "max"]})
    logprobs: bool | None = None
    truncate: bool | None = None


class ChatBody(AskBody):
    """/api/chat."""

    messages: list[OllamaMessage] | None = None
    tools: list[Any] | None = _told(maxItems=0)


class GenerateBody(AskBody):
    """/api/generate."""

    prompt: str | None = None
    system: str | None = None
    images: list[Picture] | None = None
    suffix: str | None = _told(maxLength=0)
    template: str | None = _told(maxLength=0)
    raw: bool | None = _told(enum=[False, None])
    context: list[int] | None = _told(maxItems=0)


class ShowBody(_Body):
    """/api/show; ``name`` is the older name of ``model``."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "string", "minLength": 1}}}
                for name in ("model", "name")
            ]
        }
    )

    model: str | None = None
    name: str | None = None


B = TypeVar("B", bound=_Body)


def parse(kind: type[B], raw: bytes) -> B:
    """The body of a request, whatever its content type: curl sends a form's without being asked.

    Raises:
        UsageError: empty, no JSON, or a field of a wrong type; one line that names the field.
    """
    if not raw.strip():
        raise UsageError("missing request body")
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["loc"] == ("model",):
            raise UsageError("model is required") from error
        where = ".".join(str(step) for step in first["loc"])
        said = " ".join(str(first["msg"]).split())[:_MAX_MESSAGE_CHARACTERS]
        raise UsageError(f"{where}: {said}" if where else said) from error
