"""Leads the session of a terminal for one program, and stays until the terminal was read to its end.

    python -I -S terminal_leader.py TERMINAL INPUT REPORT RELEASE PROGRAM [ARG ...]

A terminal whose session leader exits is hung up, and the kernel throws away what nobody has read yet: a
program that led its own session could lose its last words. INPUT is the descriptor of the program's stdin, or
``terminal``. REPORT gets the program's process id and, in the
end, its status (negative: the signal that killed it), a line each; RELEASE is the read end of a pipe whose
end lets the leader go.
"""

import os
import signal
import subprocess
import sys

KEYS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)
"""What keys send to the group in the foreground, which is meant for the program."""


def main(terminal: str, source: str, report: str, release: str, *command: str) -> None:
    """Run the program on the terminal."""
    descriptor = os.open(terminal, os.O_RDWR)
    given = descriptor if source == "terminal" else int(source)
    with subprocess.Popen(command, stdin=given, stdout=descriptor) as program:
        for key in KEYS:
            signal.signal(key, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, lambda *_: program.send_signal(signal.SIGHUP))
        os.write(int(report), f"{program.pid}\n".encode())
        status = program.wait()
    os.write(int(report), f"{status}\n".encode())
    os.read(int(release), 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
