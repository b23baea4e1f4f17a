"""What a model here is, from its files alone; directories are written by the stand-in."""

import platform
from pathlib import Path

import pytest

from axchat.models.local import MIB, look
from axchat.models.stated import Stated
from axchat.standin.demo import write_demo
from axchat.standin.demo_axllm import write_axllm_demo
from axchat.standin.demo_context import write_context_demo

HERE = platform.machine()


def gguf(path: Path, *, quantisation: int = 3, context: int = 2048) -> Path:
    """The beginning of a GGUF file with what is read of it."""

    def text(value: str) -> bytes:
        return len(value).to_bytes(8, "little") + value.encode()

    def number(value: int) -> bytes:
        return (4).to_bytes(4, "little") + value.to_bytes(4, "little")

    name = (8).to_bytes(4, "little")
    values = [
        text("general.architecture") + name + text("llama"),
        text("general.name") + name + text("Tiny"),
        text("general.file_type") + number(quantisation),
        text("llama.context_length") + number(context),
    ]
    head = b"GGUF" + (3).to_bytes(4, "little") + (0).to_bytes(8, "little") + len(values).to_bytes(8, "little")
    path.write_bytes(head + b"".join(values))
    return path


def test_a_directory_of_the_script_era(tmp_path: Path) -> None:
    """Runner, dialect, layers, tokenizer and sizes come from the script for this machine."""
    folder = write_demo(tmp_path / "Qwen2.5-1.5B-GPTQ-Int4", layers=3)
    (folder / "qwen2.5-standin-ax650" / "qwen2_p128_l1_together.axmodel").write_bytes(b"x" * MIB)
    found = look(folder, "x86_64")
    assert (found.kind, found.engine, found.dialect) == ("script", "session", "legacy")
    assert (found.runner, found.layers) == ("./main_axcl_x86", 3)
    assert found.tokenizer == "tokenizer.json, served by axchat"
    assert found.quantisation == Stated("gptq-int4", "name of the directory: Qwen2.5-1.5B-GPTQ-Int4")
    assert found.chunk is not None
    assert found.chunk.value == 128
    assert found.weights_mib == 2  # a MiB and the small ones, rounded up
    layers = sum(file.stat().st_size for file in folder.glob("*/*.axmodel"))
    assert found.weights_bytes == layers
    embedding = next(folder.glob("*/*.bin")).stat().st_size
    assert found.size_bytes == layers + embedding + (folder / "main_axcl_x86").stat().st_size
    assert found.is_for_the_card
    assert found.problems == ()
    assert look(folder, "aarch64").runner == "./main_axcl_aarch64"


def test_a_directory_of_the_context_era(tmp_path: Path) -> None:
    """The options of its script tell the dialect and the card."""
    found = look(write_context_demo(tmp_path / "Qwen3", layers=2), HERE)
    assert (found.kind, found.dialect, found.devices) == ("script", "context", "0")


def test_an_axllm_directory(tmp_path: Path) -> None:
    """What the script says elsewhere is in config.json."""
    folder = write_axllm_demo(tmp_path / "Qwen-C128-P1152-CTX2047", layers=2, config={"devices": [0, 1]})
    found = look(folder, HERE)
    assert (found.kind, found.engine, found.dialect, found.runner) == ("axllm", "session", "axllm", None)
    assert (found.model_name, found.layers) == ("stand-in/Qwen2.5-1.5B-Instruct", 2)
    assert found.tokenizer == "qwen2.5_tokenizer.txt, Qwen2_5"
    assert found.devices == "0,1"
    assert (found.prefill and found.prefill.value, found.context and found.context.value) == (1152, 2047)
    assert found.weights_mib == 1


def test_a_run_script_stands_for_its_directory(tmp_path: Path) -> None:
    """One is named where several fit."""
    folder = write_demo(tmp_path / "Qwen", layers=2)
    script = next(folder.glob("run_*x86.sh"))
    script.rename(script.with_name("run_qwen_int8_axcl_x86.sh"))
    found = look(folder / "run_qwen_int8_axcl_x86.sh", HERE)
    assert found.runner == "./main_axcl_x86"
    assert found.quantisation == Stated("int8", "name of the script: run_qwen_int8_axcl_x86.sh")


def test_several_scripts_leave_the_size_open(tmp_path: Path) -> None:
    """Which weights are meant is not guessed; it is told as a problem."""
    folder = write_demo(tmp_path / "Qwen", layers=2)
    script = next(folder.glob("run_*x86.sh"))
    (folder / "run_other_axcl_x86.sh").write_text(script.read_text())
    found = look(folder, "x86_64")
    assert (found.weights_bytes, found.size_bytes, found.runner) == (None, None, None)
    assert "several scripts fit" in found.problems[0].text


def test_a_gguf_file(tmp_path: Path) -> None:
    """It states everything itself, and the card has nothing to do with it."""
    file = gguf(tmp_path / "tiny.gguf")
    found = look(file, HERE)
    assert (found.kind, found.engine, found.model_name) == ("gguf", "cpu", "Tiny")
    assert found.quantisation == Stated("Q4_1", "the file itself")
    assert found.context == Stated(2048, "the file itself")
    assert found.size_bytes == file.stat().st_size
    assert not found.is_for_the_card
    assert found.weights_mib is None


def test_what_is_missing_is_a_problem(tmp_path: Path) -> None:
    """And the sizes are of what is there."""
    folder = write_axllm_demo(tmp_path / "Qwen", layers=3)
    (folder / "qwen2_p128_l2_together.axmodel").unlink()
    found = look(folder, HERE)
    assert [problem.id for problem in found.problems] == ["file-missing"]
    assert found.weights_bytes == sum(file.stat().st_size for file in folder.glob("*.axmodel"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing", None),
        ("notes.txt", b"hello"),
        ("empty.gguf", b""),
        ("broken.gguf", b"GGUF" + b"\xff" * 50),
    ],
)
def test_what_is_no_model_is_told(tmp_path: Path, name: str, content: bytes | None) -> None:
    """Nothing is raised, and there is no engine for it."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    found = look(tmp_path / name, HERE)
    assert (found.kind, found.engine, found.weights_mib) == ("none", None, None)
    assert found.problems[0].id == "unusable"


def test_a_config_with_absurd_values_is_no_bug(tmp_path: Path) -> None:
    """It is data from the internet."""
    odd = {
        "axmodel_num": "9" * 50,
        "devices": {"a": []},
        "tokenizer_type": 7,
        "filename_post_axmodel": "../../x",
    }
    found = look(write_axllm_demo(tmp_path / "Qwen", layers=1, config=odd), HERE)
    assert (found.kind, found.layers, found.tokenizer) == ("axllm", None, None)
    assert {problem.id for problem in found.problems} >= {"leaves-directory", "bad-template"}
