"""A page on the web cannot use the API through its reader's browser; programs can."""

import pytest

from axchat.server.origins import is_forged

HOST = "127.0.0.1:11435"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("origin", "content_type"),
    [
        (None, None),  # curl without a content type
        (None, FORM),  # curl -d
        ("https://evil.example", JSON),  # cannot come from a browser: the preflight was not granted
        ("https://evil.example", "Application/JSON; charset=utf-8"),
        (f"http://{HOST}", "text/plain"),  # a page that we served ourselves
        ("tauri://localhost", FORM),
        ("vscode-webview://abc", None),
    ],
)
def test_programs_are_let_in(origin: str | None, content_type: str | None) -> None:
    """What no foreign page can make a browser send is answered."""
    assert not is_forged(origin, HOST, content_type)


@pytest.mark.parametrize("content_type", [None, "", "text/plain", FORM, "multipart/form-data", "text/json"])
@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:8000", "HTTP://EVIL", "null"])
def test_foreign_pages_are_not(origin: str, content_type: str | None) -> None:
    """What a browser sends for any page without asking first is refused."""
    assert is_forged(origin, HOST, content_type)
