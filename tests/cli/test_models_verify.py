"""``axchat models verify`` against a hub on loopback."""

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from axchat.cli.models import app
from axchat.models import manifest as notes
from support.cli import Outcome, axchat
from support.hub_server import REPO, HubServer, pointer, vendor_files
from support.inside import run_inside
from support.modeldirs import script_era

LAYER = "qwen/qwen2_p128_l1_together.axmodel"
ARM = ("--arch", "aarch64")

Run = Callable[..., Outcome]


@pytest.fixture
def hub() -> Iterator[HubServer]:
    """A hub with the vendor's repository."""
    with HubServer().running() as hub:
        yield hub


@pytest.fixture
def run(hub: HubServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """``axchat models`` in this process, with this hub as the mirror."""
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    return lambda *arguments: run_inside(app, capfd, *arguments)


@pytest.fixture
def model(run: Run, tmp_path: Path) -> Path:
    """A pulled model."""
    run("pull", REPO, *ARM, "--to", str(tmp_path / "m")).assert_ok()
    return tmp_path / "m"


def report(outcome: Outcome) -> Any:
    """What ``--json`` printed."""
    return json.loads(outcome.out)


def test_a_whole_model(hub: HubServer, run: Run, model: Path) -> None:
    """One line with what was compared, and status 0; offline the note says the same."""
    outcome = run("verify", str(model)).assert_ok()
    commit = hub.commit(REPO)[:12]
    said = f"whole: {model} (13 files, 17.6 KiB, compared with {hub.endpoint}, commit {commit})\n"
    assert (outcome.out.decode(), outcome.err) == (said, "")
    hub.asked.clear()
    offline = run("verify", str(model), "--offline").assert_ok()
    assert f"compared with the note of the pull, commit {commit}" in offline.out.decode()
    assert hub.asked == []


def test_damage_and_the_command_that_mends_it(hub: HubServer, run: Run, model: Path) -> None:
    """Each damage is a line, the command is one, and it fetches only what is wrong."""
    (model / LAYER).write_bytes(b"x" * 4000)
    (model / "qwen/qwen2_p128_l2_together.axmodel").unlink()
    (model / "main_axcl_aarch64").chmod(0o644)
    (model / "qwen/qwen2_post.axmodel").write_bytes(pointer(b"post" * 100))
    (model / "qwen/qwen2_p128_l3_together.axmodel").write_bytes(b"short")
    (model / f"{LAYER}.0123456789ab.partial").write_bytes(b"half")
    outcome = run("verify", str(model))
    assert outcome.status == 4
    lines = outcome.out.decode().splitlines()
    assert [line.partition(": ")[0] for line in lines[:-1]] == [
        LAYER,
        "qwen/qwen2_p128_l2_together.axmodel",
        "qwen/qwen2_p128_l3_together.axmodel",
        "qwen/qwen2_post.axmodel",
        "the runner is not executable",
        f"{LAYER}.0123456789ab.partial",
    ]
    command = f"axchat models pull {REPO} --revision {hub.commit(REPO)} --to {model} --arch aarch64"
    assert lines[-1] == f"  -> {command}"

    hub.asked.clear()
    run(*shlex.split(command)[2:]).assert_ok()
    assert {path for path, _ in hub.fetched()} == {
        LAYER,
        "qwen/qwen2_p128_l2_together.axmodel",
        "qwen/qwen2_p128_l3_together.axmodel",
        "qwen/qwen2_post.axmodel",
    }
    run("verify", str(model)).assert_ok()


def test_as_json(run: Run, model: Path) -> None:
    """Programs get ids, paths and commands."""
    assert report(run("verify", str(model), "--json"))["is_whole"] is True
    (model / LAYER).unlink()
    value = report(run("verify", str(model), "--json"))
    [problem] = value.pop("problems")
    assert (problem["id"], problem["path"]) == ("missing", LAYER)
    assert problem["mend"].startswith(f"axchat models pull {REPO} ")
    assert (value["files"], value["size_bytes"], value["is_whole"]) == (13, 18059, False)


def test_by_the_name_of_the_repository(run: Run, isolated_home: Path) -> None:
    """A fetched repository is found by its name; one that was not fetched is told with the command."""
    absent = run("verify", REPO)
    assert (absent.status, f"-> axchat models pull {REPO}" in absent.err) == (4, True)
    run("pull", REPO, *ARM).assert_ok()
    assert str(isolated_home) in run("verify", REPO).assert_ok().out.decode()


def test_the_hub_has_moved_on(hub: HubServer, run: Run, model: Path) -> None:
    """The model is compared with the commit that it is of; when that is gone, with the note."""
    hub.old[REPO] = vendor_files()
    hub.repos[REPO] = {**vendor_files(), LAYER: b"new" * 1000}
    assert run("verify", str(model)).assert_ok().err == ""
    hub.old.clear()
    outcome = run("verify", str(model)).assert_ok()
    assert "the hub does not say" in outcome.err
    assert "compared with the note of the pull" in outcome.out.decode()


def test_a_note_that_lies(hub: HubServer, run: Run, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub has the last word over the note; the note's own server is not asked, nor gets the token."""
    (model / LAYER).write_bytes(b"x" * 4000)
    path = model / notes.NAME
    note = json.loads(path.read_text())
    note["files"][LAYER] = {"size": 4000, "git_sha1": "0" * 40}
    note["endpoint"] = "http://127.0.0.1:9"
    path.write_text(json.dumps(note))
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    outcome = run("verify", str(model))
    assert (outcome.status, outcome.out.decode().partition(":")[0]) == (4, LAYER)
    note["options"] = ["--to", "/etc"]
    path.write_text(json.dumps(note))
    assert ".axchat-model.json is damaged" in run("verify", str(model)).out.decode()


def test_a_clone(hub: HubServer, run: Run, tmp_path: Path) -> None:
    """A clone without git-lfs: the commit it is of is asked for, and git lfs pull mends it."""
    for path, content in vendor_files().items():
        target = tmp_path / "c" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(pointer(content) if path.endswith(".axmodel") else content)
    git = tmp_path / "c/.git"
    (git / "refs/heads").mkdir(parents=True)
    (git / "config").write_text(f"[remote]\n  url = https://huggingface.co/{REPO}\n")
    (git / "HEAD").write_text(hub.commit(REPO))
    outcome = run("verify", str(tmp_path / "c"))
    lines = outcome.out.decode().splitlines()
    pointers = [line for line in lines if line.endswith("the file itself was not fetched")]
    assert (outcome.status, len(pointers)) == (4, 5)
    assert f"  -> git -C {tmp_path / 'c'} lfs pull" in lines
    assert any(f"/revision/{hub.commit(REPO)}" in it.path for it in hub.asked)


def test_a_directory_from_nowhere(hub: HubServer, run: Run, tmp_path: Path) -> None:
    """Without a repository the script's needs are looked at; --repo compares the files that are there."""
    folder = script_era(tmp_path / "m")
    for arch in ("aarch64", "x86"):
        (folder / f"main_axcl_{arch}").chmod(0o755)
    outcome = run("verify", str(folder)).assert_ok()
    assert (outcome.out.decode(), hub.asked) == (f"whole: {folder}\n", [])
    assert "sizes and hashes were not compared" in outcome.err
    compared = run("verify", str(folder), "--repo", REPO)
    assert compared.status == 4
    assert f"{LAYER}: is cut off: 5 of 4000 bytes" in compared.out.decode()
    assert f"-> axchat models pull {REPO} --to {folder}" in compared.out.decode()


def test_one_gguf_file(hub: HubServer, run: Run, tmp_path: Path) -> None:
    """A file is compared with the note beside it; what else lies there is not looked at."""
    hub.repos["x/a"] = {"a-Q4_0.gguf": b"GGUF" + b"4" * 900, "README.md": b"read"}
    run("pull", "x/a", "--to", str(tmp_path)).assert_ok()
    (tmp_path / "other.gguf").write_bytes(b"<html>")
    file = tmp_path / "a-Q4_0.gguf"
    assert "(1 file, 904 B, compared with the note" in run("verify", str(file)).assert_ok().out.decode()
    file.write_bytes(b"GGUF" + b"5" * 900)
    assert run("verify", str(file)).status == 4
    alone = run("verify", str(tmp_path / "other.gguf"))
    assert (alone.status, alone.out.decode()) == (
        4,
        "other.gguf: does not begin as a GGUF file does\n",
    )


@pytest.mark.parametrize(("name", "status"), [("nothing", 4), ("smollm2", 4), ("modelscope:a/b", 4)])
def test_no_such_model(run: Run, name: str, status: int) -> None:
    """It is told in one line with what to do."""
    outcome = run("verify", name)
    assert (outcome.status, outcome.out, "\n  -> " in outcome.err) == (status, b"", True)


def test_as_a_process(hub: HubServer, model: Path) -> None:
    """The command says nothing but its report, and ends with 4 on damage."""
    (model / LAYER).unlink()
    outcome = axchat("models", "verify", str(model), env={"HF_ENDPOINT": hub.endpoint})
    assert (outcome.status, outcome.err) == (4, "")
    assert outcome.out.startswith(f"{LAYER}: is missing\n".encode())


@pytest.mark.model
def test_the_known_model(run: Run, small_model: Path, isolated_home: Path) -> None:
    """smollm2 is compared with what axchat knows of it."""
    run("pull", "smollm2", "--file", str(small_model)).assert_ok()
    assert "1 file, 93.8 MiB, compared with" in run("verify", "smollm2").assert_ok().out.decode()
    path = isolated_home / ".local/share/axchat/models/smollm2" / small_model.name
    with path.open("r+b") as file:
        file.write(b"X")
    damaged = run("verify", "smollm2")
    assert (damaged.status, "-> axchat models pull smollm2" in damaged.out.decode()) == (4, True)
