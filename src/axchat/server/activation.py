"""Takes over the sockets that systemd listens at for us: sd_listen_fds(3), without its library."""

import os
import socket
from collections.abc import MutableMapping

from axchat.errors import ConfigError

FIRST_DESCRIPTOR = 3
"""SD_LISTEN_FDS_START: passed descriptors come after standard input, output and error."""

_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


def listen_sockets(
    env: MutableMapping[str, str], pid: int, first: int = FIRST_DESCRIPTOR
) -> list[socket.socket]:
    """The listening sockets that were passed to this process, in the order of the socket unit; often none.

    They are closed in programs that the process starts, and the variables are removed from ``env`` so that no
    child takes them for its own.

    Args:
        env: the process's environment, ``os.environ``.
        pid: the process's id: variables that were meant for another process are left unread.
        first: the first passed descriptor.

    Raises:
        ConfigError: the variables are malformed, or name something that is not a listening stream socket.
    """
    said = {name: env.pop(name, "") for name in _VARIABLES}
    if not said["LISTEN_PID"] or _number("LISTEN_PID", said["LISTEN_PID"]) != pid:
        return []
    if not said["LISTEN_FDS"]:
        return []
    passed = range(first, first + _number("LISTEN_FDS", said["LISTEN_FDS"]))
    for descriptor in passed:
        _close_in_children(descriptor)
    return [_listening(descriptor) for descriptor in passed]


def _number(name: str, text: str) -> int:
    # int() would take signs, spaces and underscores, which sd_listen_fds does not
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise ConfigError(f"the service manager's {name} is not a number: {text!r}", hint=_HINT)
    return int(text)


def _close_in_children(descriptor: int) -> None:
    try:
        os.set_inheritable(descriptor, False)
    except OSError as error:
        raise ConfigError(
            f"descriptor {descriptor} of the service manager is not open: {error.strerror}", hint=_HINT
        ) from error


def _listening(descriptor: int) -> socket.socket:
    try:
        found = socket.socket(fileno=descriptor)
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise ConfigError(
            f"descriptor {descriptor} of the service manager is no socket: {error.strerror}", hint=_HINT
        ) from error
    if not listens:
        found.detach()
        raise ConfigError(
            f"descriptor {descriptor} of the service manager does not listen",
            hint="use ListenStream= and Accept=no in the socket unit",
        )
    return found


_HINT = "start it by its units: axchat serve --print-systemd"
