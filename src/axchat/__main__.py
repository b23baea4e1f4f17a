"""``axchat`` and ``python -m axchat``."""

import gc
import os
import sys
from _signal import SIG_DFL, SIGINT, default_int_handler, getsignal, signal  # itself, it imports enum

from axchat import __version__

COMPLETION = "_AXCHAT_COMPLETE"
"""Set by a shell that asks what Tab completes; its value names the shell."""

NAMES = "__names"
"""The word by which the completion scripts ask for names that lie on the disk."""

WIDE = 80
"""Columns from which help is always the same; Typer draws it for fewer."""


def main() -> int:
    """Run the command line; returns the exit status."""
    if getsignal(SIGINT) is default_int_handler:
        # Until the boundary stands and after it, Ctrl-C ends this as any program: it would be a traceback
        # of an import, or of Python's own end.
        signal(SIGINT, SIG_DFL)
    _fill_closed_descriptors()
    if (text := _known_at_once()) is not None:
        if sys.stdout is None:
            print("axchat: standard output is closed; there is nowhere to put the answer", file=sys.stderr)
            return 2
        try:
            print(text, end="\n" if text else "", flush=True)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            if isinstance(error, BrokenPipeError):
                return 141
            print(f"axchat: standard output cannot be written: {error.strerror}", file=sys.stderr)
            return 1
        return 0
    from axchat.cli import boundary

    if COMPLETION in os.environ:
        from axchat.cli.app import app
        from axchat.cli.completing import let_typer_answer

        let_typer_answer()
        return boundary.run(app)
    from axchat.cli.parsing import run

    status = boundary.run(run)
    gc.freeze()  # Python looks through all that was imported at its end, which takes most of the time of that
    return status


def _known_at_once() -> str | None:
    """What is answered before typer is imported: as fast as the interpreter."""
    if os.environ.get(COMPLETION) == "complete_bash":
        from axchat.cli.completing import answer

        return answer(os.environ.get("COMP_WORDS", ""), os.environ.get("COMP_CWORD", ""))
    if sys.argv[1:2] == [NAMES]:
        from axchat.cli.names import answer as names

        return names(*sys.argv[2:3])
    if sys.argv[1:] in (["--version"], ["-V"]):
        return f"axchat {__version__}"
    if sys.argv[1:] in (["--help"], ["-h"]) and _columns() >= WIDE:
        from axchat.cli.help_text import HELP

        return HELP
    return None


def _columns() -> int:
    """How wide the output is, as ``shutil.get_terminal_size`` tells, which takes milliseconds to import."""
    if (told := os.environ.get("COLUMNS", "")).isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(1).columns or WIDE
    except OSError:  # no terminal
        return WIDE


def _fill_closed_descriptors() -> None:
    """A closed stdin, stdout or stderr would give its number to the next file or socket that is opened."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    sys.exit(main())
