"""How a runner that stays loaded is started from what its run script says. Pure: the script is data.

Options: vendor main.cpp of each branch (runner-console 2.1, 3.1); layouts: runner-console 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from axchat.errors import ModelError
from axchat.modeldir.device import on_device
from axchat.modeldir.files import names_path
from axchat.modeldir.script import TOKENIZER_OPTIONS, ScriptCommand

_POST_CONFIG = "--post_config_path"
PROMPT = "--prompt"
CONTINUE = "--continue"
CACHE = "--kvcache_path"

POST_CONFIG_FILE = "post_config.json"
"""What a runner opens in its working directory; the branch axcl-llm has no option for it."""


@dataclass(frozen=True, slots=True)
class RunnerPlan:
    """One runner to start, without its tokenizer's address.

    Attributes:
        argv: program and options; started in the model directory, or anywhere when ``is_absolute``.
        tokenizer_option: the option that takes the tokenizer's address; None when it has its own.
        is_absolute: every path in ``argv`` is absolute.
    """

    argv: tuple[str, ...]
    tokenizer_option: str | None = None
    is_absolute: bool = False

    def with_tokenizer(self, url: str) -> tuple[str, ...]:
        """The argument list with the tokenizer at this address."""
        return self.argv if self.tokenizer_option is None else self._with(self.tokenizer_option, url)

    def _with(self, option: str, value: str) -> tuple[str, ...]:
        at = self.argv.index(option)
        return (*self.argv[: at + 1], value, *self.argv[at + 2 :])


def plan(
    command: ScriptCommand, folder: str, *, is_private: bool = False, device: int | None = None
) -> RunnerPlan:
    """The runner of a script, as a session that asks for prompts.

    Args:
        command: the script's command.
        folder: the model directory, absolute.
        is_private: start it in a directory of its own, where a ``post_config.json`` of ours lies.
        device: see ``modeldir.device``.

    Raises:
        ModelError: not a console runner, or it has no option for a tokenizer.
        UsageError: it cannot be put on this card.
    """
    if command.is_api:
        raise ModelError(
            "the script starts an HTTP server, no console runner",
            hint="name a script with --prompt or --system_prompt, or use --engine vendor-api",
        )
    changes = {"--live_print": "1", "--tokenizer_type": "2", **on_device(command.options, device)}
    # ids are handed over whole; --bos 1 with a tokenizer that has none crashes (recording 54-*)
    changes |= {option: "0" for option in ("--bos", "--eos") if option in command.options}
    if PROMPT in command.options:
        # the first marker comes without an answer; context runners and VLM builds of 2025 have no such option
        changes |= {PROMPT: "", CONTINUE: "1"}
    if "--image" in command.options:
        changes["--image"] = ""
    if is_private:
        changes |= {
            option: _absolute(folder, value)
            for option, value in _without_cache(command.options).items()
            if names_path(option, value)
        }
        if _POST_CONFIG in command.options:
            changes[_POST_CONFIG] = POST_CONFIG_FILE
    argv = replace(command, options=_without_cache(command.options)).argv(changes)
    if is_private:
        argv[0] = _absolute(folder, argv[0])
    option = next((name for name in TOKENIZER_OPTIONS if name in command.options), None)
    if option is None:
        raise ModelError("the script names no tokenizer, so the runner cannot be given one")
    return RunnerPlan(tuple(argv), option, is_absolute=is_private)


def _without_cache(options: Mapping[str, str]) -> dict[str, str]:
    """The options without ``--kvcache_path``.

    A cache file holds the system prompt of whoever wrote it, and nothing tells which: with it the runner
    would go on from tokens that we do not know (runner-console part I, 3.2).
    """
    return {option: value for option, value in options.items() if option != CACHE}


def axllm_plan(program: str, folder: str) -> RunnerPlan:
    """``axllm run`` over a model directory of its era; its tokenizer is inside."""
    return RunnerPlan((program, "run", folder), None, is_absolute=True)


def _absolute(folder: str, name: str) -> str:
    return name if PurePosixPath(name).is_absolute() else f"{folder}/{name.removeprefix('./')}"


def post_config(own: Mapping[str, object], chosen: Mapping[str, object]) -> dict[str, object]:
    """The directory's ``post_config.json`` with the chosen sampling values switched on.

    Args:
        own: what the directory's file says; may be empty.
        chosen: ``temperature``, ``top_p``, ``top_k`` by name. With both top_p and top_k switched on the
            runner uses top_p (vendor LLMPostprocess.hpp), so a chosen one switches an unchosen other off.
    """
    values = dict(own)
    if "temperature" in chosen:
        # the runner divides by it; a temperature of 0 means the likeliest token, which is top_k 1
        is_greedy = chosen["temperature"] == 0
        values |= {"enable_temperature": not is_greedy}
        values |= {} if is_greedy else {"temperature": chosen["temperature"]}
        if is_greedy:
            return values | {"enable_top_p_sampling": False, "enable_top_k_sampling": True, "top_k": 1}
    for name, other in (("top_p", "top_k"), ("top_k", "top_p")):
        if name in chosen:
            values |= {f"enable_{name}_sampling": True, name: chosen[name]}
            if other not in chosen:
                values[f"enable_{other}_sampling"] = False
    return values
