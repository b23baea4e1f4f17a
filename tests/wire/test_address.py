"""Addresses of OpenAI-compatible servers."""

import pytest

from axchat.errors import UsageError
from axchat.wire.address import parse_address


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
        ("http://localhost:8080/v1/", "http://localhost:8080/v1"),
        ("https://api.example.com/v1/chat/completions", "https://api.example.com/v1"),
        ("https://example.com/openai/api", "https://example.com/openai/api"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
    ],
)
def test_an_address_has_one_form(url: str, shown: str) -> None:
    """With or without scheme, /v1 and the path of the call."""
    assert str(parse_address(url)) == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x",
        "http://",
        "http://x:99999",
        "http://me:secret@x",
        "http://x/?key=secret",
        "http://x y",
        "http://é",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    """The message never holds the address, which may hold a password."""
    with pytest.raises(UsageError) as raised:
        parse_address(url)
    assert "secret" not in str(raised.value.as_dict())


def test_this_machine_is_told() -> None:
    """Loopback addresses are near; all others are not."""
    assert parse_address("http://localhost").is_loopback
    assert parse_address("http://[::1]:1").is_loopback
    assert not parse_address("http://192.0.2.1").is_loopback
