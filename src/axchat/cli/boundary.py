"""The edge of the command line: errors become one message and an exit status, bugs a traceback on request."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from axchat.errors import AxchatError, DeviceBusy

if TYPE_CHECKING:
    from axchat.ui.stderr import Reporter

BUG = 1
INTERRUPTED = 130
OUTPUT_CLOSED = 141
"""As a shell reports a writer that SIGPIPE ended: whoever read the answer went away."""


class Ended(SystemExit):
    """SIGTERM or SIGHUP: leave through every ``finally``, with 128 + the signal."""

    code: int


def run(app: Callable[[], object]) -> int:
    """Run the application; returns the exit status. The only place that turns errors into text."""
    return _flush_streams(_status_of(app))


def _status_of(app: Callable[[], object]) -> int:
    try:
        with _signals_unwind():
            app()
    except SystemExit as end:  # how commands end; what errors need is not imported for it
        return end.code if isinstance(end.code, int) else 0 if end.code is None else BUG
    except AxchatError as error:
        reporter = _reporter()
        reporter.error(error)
        if type(error) is DeviceBusy:  # not of the queue in front of the card
            _name_neighbours(reporter)
        return error.exit_status
    except KeyboardInterrupt:
        return _interrupted()
    except (BrokenPipeError, _output_closed()):
        return OUTPUT_CLOSED
    except Exception as error:
        if (ended := _signal_below(error)) is not None:
            return _interrupted() if isinstance(ended, KeyboardInterrupt) else int(ended.code)
        if os.environ.get("AXCHAT_DEBUG") or "--debug" in sys.argv:
            raise
        # the boundary of the command line: anything unforeseen is a bug and is named as one
        reporter = _reporter()
        reporter.line(f"bug: {type(error).__name__}: {error}")
        reporter.line("please report it with the traceback: AXCHAT_DEBUG=1 shows it")
        return BUG
    return 0


def _interrupted() -> int:
    _reporter().line("interrupted")
    return INTERRUPTED


def _signal_below(error: BaseException) -> KeyboardInterrupt | Ended | None:
    """The signal that another exception covers, as where it meets the making of a class in an import."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, KeyboardInterrupt | Ended):
        seen = seen.__cause__ or seen.__context__
    return seen


def _reporter() -> "Reporter":
    from axchat.ui.stderr import Reporter

    return Reporter(sys.stderr, is_terminal=False)


def _output_closed() -> type[Exception]:
    from axchat.ui.answer import OutputClosed

    return OutputClosed


def _name_neighbours(reporter: "Reporter") -> None:
    from axchat.cli.neighbours import neighbours
    from axchat.doctor.probes import RealProbes
    from axchat.ui.escapes import for_terminal

    for line in neighbours(RealProbes()):
        reporter.line(for_terminal(line))


def _flush_streams(status: int) -> int:
    """Write what the streams still hold; what cannot be written must not fail again when Python ends."""
    if sys.stderr is not None:
        try:
            sys.stderr.flush()
        except OSError:  # a full disk: nobody can be told
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if sys.stdout is None:
        return status
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, BrokenPipeError):
            return status or OUTPUT_CLOSED
        if status == 0:
            _reporter().line(f"standard output cannot be written: {error.strerror}")
        return status or BUG
    return status


@contextmanager
def _signals_unwind() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP unwind the stack, so that engines end their children politely.

    One that the parent had ignored (``nohup``, a shell's ``&``) stays ignored.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        raise Ended(128 + number)

    unwinding = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: end, signal.SIGHUP: end}
    before = {number: signal.getsignal(number) for number in unwinding}
    obeyed = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in obeyed:
        signal.signal(number, unwinding[number])
    try:
        yield
    finally:
        for number in obeyed:
            signal.signal(number, before[number])
