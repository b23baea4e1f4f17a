"""Each kind of damage, and the command that mends it."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from axchat.models.download import Progress
from axchat.models.expected import UNKNOWN_SIZE, Expected
from axchat.models.hub_files import HubFile
from axchat.models.manifest import partial_of
from axchat.models.verify import (
    Finding,
    check_files,
    check_gguf,
    check_leftovers,
    check_needs,
    check_pointers,
    without_doubles,
)
from support.hub_server import git_sha1, pointer
from support.modeldirs import LFS_POINTER, axllm_era, script_era

CONTENT = b"axmodel" * 100
AGAIN = "axchat models pull x/y"
SMALL = HubFile("small.json", 2, "", git_sha1(b"{}"))


def large(path: str = "l0.axmodel") -> HubFile:
    """A file kept as git-lfs does."""
    return HubFile(path, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def look(folder: Path, *files: HubFile) -> list[Finding]:
    """Compare these files."""
    return check_files(folder, Expected("a test", files), AGAIN, lambda _: None)


def fill(folder: Path) -> None:
    """A file of either kind, whole."""
    (folder / "l0.axmodel").write_bytes(CONTENT)
    (folder / "small.json").write_bytes(b"{}")


def test_whole_files(tmp_path: Path) -> None:
    """Nothing is found, and progress ends at the total."""
    fill(tmp_path)
    reports: list[Progress] = []
    assert check_files(tmp_path, Expected("a test", (large(), SMALL)), AGAIN, reports.append) == []
    assert reports[-1] == Progress(len(CONTENT) + 2, len(CONTENT) + 2, "check")


def cut(path: Path) -> None:
    """As after a power cut."""
    path.write_bytes(CONTENT[:-1])


def fifo(path: Path) -> None:
    """Not a file, and nothing to wait for."""
    path.unlink()
    os.mkfifo(path)


def folder(path: Path) -> None:
    """A directory in its place."""
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "identity", "said"),
    [
        (Path.unlink, "missing", "is missing"),
        (cut, "wrong-size", "is cut off: 699 of 700 bytes"),
        (lambda path: path.write_bytes(CONTENT + b"x"), "wrong-size", "is too long: 701 of 700 bytes"),
        (lambda path: path.write_bytes(b""), "wrong-size", "is cut off: 0 of 700 bytes"),
        (lambda path: path.write_bytes(CONTENT[::-1]), "wrong-hash", "has other content: sha256"),
        (lambda path: path.write_bytes(pointer(CONTENT)), "lfs-pointer", "is a git-lfs pointer"),
        (fifo, "wrong-kind", "is a special file instead of a file"),
        (folder, "wrong-kind", "is a directory instead of a file"),
    ],
)
def test_each_damage(tmp_path: Path, damage: Callable[[Path], object], identity: str, said: str) -> None:
    """It is told by name with its id, and mended by the pull; the whole file beside it is not named."""
    fill(tmp_path)
    damage(tmp_path / "l0.axmodel")
    [finding] = look(tmp_path, large(), SMALL)
    assert (finding.id, finding.path, finding.mend) == (identity, "l0.axmodel", AGAIN)
    assert finding.text.startswith(f"l0.axmodel: {said}")


def test_a_small_file_with_other_content(tmp_path: Path) -> None:
    """Its name in git tells."""
    fill(tmp_path)
    (tmp_path / "small.json").write_bytes(b"[]")
    assert [finding.id for finding in look(tmp_path, large(), SMALL)] == ["wrong-hash"]


def test_a_missing_file_that_came_in_part(tmp_path: Path) -> None:
    """How much is here is told: the next pull needs the rest only."""
    partial_of(tmp_path / "l0.axmodel", large()).write_bytes(CONTENT[:300])
    [finding] = look(tmp_path, large())
    assert finding.text == "l0.axmodel: is missing, 300 B of 700 B came"


def test_an_unknown_size_is_not_compared(tmp_path: Path) -> None:
    """Hugging Face's notes have no sizes; the hash is enough."""
    fill(tmp_path)
    assert look(tmp_path, HubFile("l0.axmodel", UNKNOWN_SIZE, large().sha256)) == []


