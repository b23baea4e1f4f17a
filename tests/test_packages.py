"""Wheel and sdist: the same from the tree and from the sdist, with all that belongs there, of one version."""

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import axchat

ROOT = Path(__file__).parents[1]
INSTALLED = ROOT / "docs" / "installed"
PREFIX = f"axchat-{axchat.__version__}"


def built(kind: str, tree: Path, into: Path) -> Path:
    """A wheel or sdist, made by flit in a process of its own."""
    program = f"from flit_core import buildapi; print(buildapi.build_{kind}({str(into)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tree, capture_output=True, text=True, check=True
    )
    return into / done.stdout.strip()


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked sdist."""
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run(["tar", "--extract", "--file", built("sdist", ROOT, folder)], cwd=folder, check=True)
    return folder / PREFIX


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that is made from the sdist."""
    return zipfile.ZipFile(built("wheel", sdist, tmp_path_factory.mktemp("wheel")))


def test_the_wheel_is_the_same_from_the_tree(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Name, size and hash of every file, as the wheel's record tells them."""
    from_tree = zipfile.ZipFile(built("wheel", ROOT, tmp_path))
    record = f"{PREFIX}.dist-info/RECORD"

    assert wheel.read(record) == from_tree.read(record)


def test_the_wheel_has_the_package_and_what_lies_beside_it(wheel: zipfile.ZipFile) -> None:
    """Every module; man pages and completions as files, not links; the licence."""
    modules = {
        str(file.relative_to(ROOT / "src"))
        for file in (ROOT / "src/axchat").rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }
    data = {
        f"{PREFIX}.data/data/{file.relative_to(INSTALLED)}": file.read_bytes()
        for file in INSTALLED.rglob("*")
        if file.is_file()
    }
    info = {f"{PREFIX}.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")}

    assert set(wheel.namelist()) == modules | set(data) | info | {f"{PREFIX}.dist-info/licenses/LICENSE"}
    assert {name: wheel.read(name) for name in data} == data


@pytest.mark.skipif(
    not (ROOT / ".git").exists() or shutil.which("git") is None, reason="no checkout, or no git to ask"
)
def test_the_sdist_has_every_file(sdist: Path) -> None:
    """Of the checkout: the tests run in it, documents, completions and the licence are there."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = set(listed.stdout.splitlines())

    assert {name for name in files if not (sdist / name).is_file()} == {".gitignore"}


def test_there_is_one_version(wheel: zipfile.ZipFile) -> None:
    """Of the package, its metadata, what is installed, the changelog's head, and the man pages."""
    metadata = wheel.read(f"{PREFIX}.dist-info/METADATA").decode()
    changelog = (ROOT / "docs/CHANGELOG.md").read_text(encoding="utf-8")
    pages = [file.read_text(encoding="utf-8") for file in INSTALLED.rglob("*.1")]

    assert re.findall(r"^Version: (.+)$", metadata, re.MULTILINE) == [axchat.__version__]
    assert re.search(r"^## ([^,\n]+)", changelog, re.MULTILINE)[1] == axchat.__version__
    assert {re.search(r'"axchat (\S+)"', page)[1] for page in pages} == {axchat.__version__}
    assert version("axchat") == axchat.__version__
