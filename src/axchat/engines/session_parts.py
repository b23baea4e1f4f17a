"""What a session needs of a model directory: its runner's dialect and arguments, its tokenizer, its talk."""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from axchat.console.base import Dialect
from axchat.console.choice import from_config, from_help, from_options, is_vision, is_vision_config
from axchat.console.dialects import CONTEXT, LEGACY
from axchat.engines.base import Capabilities, Request
from axchat.engines.console_conversation import ConsoleConversation
from axchat.engines.directory import check_directory, check_post_config
from axchat.engines.loaded_runner import LoadedRunner
from axchat.engines.own_tokenizer import OwnTokenizer, own_tokenizer
from axchat.engines.session_turn import SessionTurn
from axchat.errors import ModelError
from axchat.events import Event, Level, Notice
from axchat.modeldir import launch
from axchat.modeldir.device import axllm_environment
from axchat.modeldir.read import Era, ModelDir, arch_for, command_of, read
from axchat.modeldir.script import ScriptCommand
from axchat.process.help_text import help_of
from axchat.tokenizer.lifecycle import Address

RELOADED = frozenset({"temperature", "top_p", "top_k"})
"""Sampling values that a runner reads from post_config.json when it loads."""

OWNED = Capabilities(sampling=frozenset({"max_tokens", "stop", *RELOADED}), reloads=RELOADED)
"""With axchat's own tokenizer everything about ids is exact; sampling values are read at a load."""

UNCHANGED = replace(OWNED, sampling=OWNED.sampling - RELOADED, reloads=frozenset())
"""The same for a directory whose own sampling values cannot be read."""

AXLLM_CAN = Capabilities(system=False, exact_counts=False)
"""The console of ``axllm run``: no options per request; its config.json fixes the system prompt."""

_LONGEST_QUOTE = 200


class Conversation(Protocol):
    """How requests become turns on a loaded runner."""

    @property
    def prompt_token_s(self) -> float | None:
        """Seconds a prompt token costs, as measured; None while not known."""

    def loaded(self) -> None:
        """A runner was loaded anew."""

    def count(self, request: Request) -> int | None:
        """See ``Engine.count``."""

    def answer(
        self, runner: LoadedRunner, request: Request, on_turn: Callable[[SessionTurn], None]
    ) -> Iterator[Event]:
        """The events of an answer, ending with ``Finished``."""


@dataclass
class Parts:
    """A model directory, opened; ``close`` ends its tokenizer service.

    Attributes:
        folder: the model directory, absolute.
        dialect: of its runner.
        capabilities: what a session on it can do.
        conversation: turns requests into turns.
        plan: the runner's arguments, ``is_private`` for a start in another directory.
        own: axchat's tokenizer service; None when the runner has its own tokenizer.
        environment: what the runner gets beside the usual.
        notices: warnings about the directory.
    """

    folder: Path
    dialect: Dialect
    capabilities: Capabilities
    conversation: Conversation
    plan: Callable[[bool], launch.RunnerPlan]
    own: OwnTokenizer | None = None
    notices: list[Event] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_log_on_stderr(self) -> bool:
        """Whether warnings and errors are on standard error: of axllm they are part of the console."""
        return self.own is None

    @property
    def tokenizer_url(self) -> str | None:
        """Where the runner calls its tokenizer."""
        return None if self.own is None else self.own.url

    def argv(self, *, is_private: bool) -> tuple[str, ...]:
        """The runner's argument list."""
        plan = self.plan(is_private)
        return plan.argv if self.own is None else plan.with_tokenizer(self.own.url)

    def write_post_config(self, folder: Path, chosen: Mapping[str, object]) -> None:
        """Write the sampling file of a private start.

        Raises:
            ModelError: the directory's own file is no JSON object.
        """
        values = launch.post_config(_post_config(self.folder), chosen)
        (folder / launch.POST_CONFIG_FILE).write_text(json.dumps(values, indent=4), encoding="utf-8")

    def close(self) -> None:
        """End the tokenizer service."""
        if self.own is not None:
            self.own.close()


def _post_config(folder: Path) -> dict[str, object]:
    """The directory's own sampling values; empty without such a file.

    Raises:
        ModelError: it cannot be read, or is no JSON object.
    """
    source = folder / launch.POST_CONFIG_FILE
    if not source.is_file():
        return {}
    try:
        own = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"cannot read {source.name}: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"{source.name} is not valid JSON: {error}") from error
    if not isinstance(own, dict):
        raise ModelError(f"{source.name} is not an object")
    return own


