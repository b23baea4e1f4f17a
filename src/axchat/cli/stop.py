"""``axchat stop``: unload the model and free the card."""

import contextlib
import os
import select
import signal
from typing import Annotated, Any

import typer

from axchat.attach.life import Stage, living
from axchat.attach.place import Place
from axchat.cli import holding, options
from axchat.cli.context import AppContext
from axchat.cli.settings import settings_of
from axchat.errors import AxchatError, HolderFailed
from axchat.ui.stderr import Reporter

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

END_TIMEOUT_S = 30.0
"""For ``--now``: a runner that does not listen is killed after some ten seconds."""

NOW_PATIENCE_S = 3.0
"""For the answer of a holder that is to end at once; then it is ended without being asked."""

POLITE_S = 1.0
"""What one that does not answer, and may only be busy ending, gets before it is told again."""


@app.command()
def stop(
    now: Annotated[
        bool, typer.Option("--now", help="Stop what is being answered and what waits, too.")
    ] = False,
    device: options.Device = None,
    quiet: options.Quiet = False,
) -> None:
    """Unload the model and free the card. Answers under way end first, unless --now."""
    context = AppContext()
    reporter = Reporter(context.stderr, is_terminal=context.stderr_can_rewrite, is_quiet=quiet)
    where = holding.place(settings_of(context, {"device": device}, is_quiet=quiet).settings, context.env)
    try:
        patience_s = NOW_PATIENCE_S if now else holding.STATUS_TIMEOUT_S
        status = holding.ask(where, "GET", "/status", timeout_s=patience_s)
    except AxchatError:
        if not now:
            raise
        status = None  # it lives and does not answer: the lock tells who it is
    said = _end_silent(where, now=now) if status is None else _end(where, status, reporter, now=now)
    if not quiet:
        reporter.line(said)


def _end(where: Place, status: dict[str, Any], reporter: Reporter, *, now: bool) -> str:
    """Ask the holder to end, and wait until it has."""
    with contextlib.closing(_Process(int(status["pid"]))) as process:
        if status["queue"] or status["is_busy"]:
            reporter.step("waiting for the answers under way; axchat stop --now stops them")
        done = holding.ask(where, "POST", "/stop", {"now": now}, timeout_s=None)
        if done is not None and not done["ends"]:  # None: it ended by itself meanwhile
            return "unloaded; axchat serve goes on and loads again when it is asked"
        if not process.wait(END_TIMEOUT_S if now else None):
            process.end()
    reporter.clear()
    return "the holder has ended and the card is free"


def _end_silent(where: Place, *, now: bool) -> str:
    """No holder answers; with ``now``, end one that lives all the same."""
    life = living(where) if now else holding.silent_life(where)
    if life is None:
        return "no holder runs"
    if life.pid is None:
        raise HolderFailed("a holder lives, but its lock does not say which process it is")
    with contextlib.closing(_Process(life.pid)) as process:
        if not now and life.stage is Stage.ENDING:
            process.wait(None)
            return "the holder has ended and the card is free"
        if not now:
            return f"the holder (pid {life.pid}) is {life.stage}; it frees the card soon"
        process.end()
    return f"the holder (pid {life.pid}) did not answer and was ended"


class _Process:
    """A holder's process, held by a descriptor, so that no other gets its signals. Ours to end."""

    def __init__(self, pid: int) -> None:
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = -1

    def wait(self, timeout_s: float | None) -> bool:
        """Wait for its end; whether it came."""
        if self._handle < 0:
            return True
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))

    def end(self) -> None:
        """Terminate it, then kill it; what it started ends with it."""
        # the first lets an answer end, the second does not
        for number, patience_s in (
            (signal.SIGTERM, POLITE_S),
            (signal.SIGTERM, END_TIMEOUT_S),
            (signal.SIGKILL, END_TIMEOUT_S),
        ):
            if self._handle < 0:
                return
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)
                signal.pidfd_send_signal(self._handle, signal.SIGCONT)  # it may be stopped, by Ctrl-Z or so
            if self.wait(patience_s):
                return
        raise HolderFailed("the holder cannot be ended, not even by SIGKILL", hint="run: axchat doctor")

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
