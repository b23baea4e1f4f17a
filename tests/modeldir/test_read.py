"""Model directories on disk."""

import os
from pathlib import Path

import pytest

from axchat.errors import ModelError
from axchat.modeldir.files import Kind
from axchat.modeldir.read import Era, arch_for, command_of, look_at, problems, read
from support.modeldirs import LFS_POINTER, X86_64, axllm_era, elf, script_era


def test_a_script_directory_is_read(tmp_path: Path) -> None:
    """Scripts and tokenizer scripts are listed; an empty config.json means the script era."""
    model = read(script_era(tmp_path / "qwen"))
    assert model.era is Era.SCRIPT
    assert [s.name for s in model.scripts] == [
        "run_qwen2.5_1.5b_ax650.sh",
        "run_qwen2.5_1.5b_axcl_aarch64.sh",
        "run_qwen2.5_1.5b_axcl_x86.sh",
    ]
    assert [s.name for s in model.tokenizer_scripts] == ["qwen2.5_tokenizer.py"]
    assert model.chosen is None


def test_an_axllm_directory_is_read(tmp_path: Path) -> None:
    """A config.json with a model name means the axllm era."""
    model = read(axllm_era(tmp_path / "qwen3"))
    assert model.era is Era.AXLLM
    assert model.config["model_name"] == "qwen3"
    assert model.scripts == ()


@pytest.mark.parametrize(
    ("machine", "arch"),
    [("aarch64", "axcl_aarch64"), ("arm64", "axcl_aarch64"), ("x86_64", "axcl_x86"), ("AMD64", "axcl_x86")],
)
def test_machines_have_the_vendors_names(machine: str, arch: str) -> None:
    """platform.machine() is translated to the word in the script names."""
    assert arch_for(machine) == arch


def test_a_machine_without_runner_is_refused() -> None:
    """The vendor builds for two machines only."""
    with pytest.raises(ModelError, match="riscv64"):
        arch_for("riscv64")


def test_the_script_of_this_machine_is_chosen(tmp_path: Path) -> None:
    """Of the scripts for three targets exactly one fits; the HTTP server's script is left out."""
    folder = script_era(tmp_path / "qwen")
    (folder / "run_qwen2.5_1.5b_axcl_x86_api.sh").write_text("./main_api_axcl_x86 --devices 0\n")
    assert read(folder).script_for("axcl_x86").name == "run_qwen2.5_1.5b_axcl_x86.sh"


def test_no_or_several_fitting_scripts_are_refused(tmp_path: Path) -> None:
    """The message lists what there is, and the hint names one to choose."""
    folder = script_era(tmp_path / "qwen")
    (folder / "run_image_axcl_x86.sh").write_text("")
    with pytest.raises(ModelError, match=r"several scripts fit axcl_x86: run_image_axcl_x86\.sh") as caught:
        read(folder).script_for("axcl_x86")
    assert caught.value.hint is not None
    assert "run_image_axcl_x86.sh" in caught.value.hint
    (folder / "run_qwen2.5_1.5b_axcl_aarch64.sh").unlink()
    with pytest.raises(ModelError, match=r"no run_\*axcl_aarch64\*.sh") as caught:
        read(folder).script_for("axcl_aarch64")
    assert caught.value.hint is not None
    assert "run_image_axcl_x86.sh" in caught.value.hint


def test_a_script_named_itself_is_the_chosen_one(tmp_path: Path) -> None:
    """Naming one of several scripts settles which; its directory is the model's."""
    script = script_era(tmp_path / "qwen") / "run_qwen2.5_1.5b_ax650.sh"
    model = read(script)
    assert model.path == script.parent
    assert model.script_for("axcl_x86") == script
    assert model.era is Era.SCRIPT


@pytest.mark.parametrize("name", ["missing", "file", "empty", "other"])
def test_what_is_no_model_directory_is_refused(name: str, tmp_path: Path) -> None:
    """A path that is absent, a file, empty, or somebody else's directory raises ModelError."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/config.json").write_text('{"architectures": ["Qwen2ForCausalLM"]}')
    with pytest.raises(ModelError, match=name):
        read(tmp_path / name)


def test_a_damaged_config_counts_only_where_it_is_needed(tmp_path: Path) -> None:
    """Scripts do not need config.json; without scripts its damage is the finding."""
    folder = script_era(tmp_path / "qwen")
    (folder / "config.json").write_text("{")
    assert read(folder).era is Era.SCRIPT
    lone = tmp_path / "lone"
    lone.mkdir()
    (lone / "config.json").write_bytes(LFS_POINTER)
    with pytest.raises(ModelError, match=r"config\.json is not valid JSON"):
        read(lone)


def test_a_script_file_gives_its_command(tmp_path: Path) -> None:
    """The command of a real layout's script, through the file."""
    folder = script_era(tmp_path / "qwen", port=8080)
    command = command_of(folder / "run_qwen2.5_1.5b_axcl_x86.sh")
    assert command.runner == "./main_axcl_x86"
    assert command.tokenizer is not None
    assert command.tokenizer.port == 8080