def open_parts(
    path: Path,
    machine: str,
    *,
    history_tokens: int | None = None,
    axllm: str | None = None,
    device: int | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Parts:
    """Read a model directory, check it, and open its tokenizer service.

    Args:
        path: model directory, or one of its run scripts.
        machine: as ``platform.machine()``.
        history_tokens: see ``OwnedConversation``.
        axllm: the ``axllm`` program; None looks beside the directory and on PATH.
        device: the card; None for what the directory says.
        clock: seconds, monotonic.

    Raises:
        ModelError: what is missing or wrong, before anything is started.
        UsageError: its runner cannot be put on this card.
    """
    directory = read(path)
    notices = list(check_directory(directory, machine, unused={launch.CACHE}))
    folder = directory.path.resolve()
    if directory.era is Era.AXLLM and not directory.scripts:
        plan = launch.axllm_plan(find_axllm(folder, axllm), str(folder))
        dialect = from_config(directory.config)
        return Parts(
            folder,
            dialect,
            replace(AXLLM_CAN, images=is_vision_config(directory.config)),
            ConsoleConversation(clock),
            lambda _: plan,
            notices=notices,
            environment=axllm_environment(device),
        )
    return _owned(directory, folder, machine, history_tokens, device, notices, clock)


def _owned(
    directory: ModelDir,
    folder: Path,
    machine: str,
    history_tokens: int | None,
    device: int | None,
    notices: list[Event],
    clock: Callable[[], float],
) -> Parts:
    command = command_of(directory.script_for(arch_for(machine)))
    # what is wrong with the script comes before the tokenizer
    launch.plan(command, str(folder), device=device)
    dialect, command = _dialect(command, folder)
    notices += check_post_config(folder)
    able = OWNED
    try:
        _post_config(folder)
    except ModelError as error:
        able = UNCHANGED
        notices.append(Notice(f"sampling options cannot be set: {error.message}", Level.WARNING))
    vision = _vision(command) if dialect is LEGACY else None
    own = own_tokenizer(
        folder,
        is_stateful=dialect is CONTEXT,
        history_tokens=history_tokens,
        vision=vision,
        clock=clock,
    )
    return Parts(
        folder,
        dialect,
        replace(able, images=vision is not None, think=own.prompts.can_think),
        own.conversation,
        lambda is_private: launch.plan(command, str(folder), is_private=is_private, device=device),
        own,
        notices,
    )


def _vision(command: ScriptCommand) -> Address | None:
    """Where the tokenizer server of a vision model listens; None for a text model."""
    if command.tokenizer is None or not is_vision(command.options):
        return None
    return Address(command.tokenizer.host, command.tokenizer.port)


def _dialect(command: ScriptCommand, folder: Path) -> tuple[Dialect, ScriptCommand]:
    """The dialect of a script's runner: from its options, else from what the program says of itself.

    The command comes back with the options that such a runner needs to ask for prompts.

    Raises:
        ModelError: neither tells.
        RunnerFailed: the program cannot be started to ask it.
    """
    try:
        return from_options(command.options), command
    except ModelError as unclear:
        program = launch.plan(command, str(folder)).argv[0]
        told = help_of(program, folder)
        try:
            dialect = from_help(told)
        except ModelError:
            said = next(iter(told.strip().splitlines()), "nothing")[:_LONGEST_QUOTE]
            raise ModelError(
                f"{unclear.message}, nor does {program} --help, which says: {said}",
                hint=unclear.hint,
                **unclear.facts,
            ) from None
        asked = {name: "" for name in (launch.PROMPT, launch.CONTINUE) if f"{name} " in told}
        return dialect, replace(command, options={**command.options, **asked})


def find_axllm(folder: Path, named: str | None) -> str:
    """The ``axllm`` program: as named, in the directory, beside it, or on PATH.

    Raises:
        ModelError: nowhere.
    """
    if named is not None:
        if found := shutil.which(named):
            return found
        raise ModelError(f"no program {named}", hint="the setting axllm.program names the axllm program")
    for place in (folder / "axllm", folder.parent / "axllm"):
        if found := shutil.which(str(place)):
            return found
    if found := shutil.which("axllm"):
        return found
    raise ModelError(
        f"{folder.name} is for the program axllm, and there is none in it, beside it, or on PATH",
        hint="install axllm, or name it: AXCHAT_AXLLM_PROGRAM=/path/to/axllm",
    )
