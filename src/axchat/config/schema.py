"""Every setting: its key, type, default and what it is for. Pure."""

from dataclasses import dataclass, field, fields
from typing import Any


def _setting(
    key: str, default: object, doc: str, *, at_least: float | None = None, words: tuple[str, ...] = ()
) -> Any:
    return field(default=default, metadata={"key": key, "doc": doc, "at_least": at_least, "words": words})


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can set in the file, the environment or (some of them) by flags."""

    model: str | None = _setting(
        "model", None, "model directory, one of its run scripts, a GGUF file, or a known name such as smollm2"
    )
    engine: str = _setting(
        "engine", "auto", "auto, cpu, session, script, axllm-serve, vendor-api, openai or scripted"
    )
    system: str | None = _setting("system", None, "system prompt for engines that take one")
    device: int | None = _setting(
        "device", None, "number of the card; without it, the cards that the run script names", at_least=0
    )
    timeout_s: float | None = _setting(
        "timeout_s", None, "seconds that a whole request may take, load included", at_least=0.001
    )
    cpu_threads: int | None = _setting("cpu.threads", None, "threads of the CPU engine", at_least=1)
    cpu_context: int | None = _setting("cpu.context", None, "context of the CPU engine, tokens", at_least=64)
    keep_alive: str = _setting(
        "keep_alive",
        "5m",
        "how long a model stays loaded after a request: 5m, 1h30m, 90 (seconds); -1 for ever",
    )
    holder: bool = _setting(
        "holder", True, "keep the model loaded in a background process; false loads it for every command"
    )
    socket: str | None = _setting(
        "socket", None, "socket of a holder that is set up otherwise, for example a system service"
    )
    history_tokens: int | None = _setting(
        "history_tokens", None, "tokens of earlier turns sent again to a runner that keeps none", at_least=0
    )
    axllm_program: str | None = _setting(
        "axllm.program", None, "the axllm program; without it, the model directory, beside it, and PATH"
    )
    tokenizer_start: bool = _setting(
        "tokenizer.start", False, "start the model directory's tokenizer script when nothing answers"
    )
    tokenizer_python: str = _setting(
        "tokenizer.python", "python3", "interpreter for that script; it needs what the script imports"
    )
    chat_keys: str = _setting(
        "chat.keys", "emacs", "keys of the input line: emacs or vi", words=("emacs", "vi")
    )
    chat_thoughts: str = _setting(
        "chat.thoughts",
        "hide",
        "<think> blocks in a chat: show, hide (folded to one line) or off",
        words=("show", "hide", "off"),
    )
    history_keep: bool = _setting("history.keep", True, "keep conversations on disk")
    history_run: bool = _setting(
        "history.run",
        False,
        "keep each axchat run as a conversation of its own; one that goes on is kept anyway",
    )
    history_path: str | None = _setting(
        "history.path", None, "file of the conversations; without it, history.db in axchat's data directory"
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
    )
    serve_origins: str | None = _setting(
        "serve.origins",
        None,
        "web pages that may ask, by origin: http://localhost:3000, ...",
    )
    serve_reasoning: str = _setting(
        "serve.reasoning",
        "split",
        "<think> blocks over HTTP: split (into reasoning_content) or inline",
        words=("split", "inline"),
    )
    openai_url: str = _setting(
        "openai.url", "http://127.0.0.1:8080/v1", "address of the OpenAI-compatible server"
    )
    openai_model: str | None = _setting("openai.model", None, "the server's name of the model")
    openai_key_file: str | None = _setting(
        "openai.key_file", None, "file with the API key; the environment's AXCHAT_OPENAI_KEY comes first"
    )


@dataclass(frozen=True, slots=True)
class Option:
    """One setting as a value.

    Attributes:
        name: field of ``Settings``.
        key: dotted name in the file.
        env: environment variable.
        kind: the type without None: str, int, float or bool.
        is_optional: whether it may be left unset.
        at_least: the smallest number it may be.
        words: all that it may be; empty where it is not one of a few.
    """

    name: str
    key: str
    env: str
    kind: type
    is_optional: bool
    default: object
    doc: str
    at_least: float | None
    words: tuple[str, ...]


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
            is_optional=f.default is None,
            default=f.default,
            doc=f.metadata["doc"],
            at_least=f.metadata["at_least"],
            words=f.metadata["words"],
        )
        for f in fields(Settings)
    )


def convert(option: Option, raw: object) -> object:
    """A value from the file (typed) or the environment (text) as the setting's type.

    Raises:
        ValueError: says what it must be.
    """
    wanted = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[option.kind]
    value: object = raw
    if isinstance(raw, str) and option.kind is not str:
        value = _from_text(option.kind, raw)
    if option.kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not option.kind:
        raise ValueError(f"{option.key} must be {wanted}, not {raw!r}")
    if option.at_least is not None and isinstance(value, int | float) and not value >= option.at_least:
        raise ValueError(f"{option.key} must be at least {option.at_least:g}, not {raw!r}")
    if option.words and value not in option.words:
        *others, last = option.words
        raise ValueError(f"{option.key} must be {', '.join(others)} or {last}, not {raw!r}")
    return value


def _from_text(kind: type, text: str) -> object:
    if kind is bool:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            text.strip().lower(), text
        )
    try:
        return kind(text)
    except ValueError:
        return text
