"""Copying to the clipboard: which way there is, and going it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from axchat.ui.escapes import for_terminal

TOOL_TIMEOUT_S = 5.0
"""A tool hands the text to its own background process and is back at once; a dead display may hang it."""

OSC_52 = "the terminal (OSC 52)"

OSC_52_SURE_BYTES = 74_994
"""In base64 with the rest of the sequence 100,000 characters: more, terminals and tmux may cut."""

_TOOLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("WAYLAND_DISPLAY", "wl-copy", ()),
    ("DISPLAY", "xclip", ("-selection", "clipboard")),
    ("DISPLAY", "xsel", ("--clipboard", "--input")),
    ("", "pbcopy", ()),
)


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that takes the text on its stdin; ``argv`` begins with its path."""

    name: str
    argv: tuple[str, ...]


def ways(env: Mapping[str, str], which: Callable[[str], str | None]) -> list[Tool | None]:
    """How a text can reach the user's clipboard, best first; None is the terminal itself (OSC 52).

    Over ssh the terminal comes first: the tools would fill the clipboard of the far machine.

    Args:
        env: the environment.
        which: the path of a program, None if it is not there.
    """
    tools: list[Tool | None] = [
        Tool(name, (path, *arguments))
        for variable, name, arguments in _TOOLS
        if (not variable or env.get(variable)) and (path := which(name))
    ]
    is_remote = any(env.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))
    return [None, *tools] if is_remote else [*tools, None]


def copy(
    text: str,
    to_terminal: Callable[[str], bool],
    *,
    env: Mapping[str, str] | None = None,
    which: Callable[[str], str | None] = shutil.which,
    run: Callable[[Sequence[str], bytes], str | None] | None = None,
) -> tuple[str | None, list[str]]:
    """Copy a text the first way that works.

    What a terminal would obey is taken out, so that pasting it into one is safe.

    Args:
        text: what to copy.
        to_terminal: writes OSC 52; False where there is no terminal.
        env: None for this process's.
        which: as ``shutil.which``.
        run: gives a program the text, and what went wrong or None; ``fill`` by default.

    Returns:
        Which way it went, None if none worked, and what went wrong before, one line each.
    """
    content = for_terminal(text)
    failed: list[str] = []
    for tool in ways(os.environ if env is None else env, which):
        if tool is None:
            if to_terminal(content):
                return OSC_52, failed
            continue
        trouble = (run or fill)(tool.argv, content.encode("utf-8"))
        if trouble is None:
            return tool.name, failed
        failed.append(f"{tool.name}: {trouble}")
    return None, failed


def fill(argv: Sequence[str], content: bytes, *, timeout_s: float = TOOL_TIMEOUT_S) -> str | None:
    """Run a program with ``content`` on its stdin; gives what went wrong, None for nothing.

    Its output goes nowhere: the background process that a tool leaves behind would hold a pipe open.
    """
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is the chat's, and not for what serves the clipboard
        )
    except OSError as exc:
        return exc.strerror or str(exc)
    with child:
        try:
            child.communicate(content, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return f"did not end within {timeout_s:g} s"
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
    return None if child.returncode == 0 else f"exit status {child.returncode}"
