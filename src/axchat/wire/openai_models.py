"""What a server with OpenAI's chat schema says of its models: which one to ask, sizes, abilities. Pure."""

import json
from collections.abc import Mapping, Sequence

from axchat.errors import ModelError, RunnerFailed
from axchat.wire.address import Address
from axchat.wire.openai_fields import count_of, mapping_of


def models_of(body: bytes) -> list[Mapping[str, object]]:
    """The entries of ``/v1/models`` that have an ``id``, in the server's order.

    Raises:
        RunnerFailed: it is no list of models, so what answers is no OpenAI-compatible server.
    """
    try:
        listed = json.loads(body)["data"]
        return [entry for entry in listed if isinstance(entry["id"], str)]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise RunnerFailed(
            "what answers there is no OpenAI-compatible server: its /v1/models is no list of models",
            hint="check the address",
        ) from exc


def choose_model(entries: Sequence[Mapping[str, object]] | None, wanted: str | None, address: Address) -> str:
    """The server's name of the model.

    Args:
        entries: the server's list; None where it has none, and then a name is required.
        wanted: the name that was given; None for the only one there is.
        address: for what is told.

    Raises:
        ModelError: it does not have the model, or has several and none was named.
    """
    if entries is None:
        assert wanted is not None, "without a name, a list is required"
        return wanted
    names = [str(entry["id"]) for entry in entries]
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    if wanted is not None:
        # a list may leave out aliases, so a name that is not in it is tried where there are several
        if wanted in names or len(names) > 1:
            return wanted
        raise ModelError(f"{address} has no model {wanted}", hint=f"it has: {shown or 'none'}")
    if len(names) == 1:
        return names[0]
    raise ModelError(
        f"{address} has {len(names)} models and none was named",
        hint=f"name one: AXCHAT_OPENAI_MODEL=NAME; it has: {shown or 'none'}",
        models=names,
    )


_CONTEXT = ("max_model_len", "max_token_len", "context_length")
"""What vLLM, newer builds of ``axllm serve`` (runner-console 7) and brokers such as OpenRouter call it."""


def sizes_of(entry: Mapping[str, object]) -> tuple[int | None, int | None]:
    """The context and the longest prompt, in tokens, that an entry of ``/v1/models`` tells.

    llama.cpp's ``meta.n_ctx`` is what the server was started with; ``n_ctx_train`` beside it is no limit.
    """
    told = [mapping_of(entry.get("meta")).get("n_ctx"), *(entry.get(name) for name in _CONTEXT)]
    context = next((count for count in map(count_of, told) if count), None)
    return context, count_of(entry.get("prefill_max_token_num")) or None


def is_llama_cpp(entry: Mapping[str, object]) -> bool:
    """Whether llama.cpp's server lists this model: it counts prompts (``input_tokens``)."""
    return entry.get("owned_by") == "llamacpp"


def tokens_of(body: bytes) -> int | None:
    """The count in llama.cpp's answer to ``/chat/completions/input_tokens``; None for any other answer."""
    try:
        return count_of(mapping_of(json.loads(body)).get("input_tokens"))
    except (ValueError, RecursionError):
        return None


_THINKING_SWITCH = "enable_thinking"


def properties_of(body: bytes) -> tuple[int | None, bool]:
    """The context in tokens and whether there is a switch for thinking, by llama.cpp's ``/props``.

    ``n_ctx`` of the settings is the context of a conversation, which llama.cpp cuts to the model's own.
    Another version's words tell nothing: no size is known, and no switch.
    """
    try:
        told = json.loads(body)
        context, template = told["default_generation_settings"]["n_ctx"], told["chat_template"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, False
    return count_of(context) or None, _THINKING_SWITCH in str(template)
