"""What the ``vendor-api`` engine decides before it asks: the script, its sampling values, a reset or not."""

import json
from pathlib import Path

from axchat.errors import ModelError, PromptRefused
from axchat.messages import Message, Role
from axchat.modeldir.read import ModelDir
from axchat.modeldir.script import ScriptCommand
from axchat.wire import vendor_api as wire

_POST_CONFIG_LIMIT_BYTES = 64 * 1024


def must_reset(messages: tuple[Message, ...], held: tuple[Message, ...] | None, system: str) -> str | None:
    """The system prompt to reset the server with, or None to go on with what it holds.

    Args:
        messages: the whole conversation; the last one is the user's.
        held: what the server's conversation holds, None when that is not known.
        system: what holds when the conversation names none.

    Raises:
        PromptRefused: there are earlier turns, and they are not those that the server holds.
    """
    if not messages or messages[-1].role is not Role.USER or not messages[-1].text:
        raise PromptRefused("the vendor-api engine needs a message of the user's at the end")
    earlier = messages[:-1]
    if held and earlier == held:
        return None
    if any(message.role is not Role.SYSTEM for message in earlier):
        raise PromptRefused(
            "the vendor's server keeps the conversation itself and does not hold these earlier turns",
            hint="start a new conversation, also after a cancelled answer, or use another --engine",
        )
    return "\n\n".join(message.text for message in earlier) if earlier else system


def api_script(directory: ModelDir, arch: str) -> Path:
    """The script that starts the vendor's server on this machine.

    Raises:
        ModelError: none fits, or several do.
    """
    if directory.chosen is not None:
        return directory.chosen
    fits = [s for s in directory.scripts if arch in s.name and "api" in s.stem.replace("-", "_").split("_")]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise ModelError(
            f"several scripts fit {arch}: {', '.join(s.name for s in fits)}", hint=f"name one: {fits[0]}"
        )
    raise ModelError(
        f"no run_*api*{arch}*.sh in {directory.path}",
        hint="this model has no vendor server; use another --engine",
    )


def post_config_of(folder: Path, command: ScriptCommand) -> dict[str, float]:
    """The sampling values that the server starts with; empty when its file cannot be read."""
    path = folder / command.options.get("--post_config_path", "post_config.json")
    try:
        with path.open("rb") as file:
            return wire.defaults_of(json.loads(file.read(_POST_CONFIG_LIMIT_BYTES)))
    except (OSError, ValueError):
        return {}
