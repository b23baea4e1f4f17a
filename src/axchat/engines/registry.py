"""Names of engines and where they are made; nothing is imported before it is wanted."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from axchat.engines.base import Engine
from axchat.errors import UsageError
from axchat.nearest import nearest_names

ENGINES: dict[str, tuple[str, str]] = {
    "cpu": ("axchat.engines.cpu:CpuEngine", "llama.cpp on the processor, a GGUF file"),
    "session": (
        "axchat.engines.session:SessionEngine",
        "the vendor's runner, loaded once, with axchat's own tokenizer service",
    ),
    "script": ("axchat.engines.script:ScriptEngine", "the vendor's run script, once per request"),
    "axllm-serve": ("axchat.engines.axllm_serve:AxllmServeEngine", "axllm serve as a child, over HTTP"),
    "vendor-api": ("axchat.engines.vendor_api:VendorApiEngine", "the vendor's main_api_* server, polled"),
    "openai": ("axchat.engines.openai_remote:from_settings", "any OpenAI-compatible server (openai.url)"),
    "scripted": ("axchat.engines.scripted:from_settings", "a fixed text, for trying things out"),
}
"""Name to ``module:factory`` and what it is."""


def refuse_unknown(name: str) -> None:
    """Check a name, without importing its engine.

    Raises:
        UsageError: no such engine; lists those there are.
    """
    if name not in ENGINES:
        near = nearest_names(name, ENGINES)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"no engine named {name}{meant}", hint="engines: auto, " + ", ".join(ENGINES))


def factory(name: str) -> Callable[..., Engine]:
    """What makes the engine of this name.

    Raises:
        UsageError: see ``refuse_unknown``.
    """
    refuse_unknown(name)
    module, _, attribute = ENGINES[name][0].partition(":")
    made: Any = getattr(import_module(module), attribute)
    return made  # type: ignore[no-any-return]  # the table's business; the contract tests hold it to Engine
