"""A model's whole life: pulled from a hub, listed, run by its name, verified, deleted."""

import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from axchat.cli.models import app
from axchat.standin.demo import write_demo
from support.cli import Outcome, axchat
from support.hub_server import HubServer, gguf
from support.inside import run_inside

REPO = "AXERA-TECH/Standin-1.5B"
NAME = "Standin-1.5B"
OTHER = "aarch64" if platform.machine() == "x86_64" else "x86_64"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    """A hub with a repository that the stand-in plays; its files have no executable bit there."""
    folder = write_demo(
        tmp_path / "origin", layers=2, load_s=0, token_s=0, prefill_token_s=0, answers=["pulled and run"]
    )
    files = {str(it.relative_to(folder)): it.read_bytes() for it in folder.rglob("*") if it.is_file()}
    with HubServer({REPO: files, "x/a": {"a-Q4_0.gguf": gguf(904), "README.md": b"read"}}).running() as hub:
        yield hub


@pytest.fixture
def models(
    hub: HubServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """``axchat models`` in this process."""
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    return lambda *arguments: run_inside(app, capfd, *arguments)


def test_a_models_life(models: Callable[..., Outcome], isolated_home: Path) -> None:
    """The name that the pull gives works everywhere until its files are deleted."""
    pulled = models("pull", REPO).assert_ok()
    folder = Path(pulled.out.decode().strip())
    assert f"use it: axchat run -m {NAME}" in pulled.err
    rows = json.loads(models("list", "--json").assert_ok().out)["models"]
    assert [(row["name"], row["path"]) for row in rows if row["name"] == NAME] == [(NAME, str(folder))]
    assert axchat("run", "-q", "-m", NAME, "hi").assert_ok().out == b"pulled and run"
    models("alias", "mine", NAME).assert_ok()
    for name in (NAME, "mine", REPO, str(folder)):
        assert models("verify", name).assert_ok().out.startswith(b"whole: ")
    models("rm", NAME, "--files", "--yes").assert_ok()
    assert not folder.exists()
    assert f"did you mean {NAME}" not in models("verify", NAME).err


def test_a_gguf_goes_with_what_came_with_it(models: Callable[..., Outcome]) -> None:
    """Deleting the file's name deletes the directory of the pull."""
    path = Path(models("pull", "x/a").assert_ok().out.decode().strip())
    assert models("verify", "a-Q4_0").assert_ok().out.startswith(b"whole: ")
    models("rm", "a-Q4_0", "--files", "--yes").assert_ok()
    assert not path.parent.exists()


def test_a_name_that_is_near(models: Callable[..., Outcome]) -> None:
    """A misspelt name is told with the right one."""
    models("pull", "x/a").assert_ok()
    outcome = models("verify", "a-Q4_O")
    assert (outcome.status, "did you mean a-Q4_0?" in outcome.err) == (4, True)


def test_what_is_for_another_host_gets_no_name(models: Callable[..., Outcome], isolated_home: Path) -> None:
    """Files for a board that are fetched on a PC are no model of the PC."""
    outcome = models("pull", REPO, "--arch", OTHER, "-q").assert_ok()
    assert outcome.err == ""
    assert not (isolated_home / ".local/share/axchat/models/registry.json").exists()


def test_two_ggufs_of_a_repository_are_two_models(models: Callable[..., Outcome], hub: HubServer) -> None:
    """Each is deleted alone, with all its parts, also where the other has no name any more."""
    parts = [f"big/b-Q8_0-0000{number}-of-00002.gguf" for number in (1, 2)]
    hub.repos["x/b"] = {"b-Q4_0.gguf": gguf(904), "README.md": b"read"} | {
        part: gguf(500 + number) for number, part in enumerate(parts)
    }
    folder = Path(models("pull", "x/b:Q4_0").assert_ok().out.decode().strip()).parent
    models("pull", "x/b:Q8_0").assert_ok()
    for name in ("b-Q4_0", "b-Q8_0-00001-of-00002"):
        assert b"compared with" in models("verify", name).assert_ok().out
    (folder / parts[1]).write_bytes(b"torn")
    assert b"b-Q8_0-00002-of-00002.gguf" in models("verify", "b-Q8_0-00001-of-00002").out
    models("rm", "b-Q4_0").assert_ok()
    models("rm", "b-Q8_0-00001-of-00002", "--files", "--yes").assert_ok()
    assert (folder / "b-Q4_0.gguf").is_file()
    assert not any((folder / part).exists() for part in parts)
    assert models("verify", "x/b").assert_ok().out.startswith(b"whole: "), "what was deleted is not missing"
    models("pull", "x/b:Q4_0").assert_ok()
    models("rm", "b-Q4_0", "--files", "--yes").assert_ok()
    assert not folder.exists()
