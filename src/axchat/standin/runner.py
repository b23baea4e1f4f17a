"""The stand-in for the vendor's legacy runner: ``python -m axchat.standin.runner`` with the vendor's options.

It plays the console of the branch axcl-llm (``--standin-build prefill``: of axcl-llm-prefill) as the recorded
sessions show it. It has no card and no model: it plays a script (``script``) and failures (``faults``).
Options of its own, anywhere on the command line: --standin-script FILE, --standin-build NAME,
--standin-old-ending (one newline before the end line, builds before 12/2024), --standin-name NAME (argv[0]).
"""

import os
import random
import signal
import sys
from typing import NamedTuple

from axchat.standin import builds, clock, faults, loading, options, script, streams, text
from axchat.standin.session import Device, Session, settings_of
from axchat.standin.tokenizer_client import Specials, TokenizerClient
from axchat.standin.turn import Turn

QUIT = b"q"
START_FAILED = 255
BAD_STANDIN_OPTION = 2
GARBAGE_BYTES = 4096
_OWN = "--standin-"


class Own(NamedTuple):
    """The stand-in's own options."""

    name: str
    script: str | None
    build: builds.Build


class BadOwnOption(Exception):
    """An option of the stand-in's own is unknown or lacks its value."""


def main(argv: list[str] | None = None) -> int:
    """Play one run; returns its exit status, or dies by the signal that the vendor's program dies of."""
    interrupts = clock.Interrupts()
    try:
        own, arguments = split_own(sys.argv if argv is None else argv)
        plays = script.read_script(own.script)
        failures = faults.parse(plays.fail)
    except (BadOwnOption, script.BadScript, faults.UnknownFault) as error:
        streams.complain(f"standin: {error}\n".encode("utf-8", "replace"))
        return BAD_STANDIN_OPTION
    output = streams.Output()
    _misbehave(failures, interrupts)
    if own.build.has_build_time:
        output.write(f"build time: {builds.BUILD_TIME}\n".encode())
    try:
        known = options.OPTIONS if own.build.has_build_time else (*options.OPTIONS, options.USE_TOPK)
        settings = settings_of(options.parse(own.name, arguments, known))
    except options.UsageError as error:
        streams.complain(error.text.encode("utf-8", "surrogateescape"))
        output.flush()
        return error.status
    session = Session(settings, own.build, plays, failures, output, interrupts, Device())
    status = _play(session)
    output.flush()
    return status


def split_own(argv: list[str]) -> tuple[Own, list[str]]:
    """Take our own options out of a command line; the rest is the vendor's. May raise BadOwnOption."""
    own: dict[str, str | None] = {
        "name": argv[0],
        "script": None,
        "build": builds.AXCL_LLM.name,
        "old-ending": None,
    }
    rest = []
    words = iter(argv[1:])
    for word in words:
        if not word.startswith(_OWN):
            rest.append(word)
            continue
        name = word.removeprefix(_OWN)
        if name not in own:
            raise BadOwnOption(f"unknown option {word}")
        value = "" if name == "old-ending" else next(words, None)
        if value is None:
            raise BadOwnOption(f"{word} needs a value")
        own[name] = value
    build = builds.BUILDS.get(own["build"] or "")
    if build is None:
        raise BadOwnOption(f"unknown build {own['build']!r}; known: {', '.join(builds.BUILDS)}")
    if own["old-ending"] is not None:
        build = build._replace(end_newlines=1)
    return Own(own["name"] or "", own["script"], build), rest


def _misbehave(failures: faults.Faults, interrupts: clock.Interrupts) -> None:
    """Play the failures that come before any output."""
    for name, number in (("int", signal.SIGINT), ("term", signal.SIGTERM), ("hup", signal.SIGHUP)):
        if failures.has(f"ignore-{name}"):
            signal.signal(number, signal.SIG_IGN)
    if failures.has("silent"):
        interrupts.hang()


def _play(session: Session) -> int:
    if session.faults.has("garbage"):
        # Seeded: the same bytes in every run, so that a test that fails fails again.
        session.output.write(random.Random(GARBAGE_BYTES).randbytes(GARBAGE_BYTES))  # noqa: S311 (not a secret)
        return 1
    exit_status = session.faults.number("exit")
    if exit_status is not None:
        return exit_status
    settings = session.settings
    build = session.build
    tokenizer = TokenizerClient(settings.tokenizer, session.output, sends_img_prompt=build.sends_img_prompt)
    try:
        specials = loading.load(session, tokenizer)
    except loading.StartFailed:
        return START_FAILED
    if settings.prompt:
        _turn(session, tokenizer, specials, settings.prompt.encode("utf-8", "surrogateescape"))
    if settings.continues:
        session.output.write(text.BANNER)
        _converse(session, tokenizer, specials)
    return 0


def _converse(session: Session, tokenizer: TokenizerClient, specials: Specials) -> None:
    """Answer typed lines until ``q``; at the end of input print the marker for ever, as the vendor does.

    A stdout or a parent that is gone ends that, where the vendor's program goes on: a crashed test must not
    leave a busy process behind.
    """
    lines = streams.LineInput()
    parent = os.getppid()
    while not session.output.broken and (not lines.ended or os.getppid() == parent):
        session.output.write(text.READY)
        session.output.flush()
        line = lines.line()
        if line == QUIT:
            return
        if line:
            _turn(session, tokenizer, specials, line)


def _turn(session: Session, tokenizer: TokenizerClient, specials: Specials, prompt: bytes) -> None:
    session.output.write(Turn(session, tokenizer, specials).run(prompt))


if __name__ == "__main__":
    sys.exit(main())
