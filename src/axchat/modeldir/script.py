"""Reads a vendor's run script as a value: the runner, its options, where the prompt goes. Pure.

Facts: the scripts in vendor model directories are one command with one option a line, continued with
backslashes; flags as in vendor main.cpp.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from axchat.errors import ModelError
from axchat.modeldir.shell import commands, literal

_PARAMETER = re.compile(r"\$([1-9][0-9]*)")
_FLAG = re.compile(r"--?[A-Za-z][A-Za-z0-9_-]*")
TOKENIZER_OPTIONS = ("--filename_tokenizer_model", "--url_tokenizer_model")
_HTTP_PORT = 80
_API_PREFIX = "main_api"


class Dialect(StrEnum):
    """The console protocol that a script's options point to."""

    LEGACY = "legacy"
    CONTEXT = "context"


class TokenizerAddress(NamedTuple):
    """Where the runner calls its tokenizer: the option that says so, and the address in it."""

    option: str
    url: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ScriptCommand:
    """What a run script would start.

    Attributes:
        runner: the program as written, usually ``./main_axcl_aarch64``.
        options: flag with its dashes to value, in the script's order; a flag without value has "".
        parameters: number of a script argument to the option that uses it: {1: "--prompt"}.
        tokenizer: the tokenizer's http address, None when the runner reads a file.
        dialect: None for an HTTP server (``main_api_*``) or when the options do not tell.
    """

    runner: str
    options: Mapping[str, str]
    parameters: Mapping[int, str] = field(default_factory=dict)
    tokenizer: TokenizerAddress | None = None
    dialect: Dialect | None = None

    @property
    def is_api(self) -> bool:
        """Whether the runner is the vendor's HTTP server."""
        return is_api_program(self.runner)

    @property
    def prompt_option(self) -> str | None:
        """The option whose whole value is the script's first argument, or None."""
        option = self.parameters.get(1)
        return option if option and self.options[option] == "$1" else None

    @property
    def live_print(self) -> bool | None:
        """``--live_print``: whether the answer is printed as it comes; None when unsaid."""
        return _switch(self.options, "--live_print")

    @property
    def continues(self) -> bool | None:
        """``--continue``: whether the runner asks for more prompts; None when unsaid."""
        return _switch(self.options, "--continue")

    def argv(self, changes: Mapping[str, str] | None = None) -> list[str]:
        """The command as an argument list, options replaced or added; script arguments become "".

        Start it with the model directory as working directory: its paths are relative.
        """
        unset = {option: _PARAMETER.sub("", self.options[option]) for option in self.parameters.values()}
        words = [self.runner]
        for option, value in {**self.options, **unset, **(changes or {})}.items():
            words += [option, value]
        return words


def _switch(options: Mapping[str, str], option: str) -> bool | None:
    value = options.get(option)
    return None if value is None else value == "1"


def parse_script(text: str) -> ScriptCommand:
    """The command of a run script.

    Raises:
        ModelError: the text is not one runner command with ``--flag value`` options.
    """
    found = commands(text)
    if len(found) != 1:
        raise ModelError(
            f"the script has {len(found)} commands, not one runner command",
            hint="use the vendor's own run_*.sh, unchanged",
        )
    runner, *words = found[0]
    if not runner or runner.startswith("-") or "$" in runner:
        raise ModelError("the script names no runner program")
    raw = _options(words)
    if not raw:
        raise ModelError("the script passes no options to the runner")
    parameters: dict[int, str] = {}
    for option, value in raw.items():
        for number in _PARAMETER.findall(value):
            parameters.setdefault(_small(number), option)
    options = {option: literal(value) for option, value in raw.items()}
    return ScriptCommand(literal(runner), options, parameters, _tokenizer(options), _dialect(runner, options))


def _options(words: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    flag = None
    for word in words:
        if flag is not None and not (word.startswith("--") and _FLAG.fullmatch(word.split("=")[0])):
            options[flag] = word
            flag = None
        elif _FLAG.fullmatch(word.split("=")[0]):
            name, has_value, value = word.partition("=")
            options[name] = value
            flag = None if has_value else name
        else:
            raise ModelError(f"the script passes {word[:40]!r}, which belongs to no option")
    return options


def _small(number: str) -> int:
    if len(number) > 2:
        raise ModelError(f"the script uses the argument ${number[:20]}")
    return int(number)


def _tokenizer(options: Mapping[str, str]) -> TokenizerAddress | None:
    for option in TOKENIZER_OPTIONS:
        url = options.get(option, "")
        if not url.lower().startswith("http://"):
            continue
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as exc:
            raise ModelError(f"the script's {option} is not an address: {url[:80]!r}") from exc
        if not host:
            raise ModelError(f"the script's {option} is not an address: {url[:80]!r}")
        return TokenizerAddress(option, url, host, port if port is not None else _HTTP_PORT)
    return None


def is_api_program(runner: str) -> bool:
    """Whether a program is the vendor's HTTP server, by its name: its options are those of ``context``."""
    return runner.rpartition("/")[2].startswith(_API_PREFIX)


def _dialect(runner: str, options: Mapping[str, str]) -> Dialect | None:
    if is_api_program(runner):
        return None
    if options.keys() & {"--prompt", "-p", "--continue"}:
        return Dialect.LEGACY
    if options.keys() & {"--system_prompt", "--url_tokenizer_model"}:
        return Dialect.CONTEXT
    return None
