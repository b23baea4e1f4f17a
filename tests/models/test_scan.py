"""Models are found below directories, and nothing else is."""

import tempfile
from pathlib import Path

import pytest

from axchat.models.scan import MAX_DEPTH, choices, scan
from axchat.standin.demo import write_demo
from axchat.standin.demo_axllm import write_axllm_demo

MACHINE = "x86_64"


def found(root: Path, **options: int) -> list[str]:
    """What is found below, relative to it."""
    return [str(path.relative_to(root)) for path in scan([root], MACHINE, **options).found]


def put_gguf(path: Path) -> Path:
    """A file that begins as one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF" + bytes(20))
    return path


def test_both_eras_and_gguf_files_are_found(tmp_path: Path) -> None:
    """In the order of their names; a vendor's directory is not gone into."""
    write_demo(tmp_path / "a" / "Qwen2.5", layers=1)
    put_gguf(tmp_path / "a" / "Qwen2.5" / "inside" / "x.gguf")
    write_axllm_demo(tmp_path / "b" / "Qwen3", layers=1)
    put_gguf(tmp_path / "c" / "tiny.gguf")
    assert found(tmp_path) == ["a/Qwen2.5", "b/Qwen3", "c/tiny.gguf"]


def test_a_root_may_be_the_model(tmp_path: Path) -> None:
    """Somebody stands in it."""
    assert found(write_demo(tmp_path / "Qwen", layers=1)) == ["."]


def test_scripts_and_configs_of_others_are_no_models(tmp_path: Path) -> None:
    """Source trees have both; a file of another kind may end in .gguf."""
    (tmp_path / "run_tests.sh").write_text("pytest\n")
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "config.json").write_text('{"model_type": "qwen2", "model_name": "x"}')
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text('{"model_name": "x", "a": ".axmodel"')
    (tmp_path / "false.gguf").write_text("no")
    put_gguf(tmp_path / "mmproj-vision.gguf")
    put_gguf(tmp_path / "big-00001-of-00002.gguf")
    put_gguf(tmp_path / "big-00002-of-00002.gguf")
    assert found(tmp_path) == ["big-00001-of-00002.gguf"]


def test_links_are_not_followed_into_directories(tmp_path: Path) -> None:
    """A loop ends, and what lies elsewhere is not found; a link to a file is that file."""
    (tmp_path / "elsewhere").mkdir()
    write_demo(tmp_path / "elsewhere" / "Qwen", layers=1)
    root = tmp_path / "root"
    root.mkdir()
    (root / "loop").symlink_to(root)
    (root / "other").symlink_to(tmp_path / "elsewhere")
    (root / "dangling.gguf").symlink_to(root / "nothing")
    (root / "tiny.gguf").symlink_to(put_gguf(tmp_path / "blobs" / "1234"))
    assert found(root) == ["tiny.gguf"]


def test_the_hubs_cache_is_found(tmp_path: Path) -> None:
    """Its directories are real and its files are links; a root may be hidden, what is below may not."""
    revision = tmp_path / ".cache" / "hub" / "models--AXERA-TECH--Qwen3" / "snapshots" / "0123"
    write_axllm_demo(revision, layers=1)
    assert found(tmp_path) == []
    assert found(tmp_path / ".cache") == ["hub/models--AXERA-TECH--Qwen3/snapshots/0123"]


def test_depth_and_count_have_an_end(tmp_path: Path) -> None:
    """The scan says why it ended."""
    deep = tmp_path
    for _ in range(MAX_DEPTH + 1):
        deep = deep / "d"
    put_gguf(deep / "too-deep.gguf")
    put_gguf(deep.parent / "deep.gguf")
    result = scan([tmp_path], MACHINE)
    assert [path.name for path in result.found] == ["deep.gguf"]
    assert result.cut == ""
    assert scan([tmp_path], MACHINE, max_directories=3).cut == "after 3 directories"


def test_other_file_systems_are_not_entered() -> None:
    """As ``/proc`` and a network's are: from /dev, what lies in /dev/shm is not found."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == shared.parent.stat().st_dev:
        pytest.skip("/dev/shm is no file system of its own here")
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        put_gguf(Path(folder) / "tiny.gguf")
        assert scan([shared.parent], MACHINE).found == ()
        assert Path(folder) / "tiny.gguf" in scan([shared], MACHINE).found


def test_what_is_no_directory_is_told(tmp_path: Path) -> None:
    """It is missing, or a file."""
    (tmp_path / "file").write_text("")
    result = scan([tmp_path / "missing", tmp_path / "file"], MACHINE)
    assert [why for _, why in result.unreadable] == ["No such file or directory", "Not a directory"]


def test_several_fitting_scripts_are_several_models(tmp_path: Path) -> None:
    """Of another machine or for an HTTP server they are not; one is the directory."""
    folder = write_demo(tmp_path / "Qwen", layers=1)
    text = next(folder.glob("run_*x86.sh")).read_text()
    (folder / "run_api_axcl_x86.sh").write_text(text)
    assert choices(folder, MACHINE) == [folder]
    (folder / "run_int4_axcl_x86.sh").write_text(text)
    assert [path.name for path in choices(folder, MACHINE)] == [
        "run_int4_axcl_x86.sh",
        "run_qwen2.5_1.5b_standin_axcl_x86.sh",
    ]
    assert len(found(tmp_path)) == 2
    assert choices(folder / "run_int4_axcl_x86.sh", MACHINE) == [folder / "run_int4_axcl_x86.sh"]
    assert choices(tmp_path, MACHINE) == []
    assert choices(folder, "riscv64") == []