def test_unusable_script_files_are_named(tmp_path: Path) -> None:
    """Missing, binary, huge and Windows scripts raise ModelError with the file's name."""
    cases = {"a.sh": b"\xff\xfe", "b.sh": b"#" * 70000, "c.sh": b"./main --a 1\r\n"}
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
    os.mkfifo(tmp_path / "fifo.sh")
    for name in [*cases, "fifo.sh", "absent.sh"]:
        with pytest.raises(ModelError) as caught:
            command_of(tmp_path / name)
        assert name in caught.value.message
    with pytest.raises(ModelError) as caught:
        command_of(tmp_path / "c.sh")
    assert caught.value.hint is not None
    assert str(tmp_path / "c.sh") in caught.value.hint


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_whole_directory_has_no_problems(machine: str, tmp_path: Path) -> None:
    """Everything is there for either machine."""
    assert problems(read(script_era(tmp_path / "qwen")), machine) == []


def test_a_whole_axllm_directory_has_no_problems(tmp_path: Path) -> None:
    """The files come from config.json there."""
    assert problems(read(axllm_era(tmp_path / "qwen3")), "x86_64") == []


def test_a_missing_axllm_file_is_a_problem(tmp_path: Path) -> None:
    """A layer that config.json counts must be there."""
    folder = axllm_era(tmp_path / "qwen3")
    (folder / "qwen3_p128_l1_together.axmodel").unlink()
    [problem] = problems(read(folder), "x86_64")
    assert problem.id == "file-missing"
    assert problem.names == ("qwen3_p128_l1_together.axmodel",)


def test_every_kind_of_damage_is_found(tmp_path: Path) -> None:
    """Exec bit, wrong machine, pointers, empty and missing files are told apart, grouped by kind."""
    folder = script_era(tmp_path / "my qwen")
    (folder / "main_axcl_aarch64").write_bytes(elf(X86_64))
    (folder / "main_axcl_aarch64").chmod(0o644)
    (folder / "qwen/qwen2_p128_l0_together.axmodel").write_bytes(LFS_POINTER)
    (folder / "qwen/model.embed_tokens.weight.bfloat16.bin").write_bytes(LFS_POINTER)
    (folder / "qwen/qwen2_p128_l1_together.axmodel").write_bytes(b"")
    (folder / "qwen/qwen2_p128_l3_together.axmodel").unlink()
    found = {problem.id: problem for problem in problems(read(folder), "aarch64")}
    assert set(found) == {"not-executable", "wrong-machine", "lfs-pointer", "empty-file", "file-missing"}
    assert len(found["lfs-pointer"].names) == 2
    assert found["file-missing"].names == ("qwen/qwen2_p128_l3_together.axmodel",)
    assert found["not-executable"].hint == f"chmod +x '{folder}/main_axcl_aarch64'"
    assert "built for x86_64, this machine is aarch64" in found["wrong-machine"].text


def test_a_runner_that_is_a_pointer_or_gone_is_one_problem(tmp_path: Path) -> None:
    """A pointer is not also called a wrong program."""
    folder = script_era(tmp_path / "qwen")
    (folder / "main_axcl_x86").write_bytes(LFS_POINTER)
    assert [p.id for p in problems(read(folder), "x86_64")] == ["lfs-pointer"]
    (folder / "main_axcl_x86").unlink()
    assert [p.id for p in problems(read(folder), "x86_64")] == ["runner-missing"]


def test_paths_outside_are_reported_and_not_looked_at(tmp_path: Path) -> None:
    """A script that names other people's files is reported, whether they exist or not."""
    folder = script_era(tmp_path / "qwen")
    (tmp_path / "secret").write_text("x")
    for path in ("../secret", str(tmp_path / "secret"), "/nonexistent/x"):
        (folder / "run_qwen2.5_1.5b_axcl_x86.sh").write_text(
            f"./main_axcl_x86 --filename_post_axmodel {path} --continue 1\n"
        )
        [problem] = problems(read(folder), "x86_64")
        assert problem.id == "leaves-directory"
        assert problem.names == (path,)


def test_an_unusable_script_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    """No script for the machine, or one that only a shell understands, is told as such."""
    folder = script_era(tmp_path / "qwen")
    assert [p.id for p in problems(read(folder), "riscv64")] == ["script-unusable"]
    (folder / "run_qwen2.5_1.5b_axcl_x86.sh").write_text("cd x && ./main\n")
    [problem] = problems(read(folder), "x86_64")
    assert problem.id == "script-unusable"
    assert "run_qwen2.5_1.5b_axcl_x86.sh" in problem.text


def test_files_are_seen_as_they_are(tmp_path: Path) -> None:
    """Kind, size, first bytes and exec bit; a FIFO is not opened and odd names do no harm."""
    file = tmp_path / "file"
    file.write_bytes(b"x" * 1000)
    os.mkfifo(tmp_path / "fifo")
    fact = look_at(file)
    assert (fact.kind, fact.size, len(fact.head), fact.executable) == (Kind.FILE, 1000, 64, False)
    assert look_at(tmp_path).kind is Kind.DIRECTORY
    assert look_at(tmp_path / "fifo").kind is Kind.SPECIAL
    assert look_at(tmp_path / "absent").kind is Kind.MISSING
    assert look_at(file / "below").kind is Kind.MISSING
    for name in ("a\0b", "\ud800", "x" * 5000):
        assert look_at(tmp_path / name).kind is Kind.UNREADABLE
