"""Statuses of a server as errors that tell what to do."""

import pytest

from axchat.errors import ModelError, SourceNotFound, SourceRefused, SourceUnreachable
from axchat.models.http_refusal import refusal_of, seconds_in


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, SourceRefused),
        (403, SourceRefused),
        (404, SourceNotFound),
        (410, SourceNotFound),
        (400, ModelError),
        (429, SourceUnreachable),
        (500, SourceUnreachable),
        (503, SourceUnreachable),
    ],
)
def test_the_kind_of_a_status(status: int, kind: type[ModelError]) -> None:
    """Each status is the error whose page tells what to do."""
    assert type(refusal_of(status, "no", None)) is kind


def test_a_time_to_wait_is_told_and_kept() -> None:
    """Retry-After in seconds is in the hint and in the facts."""
    error = refusal_of(429, "no", "17")
    assert error.facts == {"retry_after_s": 17}
    assert "wait 17 s" in (error.hint or "")


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "-1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 7, "²"],
)
def test_no_seconds(value: str | None) -> None:
    """A date or nonsense is no number of seconds."""
    assert seconds_in(value) is None
