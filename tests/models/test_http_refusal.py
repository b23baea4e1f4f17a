"""Statuses of a server as errors that tell what to do."""

import pytest

from axchat.errors import ModelError, SourceNotFound, SourceRefused, SourceUnreachable
from axchat.models.http_refusal import refusal_of, wait_in


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
    """The seconds are in the hint and in the facts."""
    error = refusal_of(429, "no", 17)
    assert error.facts == {"retry_after_s": 17}
    assert "wait 17 s" in (error.hint or "")


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 7, "²"])
def test_no_seconds(value: str) -> None:
    """A date or nonsense is no number of seconds."""
    assert wait_in({"Retry-After": value}) is None
    assert wait_in({}) is None


def test_the_seconds_of_an_answer() -> None:
    """Retry-After counts first; the hub's own header counts when nothing remains."""
    assert wait_in({"Retry-After": " 5 "}) == 5
    assert wait_in({"RateLimit": '"api";r=0;t=55'}) == 55
    assert wait_in({"RateLimit": '"api";r=7;t=55'}) is None
    assert wait_in({"Retry-After": "5", "RateLimit": '"api";r=0;t=55'}) == 5
