"""Listening, and the end of a program with threads: what the stand-in's servers have in common.

They listen on loopback only, where the vendor's listen on every address without authentication.
"""

import os
import socket

HOST = "127.0.0.1"
MAX_PORT = 65535


def take_port(port: int) -> socket.socket:
    """Return a socket bound to a port of loopback, which does not listen yet. Raises OSError."""
    if not 0 < port <= MAX_PORT:
        raise OSError("invalid port")
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((HOST, port))
    except OSError:
        taken.close()
        raise
    return taken


def leave(status: int) -> None:
    """End the process with its threads, whatever they do."""
    os._exit(status)
