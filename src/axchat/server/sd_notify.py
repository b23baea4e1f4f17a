"""Tells the service manager how the process is: sd_notify(3), without its library."""

import os
import socket
from collections.abc import Mapping


def notify(state: str, env: Mapping[str, str] | None = None) -> bool:
    """Send a state, for example ``READY=1`` or ``STOPPING=1``, several as lines; False without a manager.

    A manager that does not listen any more is no reason to fail: it sees the process's end.

    Args:
        state: assignments of sd_notify(3).
        env: where ``NOTIFY_SOCKET`` is looked for; the process's environment by default.
    """
    address = (os.environ if env is None else env).get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        try:
            sender.connect(address)
            sender.sendall(state.encode())
        except OSError:
            return False
    return True
