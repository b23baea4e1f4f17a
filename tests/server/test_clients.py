"""Who asks, for the fair queue."""

from starlette.requests import Request

from axchat.server.clients import client_of


def asked(host: str | None = "10.0.0.1", key: str | None = None) -> Request:
    """A request from this machine with this key."""
    headers = [] if key is None else [(b"authorization", f"Bearer {key}".encode())]
    client = None if host is None else (host, 1234)
    return Request({"type": "http", "client": client, "headers": headers})


def test_who_is_the_same() -> None:
    """Machine, key and user make a client; the port of a connection does not."""
    names = [
        client_of(asked()),
        client_of(asked("10.0.0.2")),
        client_of(asked(key="a")),
        client_of(asked(key="b")),
        client_of(asked(), "jo"),
        client_of(asked(None)),
    ]
    assert len(set(names)) == len(names)
    assert client_of(asked(key="a")) == names[2]


def test_the_key_is_not_kept() -> None:
    """A name cannot be turned back into the key."""
    assert "geheim" not in client_of(asked(key="geheim"))
