"""A model directory through the doctor's eyes."""

from dataclasses import replace
from pathlib import Path

import pytest

from axchat.doctor.checks import model_dir
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.probes import Uname
from axchat.doctor.result import CheckResult, Status
from support.machines import CONTEXT, by_id, only
from support.modeldirs import LFS_POINTER, axllm_era, script_era

X86 = Uname("6.1.0", "x86_64")
SCRIPT = "run_qwen2.5_1.5b_axcl_x86.sh"


def look(
    folder: Path, body: bytes | None = b'{"bos_id": -1}', url: str = "http://127.0.0.1:12345"
) -> FakeProbes:
    """An x86 machine on which a tokenizer may answer."""
    return FakeProbes(kernel=X86, services={} if body is None else {f"{url}/bos_id": body})


def examine(folder: Path, probes: FakeProbes | None = None) -> list[CheckResult]:
    """The results for a directory."""
    return model_dir.check(probes or look(folder), replace(CONTEXT, model_dir=folder))


def test_without_a_directory_there_is_nothing_to_check() -> None:
    """Naming one is optional."""
    assert only(model_dir.check(FakeProbes(), CONTEXT)).status is Status.SKIP


def test_a_whole_directory_with_its_tokenizer_passes(tmp_path: Path) -> None:
    """Directory, files and tokenizer are fine; the tokenizer is asked for its two ends, with a time limit."""
    folder = script_era(tmp_path / "qwen")
    probes = look(folder)
    found = by_id(examine(folder, probes))
    assert {name: r.status for name, r in found.items()} == {
        "model.directory": Status.OK,
        "model.files": Status.OK,
        "model.tokenizer": Status.OK,
    }
    limit = model_dir.TOKENIZER_TIMEOUT_S
    assert probes.fetched == [(f"http://127.0.0.1:12345/{name}", limit) for name in ("bos_id", "eos_id")]
    assert probes.started == []


def test_one_of_several_scripts_can_be_examined(tmp_path: Path) -> None:
    """The script itself may be named."""
    folder = script_era(tmp_path / "qwen")
    assert by_id(examine(folder / SCRIPT, look(folder)))["model.files"].status is Status.OK


def test_an_axllm_directory_needs_no_tokenizer_server(tmp_path: Path) -> None:
    """Axllm holds its tokenizer, so nothing is asked."""
    folder = axllm_era(tmp_path / "qwen3")
    probes = look(folder)
    assert set(by_id(examine(folder, probes))) == {"model.directory", "model.files"}
    assert probes.fetched == []


def test_what_is_no_model_directory_fails(tmp_path: Path) -> None:
    """The exit status is that of the model layer."""
    result = only(examine(tmp_path))
    assert (result.id, result.status, result.exit_status) == ("model.directory", Status.FAIL, 4)


def test_every_problem_is_a_failure_of_its_own(tmp_path: Path) -> None:
    """Ids come from the problems; the chmod hint can be pasted from anywhere."""
    folder = script_era(tmp_path / "my qwen")
    (folder / "main_axcl_x86").chmod(0o644)
    (folder / "qwen/qwen2_post.axmodel").write_bytes(LFS_POINTER)
    found = by_id(examine(folder))
    assert "model.files" not in found
    assert (found["model.lfs-pointer"].status, found["model.lfs-pointer"].exit_status) == (Status.FAIL, 4)
    assert found["model.lfs-pointer"].facts["files"] == ["qwen/qwen2_post.axmodel"]
    assert found["model.not-executable"].hint == f"chmod +x '{folder}/main_axcl_x86'"


def test_an_unusable_script_is_told_once(tmp_path: Path) -> None:
    """No tokenizer is looked for when the script cannot be read."""
    folder = script_era(tmp_path / "qwen")
    (folder / SCRIPT).write_text("cd x && ./main\n")
    assert set(by_id(examine(folder))) == {"model.directory", "model.script-unusable"}


def test_a_silent_tokenizer_is_a_warning_with_the_command_to_start_it(tmp_path: Path) -> None:
    """The directory's own tokenizer script is offered, with the address of the run script."""
    folder = script_era(tmp_path / "qwen", port=8123)
    result = by_id(examine(folder, look(folder, None)))["model.tokenizer"]
    assert result.status is Status.WARN
    assert result.hint == f"start it: python3 {folder}/qwen2.5_tokenizer.py --host 127.0.0.1 --port 8123"


def test_a_silent_tokenizer_that_nobody_can_start_fails(tmp_path: Path) -> None:
    """Without a tokenizer script the runner cannot be used."""
    folder = script_era(tmp_path / "qwen")
    (folder / "qwen2.5_tokenizer.py").unlink()
    result = by_id(examine(folder, look(folder, None)))["model.tokenizer"]
    assert (result.status, result.exit_status) == (Status.FAIL, 9)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"bos_id": -1}', Status.OK),
        (b'{"bos_id": null}', Status.OK),
        (b'{"error": "Invalid uid"}', Status.OK),
        (b"error", Status.FAIL),
        (b"<html></html>", Status.FAIL),
        (b"[1]", Status.FAIL),
        (b"{}", Status.FAIL),
        (b"", Status.FAIL),
        (b"\xff", Status.FAIL),
        (b"[" * 100000, Status.FAIL),
    ],
)
def test_another_program_on_the_port_is_told_apart(body: bytes, status: Status, tmp_path: Path) -> None:
    """Old and uid tokenizers answer /bos_id with a JSON object; anything else is another program."""
    folder = script_era(tmp_path / "qwen")
    result = by_id(examine(folder, look(folder, body)))["model.tokenizer"]
    assert result.status is status
    if status is Status.FAIL:
        assert result.exit_status == 9


@pytest.mark.parametrize("host", ["example.com", "192.168.1.5", "127.0.0.1.example.com", "0.0.0.0"])
def test_other_machines_are_not_asked(host: str, tmp_path: Path) -> None:
    """A downloaded script cannot make the doctor call an address of its choice."""
    folder = script_era(tmp_path / "qwen")
    script = folder / SCRIPT
    script.write_text(script.read_text().replace("127.0.0.1", host))
    probes = look(folder)
    result = by_id(examine(folder, probes))["model.tokenizer"]
    assert result.status is Status.WARN
    assert host in result.summary
    assert probes.fetched == []


@pytest.mark.parametrize("host", ["localhost", "127.0.1.1", "[::1]"])
def test_every_loopback_address_is_asked(host: str, tmp_path: Path) -> None:
    """Scripts write loopback in several ways."""
    folder = script_era(tmp_path / "qwen")
    script = folder / SCRIPT
    script.write_text(script.read_text().replace("127.0.0.1", host))
    probes = look(folder)
    examine(folder, probes)
    assert probes.fetched == [(f"http://{host.strip('[]')}:12345/bos_id", model_dir.TOKENIZER_TIMEOUT_S)]


def test_a_tokenizer_file_is_a_file(tmp_path: Path) -> None:
    """A runner with its own tokenizer needs no server."""
    folder = script_era(tmp_path / "qwen")
    script = folder / SCRIPT
    script.write_text(script.read_text().replace("http://127.0.0.1:12345", "qwen/tokenizer.model"))
    found = by_id(examine(folder))
    assert found["model.file-missing"].facts["files"] == ["qwen/tokenizer.model"]
    assert "model.tokenizer" not in found
