"""Ports for servers that must be told one, and which therefore cannot take port 0."""

import itertools
import os
import random
import socket

FIRST, PER_WORKER = 10_000, 2_000
"""Below the range from which the kernel gives ports for connections and for port 0 (32768 to 60999)."""

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
_numbers = itertools.count(random.randrange(PER_WORKER))


def free_port() -> int:
    """A port that nobody uses, on any address; tests that run side by side get different ones."""
    for number in itertools.islice(_numbers, PER_WORKER):
        port = FIRST + PER_WORKER * _worker + number % PER_WORKER
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port is free")
