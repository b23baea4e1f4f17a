"""Who else has a program for the card running, for an error that says that it is busy."""

from axchat.doctor.probes import Probes
from axchat.doctor.processes import Process, descends_from, find_runners, find_serves, uid_of

MOST = 3


def neighbours(probes: Probes) -> list[str]:
    """A line for each runner that is not our own holder's, as far as /proc shows it to this user.

    It names the process and its user, and the ``axchat serve`` that started it.
    """
    serves = find_serves(probes)
    lines = []
    for runner in find_runners(probes):
        serve = next((each for each in serves if descends_from(probes, runner.pid, each.pid)), None)
        if serve is None or uid_of(probes, serve.pid) != probes.user():
            lines.append(_line(runner, serve))
    more = len(lines) - MOST
    return [*lines[:MOST], f"and {more} more"] if more > 0 else lines


def _line(runner: Process, serve: Process | None) -> str:
    whose = f"of {runner.owner}" if serve is None else f"axchat serve of {serve.owner}, pid {serve.pid}"
    return f"a program for the card runs: {runner.pid} {runner.name} ({whose})"
