"""What every console program of the stand-in does around its play: options, script, failures, exit status."""

import random
import signal
from collections.abc import Callable

from axchat.standin import builds, clock, death, faults, options, script, streams, text
from axchat.standin.own_options import BadOwnOption, Own, split_own
from axchat.standin.session import BadDevices, Device, Session, StartFailed, settings_of
from axchat.standin.trace import Trace

START_FAILED = 255
BAD_STANDIN_OPTION = 2
GARBAGE_BYTES = 4096
_LINE_INIT_FAILED = 124
_LINE_AXCL_INIT = 112
_DIES_IN_LAYER = builds.AXCL_LLM.name
"""The build whose first layer starts the runtime; the others do in main."""


def run_program(
    argv: list[str],
    build_of: Callable[[Own], builds.Build],
    options_of: Callable[[builds.Build], tuple[options.Option, ...]],
    play: Callable[[Session], None],
) -> int:
    """Play one run; returns its exit status, or dies by the signal that the vendor's program dies of.

    ``play`` does what comes after the command line, and raises StartFailed.
    """
    interrupts = clock.Interrupts()
    try:
        own, arguments = split_own(argv)
        build = build_of(own)
        plays = script.read_script(own.script)
        failures = faults.parse(plays.fail)
    except (BadOwnOption, script.BadScript, faults.UnknownFault) as error:
        streams.complain(f"standin: {error}\n".encode("utf-8", "replace"))
        return BAD_STANDIN_OPTION
    output = streams.Output()
    misbehave(failures, interrupts)
    if build.has_build_time:
        output.write(f"build time: {builds.BUILD_TIME}\n".encode())
    try:
        settings = settings_of(options.parse(own.name, arguments, options_of(build)))
    except options.UsageError as error:
        streams.complain(error.text.encode("utf-8", "surrogateescape"))
        output.flush()
        return error.status
    except BadDevices:
        death.uncaught("std::invalid_argument", "stoi")
    session = Session(settings, build, plays, failures, output, interrupts, Device(), Trace(own.trace))
    status = _play(session, play)
    output.flush()
    return status


def misbehave(failures: faults.Faults, interrupts: clock.Interrupts) -> None:
    """Play the failures that come before any output."""
    for name, number in (("int", signal.SIGINT), ("term", signal.SIGTERM), ("hup", signal.SIGHUP)):
        if failures.has(f"ignore-{name}"):
            signal.signal(number, signal.SIG_IGN)
    if failures.has("silent"):
        interrupts.hang()


def early_end(failures: faults.Faults, output: streams.Output) -> int | None:
    """Play the failures that end a program before its own first words; returns the exit status."""
    if failures.has("garbage"):
        # Seeded: the same bytes in every run, so that a test that fails fails again.
        output.write(random.Random(GARBAGE_BYTES).randbytes(GARBAGE_BYTES))  # noqa: S311 (not a secret)
        return 1
    return failures.number("exit")


def _play(session: Session, play: Callable[[Session], None]) -> int:
    early_status = early_end(session.faults, session.output)
    if early_status is not None:
        return early_status
    axclinit_status = session.faults.number("axclinit")
    if axclinit_status is not None and session.build.name != _DIES_IN_LAYER:
        if not session.build.has_workers:
            session.output.write(text.log("E", "main", _LINE_AXCL_INIT, "axclInit() failed"))
        return axclinit_status
    try:
        play(session)
    except StartFailed:
        if session.build.has_workers:
            session.output.write(text.log("E", "main", _LINE_INIT_FAILED, "lLaMa.Init failed"))
        return START_FAILED
    return 0
