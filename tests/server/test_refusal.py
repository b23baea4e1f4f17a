"""Errors over HTTP."""

import json

import pytest

from axchat.errors import AxchatError, DeviceFailed, HolderStopping, NotSupported, QueueFull, UsageError
from axchat.server.refusal import refused, retry_after_s


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (QueueFull("no", retry_after_s=12.3), 13),
        (QueueFull("no", retry_after_s=0.0), 1),
        (QueueFull("no", retry_after_s=1e9), 600),
        (QueueFull("no", retry_after_s=None), 5),
        (HolderStopping("no"), 5),
        (DeviceFailed("no"), None),
        (UsageError("no"), None),
    ],
)
def test_retry_after(error: AxchatError, seconds: int | None) -> None:
    """Where waiting helps, whole seconds say how long; a dead card gets no promise."""
    assert retry_after_s(error) == seconds
    assert refused(error).headers.get("retry-after") == (None if seconds is None else str(seconds))


@pytest.mark.parametrize(
    ("error", "told"),
    [(DeviceFailed("no"), "false"), (NotSupported("no"), "false"), (UsageError("no"), None)],
)
def test_in_vain(error: AxchatError, told: str | None) -> None:
    """Clients that try again after every 5xx are told where it is in vain."""
    assert refused(error).headers.get("x-should-retry") == told


def test_any_message_can_be_sent() -> None:
    """A message with what is no UTF-8 is still valid JSON."""
    body = bytes(refused(UsageError("a\udcff\nb")).body)
    assert json.loads(body.decode("ascii"))["error"]["message"] == "a\ufffd\nb"
