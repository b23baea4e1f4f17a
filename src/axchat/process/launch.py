"""What to run: arguments, folder and environment of a child, as a value."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PASSED_ON = frozenset(
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "VIRTUAL_ENV",
    }
)
"""Environment names that a child gets; the rest (keys, tokens, Python settings) stays here."""

PASSED_ON_PREFIXES = ("LC_", "XDG_", "AXCL_", "AXLLM_", "AXCHAT_STANDIN_", "HF_")
"""Families of names that a child gets: locale, folders, the vendor's own switches, the stand-in's."""


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """A child to run: an argument list, never a shell string.

    ``has_stderr_on_console``: its standard error is the terminal too, not a pipe of its own.
    """

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    has_stderr_on_console: bool = False


def child_environment(source: Mapping[str, str] | None = None, /, **extra: str) -> dict[str, str]:
    """The environment for a child: the listed names of ``source`` (default: ours) and ``extra``."""
    own = os.environ if source is None else source
    passed = {
        name: value for name, value in own.items() if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    return {**passed, **extra}
