"""``axchat`` and ``python -m axchat``."""

import os
import sys

from axchat import __version__


def main() -> int:
    """Run the command line; returns the exit status."""
    _fill_closed_descriptors()
    if sys.argv[1:] in (["--version"], ["-V"]):
        # before typer is imported: as fast as the interpreter
        try:
            print(f"axchat {__version__}", flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return 141
        return 0
    from axchat.cli import boundary
    from axchat.cli.app import app

    return boundary.run(app)


def _fill_closed_descriptors() -> None:
    """A closed stdin, stdout or stderr would give its number to the next file or socket that is opened."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    sys.exit(main())
