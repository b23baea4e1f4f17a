"""``axchat`` and ``python -m axchat``."""

import os
import sys

from axchat import __version__

COMPLETION = "_AXCHAT_COMPLETE"
"""Set by a shell that asks what Tab completes; its value names the shell."""


def main() -> int:
    """Run the command line; returns the exit status."""
    _fill_closed_descriptors()
    if (text := _known_at_once()) is not None:
        try:
            print(text, flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return 141
        return 0
    from axchat.cli import boundary
    from axchat.cli.app import app

    if COMPLETION in os.environ:
        from axchat.cli.completing import let_typer_answer

        let_typer_answer()
    return boundary.run(app)


def _known_at_once() -> str | None:
    """What is answered before typer is imported: as fast as the interpreter."""
    if os.environ.get(COMPLETION) == "complete_bash":
        from axchat.cli.completing import answer

        return answer(os.environ.get("COMP_WORDS", ""), os.environ.get("COMP_CWORD", ""))
    return f"axchat {__version__}" if sys.argv[1:] in (["--version"], ["-V"]) else None


def _fill_closed_descriptors() -> None:
    """A closed stdin, stdout or stderr would give its number to the next file or socket that is opened."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    sys.exit(main())
