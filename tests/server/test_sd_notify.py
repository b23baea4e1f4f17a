"""Telling the service manager: one datagram to its socket."""

import socket
from pathlib import Path

from axchat.server.sd_notify import notify


def test_without_a_manager_nothing_is_sent() -> None:
    """A start by hand has no NOTIFY_SOCKET, and that is no failure."""
    assert not notify("READY=1", {})


def test_the_state_reaches_the_manager(tmp_path: Path) -> None:
    """The manager gets the text as one datagram."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)

        assert notify("READY=1\nSTATUS=idle", {"NOTIFY_SOCKET": address})

        assert manager.recv(4096) == b"READY=1\nSTATUS=idle"


def test_an_abstract_address_is_understood(tmp_path: Path) -> None:
    """An address that begins with @ is in the abstract namespace."""
    name = f"axchat-test-{tmp_path}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")

        assert notify("STOPPING=1", {"NOTIFY_SOCKET": f"@{name}"})

        assert manager.recv(4096) == b"STOPPING=1"


def test_a_manager_that_is_gone_is_no_failure(tmp_path: Path) -> None:
    """The holder works on when nobody listens."""
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "gone")})