def test_layers_by_template(tmp_path: Path) -> None:
    """Without any list the script's %d names what has to be there."""
    script_era(tmp_path / "m")
    assert check_needs(tmp_path / "m", "aarch64", AGAIN) == []
    (tmp_path / "m/qwen/qwen2_p128_l2_together.axmodel").unlink()
    [finding] = check_needs(tmp_path / "m", "aarch64", AGAIN)
    assert finding == Finding(
        "file-missing",
        "qwen/qwen2_p128_l2_together.axmodel",
        "a file is missing: qwen/qwen2_p128_l2_together.axmodel",
        AGAIN,
    )


def test_the_newer_form_by_template(tmp_path: Path) -> None:
    """A config.json names its layers as well."""
    folder = axllm_era(tmp_path / "m")
    (folder / "qwen3_p128_l1_together.axmodel").write_bytes(b"")
    assert [it.id for it in check_needs(folder, "x86_64", AGAIN)] == ["empty-file"]


def test_a_runner_without_its_bit(tmp_path: Path) -> None:
    """The pull gives it back; where nobody knows the repository, chmod does."""
    script_era(tmp_path / "m")
    (tmp_path / "m/main_axcl_x86").chmod(0o644)
    assert [it.mend for it in check_needs(tmp_path / "m", "x86_64", AGAIN)] == [AGAIN]
    assert [it.mend for it in check_needs(tmp_path / "m", "x86_64", None)] == [
        f"chmod +x {tmp_path}/m/main_axcl_x86"
    ]


def test_no_model(tmp_path: Path) -> None:
    """A directory of something else is told."""
    assert [it.id for it in check_needs(tmp_path, "aarch64", None)] == ["not-a-model"]


def test_gguf_files_by_their_beginning(tmp_path: Path) -> None:
    """A page that was saved as a model is found; pointers are told elsewhere."""
    (tmp_path / "a.gguf").write_bytes(b"GGUF....")
    (tmp_path / "b.gguf").write_bytes(b"<html>")
    (tmp_path / "c.gguf").write_bytes(LFS_POINTER)
    assert [it.path for it in check_needs(tmp_path, "x86_64", AGAIN)] == ["b.gguf"]
    assert check_gguf([tmp_path / "none.gguf"], AGAIN) == []


def test_pointers_anywhere(tmp_path: Path) -> None:
    """A clone without git-lfs has small texts in the place of files; what was compared is not told twice."""
    (tmp_path / "q").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("q/a.bin", "q/b.bin", ".git/c"):
        (tmp_path / name).write_bytes(LFS_POINTER)
    (tmp_path / "doc.txt").write_bytes(LFS_POINTER + bytes(2000))
    found = check_pointers(tmp_path, ["q/b.bin"], AGAIN)
    assert [(it.id, it.path) for it in found] == [("lfs-pointer", "q/a.bin")]


def test_leftovers(tmp_path: Path) -> None:
    """A pull clears its own away; another program's is removed by hand."""
    (tmp_path / "x.0123456789ab.partial").touch()
    (tmp_path / "it's.incomplete").touch()
    mends = {it.path: it.mend for it in check_leftovers(tmp_path, AGAIN)}
    assert mends["x.0123456789ab.partial"] == AGAIN
    assert mends["it's.incomplete"] == f"""rm '{tmp_path}/it'"'"'s.incomplete'"""


def test_one_finding_a_file() -> None:
    """What the list of files told is not told again by the script's template."""
    first = Finding("missing", "a", "a: is missing")
    found = without_doubles(
        [
            first,
            Finding("file-missing", "a", "2 files are missing: a, b"),
            Finding("x", "", "of the directory"),
        ]
    )
    assert [it.id for it in found] == ["missing", "x"]
    several = [Finding("file-missing", name, "2 files are missing: a, b") for name in ("a", "b")]
    assert without_doubles(several) == several[:1]
