"""Every setting: its key, type, default and what it is for. Pure."""

from dataclasses import dataclass, field, fields
from typing import Any


def _setting(
    key: str,
    default: object,
    doc: str,
    *,
    at_least: float | None = None,
    words: tuple[str, ...] = (),
    example: object = None,
    per_model: bool = False,
) -> Any:
    return field(
        default=default,
        metadata={
            "key": key,
            "doc": doc,
            "at_least": at_least,
            "words": words,
            "example": default if example is None else example,
            "per_model": per_model,
        },
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can set in the file, the environment or (some of them) by flags."""

    model: str | None = _setting(
        "model",
        None,
        "a name (axchat models list), a model directory, one of its run scripts, or a GGUF file",
        example="smollm2",
    )
    engine: str = _setting(
        "engine",
        "auto",
        "auto, cpu, session, script, axllm-serve, vendor-api, openai or scripted",
        per_model=True,
    )
    system: str | None = _setting(
        "system",
        None,
        "system prompt for engines that take one",
        example="Answer in one sentence.",
        per_model=True,
    )
    device: int | None = _setting(
        "device",
        None,
        "number of the card; without it, the cards that the run script names",
        at_least=0,
        example=0,
        per_model=True,
    )
    timeout_s: float | None = _setting(
        "timeout_s",
        None,
        "seconds that a whole request may take, load included",
        at_least=0.001,
        example=300.0,
        per_model=True,
    )
    cpu_threads: int | None = _setting(
        "cpu.threads",
        None,
        "threads of the CPU engine",
        at_least=1,
        example=4,
        per_model=True,
    )
    cpu_context: int | None = _setting(
        "cpu.context",
        None,
        "context of the CPU engine, tokens",
        at_least=64,
        example=4096,
        per_model=True,
    )
    keep_alive: str = _setting(
        "keep_alive",
        "5m",
        "how long a model stays loaded after a request: 5m, 1h30m, 90 (seconds); -1 for ever",
        per_model=True,
    )
    holder: bool = _setting(
        "holder", True, "keep the model loaded in a background process; false loads it for every command"
    )
    socket: str | None = _setting(
        "socket",
        None,
        "socket of a holder that is set up otherwise, for example a system service",
        example="/run/axchat/holder.sock",
    )
    history_tokens: int | None = _setting(
        "history_tokens",
        None,
        "tokens of earlier turns sent again to a runner that keeps none",
        at_least=0,
        example=2000,
        per_model=True,
    )
    axllm_program: str | None = _setting(
        "axllm.program",
        None,
        "the axllm program; without it, the model directory, beside it, and PATH",
        example="/opt/axllm/axllm",
        per_model=True,
    )
    tokenizer_start: bool = _setting(
        "tokenizer.start",
        False,
        "start the model directory's tokenizer script when nothing answers",
        per_model=True,
    )
    tokenizer_python: str = _setting(
        "tokenizer.python",
        "python3",
        "interpreter for that script; it needs what the script imports",
        per_model=True,
    )
    chat_keys: str = _setting(
        "chat.keys", "emacs", "keys of the input line: emacs or vi", words=("emacs", "vi")
    )
    chat_thoughts: str = _setting(
        "chat.thoughts",
        "hide",
        "<think> blocks in a chat: show, hide (folded to one line) or off",
        words=("show", "hide", "off"),
        per_model=True,
    )
    history_keep: bool = _setting("history.keep", True, "keep conversations on disk")
    history_run: bool = _setting(
        "history.run",
        False,
        "keep each axchat run as a conversation of its own; one that goes on is kept anyway",
    )
    history_path: str | None = _setting(
        "history.path",
        None,
        "file of the conversations; without it, history.db in axchat's data directory",
        example="~/notes/history.db",
    )
    serve_max_queue: int = _setting(
        "serve.max_queue", 128, "how many requests may wait for the card", at_least=0
    )
    serve_max_wait_s: float = _setting(
        "serve.max_wait_s", 600.0, "seconds that a request may wait for its turn", at_least=0.001
    )
    serve_key_file: str | None = _setting(
        "serve.key_file",
        None,
        "file with the API key of axchat serve; AXCHAT_SERVE_KEY comes first",
        example="~/.config/axchat/key",
    )
    serve_origins: str | None = _setting(
        "serve.origins",
        None,
        "web pages that may ask, by origin: http://localhost:3000, ...",
        example="http://localhost:3000",
    )
    serve_any_model: bool = _setting(
        "serve.any_model",
        True,
        "HTTP clients may name every model that has a name here; false serves the set one alone",
    )
    serve_reasoning: str = _setting(
        "serve.reasoning",
        "split",
        "<think> blocks over HTTP: split (into reasoning_content) or inline",
        words=("split", "inline"),
    )
    openai_url: str = _setting(
        "openai.url",
        "http://127.0.0.1:8080/v1",
        "address of the OpenAI-compatible server",
        per_model=True,
    )
    openai_model: str | None = _setting(
        "openai.model",
        None,
        "the server's name of the model",
        example="qwen2.5",
        per_model=True,
    )
    openai_key_file: str | None = _setting(
        "openai.key_file",
        None,
        "file with the API key; the environment's AXCHAT_OPENAI_KEY comes first",
        example="~/.config/axchat/openai-key",
        per_model=True,
    )


@dataclass(frozen=True, slots=True)
class Option:
    """One setting as a value.

    Attributes:
        name: field of ``Settings``.
        key: dotted name in the file.
        env: environment variable.
        kind: the type without None: str, int, float or bool.
        at_least: the smallest number it may be.
        words: all that it may be; empty where it is not one of a few.
        example: the default, or a value that shows what it may be.
        per_model: whether it may be set for one model, in a table [models."NAME"].
    """

    name: str
    key: str
    env: str
    kind: type
    default: object
    doc: str
    at_least: float | None
    words: tuple[str, ...]
    example: object
    per_model: bool


def _kind_of(annotation: Any) -> type:
    """The type in ``X`` or ``X | None``."""
    members = [m for m in getattr(annotation, "__args__", (annotation,)) if m is not type(None)]
    kind: type = members[0]
    return kind


def options() -> tuple[Option, ...]:
    """All settings, in the order of ``Settings``."""
    return tuple(
        Option(
            name=f.name,
            key=f.metadata["key"],
            env="AXCHAT_" + f.metadata["key"].upper().replace(".", "_"),
            kind=_kind_of(f.type),
            default=f.default,
            doc=f.metadata["doc"],
            at_least=f.metadata["at_least"],
            words=f.metadata["words"],
            example=f.metadata["example"],
            per_model=f.metadata["per_model"],
        )
        for f in fields(Settings)
    )
