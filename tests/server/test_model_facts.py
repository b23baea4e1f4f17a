"""Lists of models tell what the files tell, and nothing else."""

import os
from pathlib import Path

import pytest

from axchat.server.model_facts import ModelFacts, digest_of, facts_about
from axchat.wire.holder import ModelSpec


def spec(path: Path, engine: str = "session", **options: int) -> ModelSpec:
    """A model of these files."""
    return ModelSpec("m", engine, str(path), tuple(options.items()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model directory of two files of 300 bytes, the newer one of the year 2001."""
    folder = tmp_path / "model"
    (folder / "weights").mkdir(parents=True)
    for name, size, when in (("weights/l0.axmodel", 100, 5.0), ("run_x.sh", 200, 1_000_000_000.0)):
        (folder / name).write_bytes(b"x" * size)
        os.utime(folder / name, (when, when))
    return folder


def test_a_directory_is_counted(folder: Path) -> None:
    """Size is that of all files, the time that of the newest, the format by the names."""
    facts = facts_about(spec(folder))
    assert facts.size == 300
    assert facts.modified_at is not None
    assert facts.modified_at.isoformat() == "2001-09-09T01:46:40+00:00"
    assert facts.format == "axmodel"
    assert len(facts.digest) == 64
    assert facts.gguf.architecture is None
    assert facts.context_tokens is None


def test_a_script_stands_for_its_directory(folder: Path) -> None:
    """A model that was named by its run script has the same files."""
    assert facts_about(spec(folder / "run_x.sh")) == facts_about(spec(folder))


def test_hidden_files_are_no_part(folder: Path) -> None:
    """What a download tool keeps beside the model is not the model."""
    before = facts_about(spec(folder))
    (folder / ".cache").mkdir()
    (folder / ".cache" / "l0.axmodel").write_bytes(b"x" * 500)
    (folder / ".lock").write_bytes(b"x")
    assert facts_about(spec(folder)) == before


def test_the_digest_changes_with_a_file(folder: Path) -> None:
    """Another size or time of change is another digest, the same files give the same one."""
    before = facts_about(spec(folder)).digest
    assert facts_about(spec(folder)).digest == before
    os.utime(folder / "run_x.sh", (1.0, 1.0))
    assert facts_about(spec(folder)).digest != before


def test_the_digest_does_not_depend_on_an_order() -> None:
    """The order in which a directory lists its files is no fact."""
    assert digest_of("/m", [("a", 1, 2), ("b", 3, 4)]) == digest_of("/m", [("b", 3, 4), ("a", 1, 2)])


@pytest.mark.parametrize("made", ["nothing", "a loop", "an empty folder", "a NUL"])
def test_what_cannot_be_read_says_nothing(made: str, tmp_path: Path) -> None:
    """A list of models does not fail because one of them is gone or damaged."""
    path = tmp_path / "m"
    if made == "a loop":
        path.symlink_to(path)
    elif made == "an empty folder":
        path.mkdir()
    elif made == "a NUL":
        path = Path(f"{path}\0")
    assert facts_about(spec(path)) == ModelFacts()


def test_some_other_directory_is_not_counted(folder: Path) -> None:
    """A directory with very many files is no model, and counting them would block the list."""
    assert facts_about(spec(folder), max_files=2).size == 300
    assert facts_about(spec(folder), max_files=1) == ModelFacts()


def test_no_path_no_facts() -> None:
    """The model of another server has no files here."""
    assert facts_about(ModelSpec("far", "openai", None)) == ModelFacts()


@pytest.mark.model
def test_the_small_model(small_model: Path) -> None:
    """A GGUF says its family, size and quantization; the context is what was set, not the model's maximum."""
    facts = facts_about(spec(small_model, "cpu"))
    assert (facts.format, facts.gguf.architecture, facts.gguf.size_label) == ("gguf", "llama", "135M")
    assert facts.size == small_model.stat().st_size
    assert facts.context_tokens is None
    assert facts.values["llama.context_length"] == 8192
    assert facts_about(spec(small_model, "cpu", cpu_context=2048)).context_tokens == 2048
    assert facts_about(spec(small_model, "cpu", cpu_context=16_000)).context_tokens == 8192
