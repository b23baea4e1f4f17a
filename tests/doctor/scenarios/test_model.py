"""The model directory: files, runner, libraries, tokenizer, on a machine whose card is well."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from axchat.doctor.checks import runner
from axchat.doctor.result import Context, Status, exit_status
from support.elf_files import elf_program
from support.host_tree import PlantedProbes, host
from support.modeldirs import AARCH64, LFS_POINTER, X86_64, axllm_era, script_era
from support.verdicts import DATA, complaints, examine, first, verdict

MODEL = Path("/home/pi/my qwen")
RUNNER = "main_axcl_aarch64"
SCRIPT = "run_qwen2.5_1.5b_axcl_aarch64.sh"
TOKENIZER = {"http://127.0.0.1:12345/bos_id": b'{"bos_id": -1}'}
END = "http://127.0.0.1:12345/eos_id"
MIB = 1024 * 1024


def whole(folder: Path) -> None:
    """Nothing is changed."""


def lfs_runner(folder: Path) -> None:
    """The runner is a git-lfs pointer."""
    (folder / RUNNER).write_bytes(LFS_POINTER)


def lfs_layer(folder: Path) -> None:
    """A layer is a git-lfs pointer."""
    (folder / "qwen/qwen2_p128_l2_together.axmodel").write_bytes(LFS_POINTER)


def short_layer(folder: Path) -> None:
    """A layer is shorter than the others."""
    for layer in range(4):
        with (folder / f"qwen/qwen2_p128_l{layer}_together.axmodel").open("r+b") as file:
            file.truncate(3 * MIB if layer == 2 else 60 * MIB)


def too_large(folder: Path, layer_mib: int = 2048) -> None:
    """The layers have 8 GiB together."""
    for layer in range(4):
        with (folder / f"qwen/qwen2_p128_l{layer}_together.axmodel").open("r+b") as file:
            file.truncate(layer_mib * MIB)


def no_layer(folder: Path) -> None:
    """A layer is not there."""
    (folder / "qwen/qwen2_p128_l3_together.axmodel").unlink()


def empty_layer(folder: Path) -> None:
    """A layer has 0 bytes."""
    (folder / "qwen/qwen2_p128_l3_together.axmodel").write_bytes(b"")


def no_runner(folder: Path) -> None:
    """The runner is not there."""
    (folder / RUNNER).unlink()


def unfinished(folder: Path) -> None:
    """A download was broken off and its file taken from elsewhere."""
    cache = folder / ".cache/huggingface/download"
    cache.mkdir(parents=True)
    (cache / "model.bin.incomplete").write_bytes(b"x")


def not_executable(folder: Path) -> None:
    """The runner lost its executable bit."""
    (folder / RUNNER).chmod(0o644)


def other_machine(folder: Path) -> None:
    """The runner is that for x86."""
    (folder / RUNNER).write_bytes(elf_program(X86_64, []))


def web_page(folder: Path) -> None:
    """The runner is a saved web page."""
    (folder / RUNNER).write_bytes(b"<!DOCTYPE html><html></html>")


def wants(*libraries: str, glibc: str = "2.34") -> Callable[[Path], None]:
    """The runner needs these libraries and this glibc."""

    def change(folder: Path) -> None:
        versions = {"libc.so.6": (f"GLIBC_{glibc}", "GLIBC_2.17")}
        (folder / RUNNER).write_bytes(elf_program(AARCH64, [*libraries, "libc.so.6"], versions))

    return change


def no_script(folder: Path) -> None:
    """Only the script for x86 is there."""
    (folder / SCRIPT).unlink()


def cut_script(folder: Path) -> None:
    """The script is no single runner command."""
    (folder / SCRIPT).write_text("cd qwen && ./main\n")


def bad_count(folder: Path) -> None:
    """The number of layers makes no sense."""
    script = folder / SCRIPT
    script.write_text(script.read_text().replace("--axmodel_num 4", "--axmodel_num many"))


def outside(folder: Path) -> None:
    """The script names a file outside its directory."""
    script = folder / SCRIPT
    script.write_text(script.read_text().replace('"qwen/qwen2_post.axmodel"', '"../../etc/passwd"'))


CACHE = "== /etc/ld.so.cache\nglibc-ld.so.cache1.1\0libc.so.6\0libaxcl_rt.so\0\n"
STALE_CACHE = "== /etc/ld.so.cache\nglibc-ld.so.cache1.1\0libc.so.6\0\n"
NOEXEC = "== /proc/mounts\n/dev/mmcblk0p2 / ext4 rw 0 0\n/dev/sda1 /home/pi/my\\040qwen vfat rw,noexec 0 0\n"
OTHER_TOKENIZER = "== /proc/900/cmdline\npython3\0qwen2.5_tokenizer.py\0--port\x008080\0\n"
NOEXEC_ELSEWHERE = "== /proc/mounts\n/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /home/pi/my ext4 rw,noexec 0 0\n"
NO_LIBRARIES = f"{STALE_CACHE}!! /usr/lib/axcl"


@pytest.mark.parametrize(
    ("change", "machine", "expected", "status", "hint"),
    [
        (lfs_runner, "", "model.lfs-pointer", 4, "git lfs pull"),
        (lfs_layer, "", "model.lfs-pointer", 4, "git lfs pull"),
        (short_layer, "", "model.truncated", 4, "hf download"),
        (no_layer, "", "model.file-missing", 4, "download"),
        (empty_layer, "", "model.empty-file", 4, "download"),
        (no_runner, "", "model.runner-missing", 4, "download"),
        (not_executable, "", "model.not-executable", 4, f"chmod +x '{MODEL}/{RUNNER}'"),
        (whole, NOEXEC, "model.noexec", 4, "remount,exec '/home/pi/my qwen'"),
        (other_machine, "", "model.wrong-machine", 4, "aarch64"),
        (web_page, "", "model.not-a-program", 4, "download"),
        (wants("libaxcl_rt.so"), STALE_CACHE, "model.libraries", 4, "sudo ldconfig"),
        (
            wants("libaxcl_rt.so"),
            STALE_CACHE + "!! /usr/lib/axcl",
            "model.libraries",
            4,
            "--reinstall axclhost",
        ),
        (wants("libopencv_core.so.406"), CACHE, "model.libraries", 4, "libopencv-dev"),
        (wants("libgomp.so.1"), CACHE, "model.libraries", 4, "apt-file search libgomp.so.1"),
        (wants("libaxcl_rt.so", glibc="2.99"), CACHE, "model.glibc", 4, "upgrade"),
        (no_script, "", "model.script-unusable", 4, "download"),
        (cut_script, "", "model.script-unusable", 4, ""),
        (bad_count, "", "model.bad-template", 4, ""),
        (outside, "", "model.leaves-directory", 4, "read it"),
        (too_large, "", "model.memory", 7, "smaller model"),
        (whole, OTHER_TOKENIZER, "model.tokenizer-port", 9, "--port 12345"),
    ],
)
def test_what_is_wrong_with_a_model_comes_first(
    change: Callable[[Path], None], machine: str, expected: str, status: int, hint: str, tmp_path: Path
) -> None:
    """The first failure is the model's, the card being well, with its exit status and command."""
    services = {} if expected == "model.tokenizer-port" else TOKENIZER
    change(script_era(tmp_path / MODEL.relative_to("/")))
    results = examine(host("pi5", machine), tmp_path, model=MODEL, services=services)
    assert verdict(results) == (expected, "fail"), complaints(results)
    assert exit_status(results) == status
    assert hint in (first(results).hint or "")


@pytest.mark.parametrize(
    ("change", "services", "expected", "hint"),
    [
        (unfinished, TOKENIZER, "model.incomplete", "hf download"),
        (whole, {}, "model.tokenizer", "qwen2.5_tokenizer.py"),
        (whole, {**TOKENIZER, END: b'{"eos_id": 2}'}, "model.tokenizer", "of this directory"),
    ],
)
def test_what_may_be_wrong_is_a_warning(
    change: Callable[[Path], None], services: dict[str, bytes], expected: str, hint: str, tmp_path: Path
) -> None:
    """A silent tokenizer can be started, an unfinished download may not matter."""
    change(script_era(tmp_path / MODEL.relative_to("/")))
    results = examine(host("pi5"), tmp_path, model=MODEL, services=services)
    assert verdict(results) == (expected, "warn"), complaints(results)
    assert hint in (first(results).hint or "")


def test_a_silent_tokenizer_does_not_matter_where_axchat_serves_the_file(tmp_path: Path) -> None:
    """With a tokenizer.json the vendor's server is not needed: no warning."""
    folder = script_era(tmp_path / MODEL.relative_to("/"))
    (folder / "qwen2.5_tokenizer").mkdir()
    (folder / "qwen2.5_tokenizer" / "tokenizer.json").write_text("{}")
    results = examine(host("pi5"), tmp_path, model=MODEL, services={})
    [tokenizer] = [result for result in results if result.id == "model.tokenizer"]
    assert tokenizer.status == "ok"
    assert complaints(results) == []


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        (str(MODEL), "ok", "axchat's holder has it loaded"),
        (f"{MODEL}/{SCRIPT}", "ok", "axchat's holder has it loaded"),
        ("/home/pi/other", "skip", "has other on the card and unloads it first"),
    ],
)
def test_memory_that_the_holder_has_is_not_missing(path: str, status: str, part: str, tmp_path: Path) -> None:
    """A model that is loaded fits; another one makes room, so nothing is called too large."""
    too_large(script_era(tmp_path / MODEL.relative_to("/")))
    socket = "/tmp/axchat-1000/holder-0.sock"
    says = {"pid": 9, "spec": {"name": "other", "engine": "session", "path": path}}
    tree = host("pi5", f"== {socket}\n").plant(tmp_path)
    probes = PlantedProbes(tree, holders={f"{socket}/status": json.dumps(says).encode()})
    [memory] = [found for found in runner.check(probes, Context(DATA, MODEL)) if found.id == "model.memory"]
    assert memory.status == status
    assert part in memory.summary


@pytest.mark.parametrize(("layer_mib", "status"), [(1000, "ok"), (1500, "warn"), (1800, "fail")])
def test_buffers_need_memory_beside_the_weights(layer_mib: int, status: str, tmp_path: Path) -> None:
    """Four layers for a card with 7021 MiB left: 30 % more is expected, and without it a load may stop."""
    too_large(script_era(tmp_path / MODEL.relative_to("/")), layer_mib)
    results = examine(host("pi5"), tmp_path, model=MODEL, services=TOKENIZER)
    [memory] = [result for result in results if result.id == "model.memory"]
    assert memory.status == status


@pytest.mark.parametrize("body", [b"<html>502 Bad Gateway</html>", b"[]"])
def test_a_port_taken_by_another_program_fails(body: bytes, tmp_path: Path) -> None:
    """What answers there is no tokenizer."""
    script_era(tmp_path / MODEL.relative_to("/"))
    services = {"http://127.0.0.1:12345/bos_id": body}
    results = examine(host("pi5"), tmp_path, model=MODEL, services=services)
    assert verdict(results) == ("model.tokenizer", "fail")
    assert exit_status(results) == 9
    assert "ss -ltnp" in (first(results).hint or "")


@pytest.mark.parametrize(
    ("make", "change", "machine"),
    [
        (script_era, whole, ""),
        (script_era, wants("libaxcl_rt.so"), CACHE),
        (script_era, wants("libaxcl_rt.so"), STALE_CACHE + "== /usr/lib/libaxcl_rt.so\n"),
        (script_era, wants("libaxcl_rt.so", "libnever.so"), "!! /etc/ld.so.cache"),
        (script_era, whole, "!! /proc/mounts\n!! /usr/bin/getconf"),
        (
            script_era,
            whole,
            NOEXEC_ELSEWHERE,
        ),
        (axllm_era, whole, ""),
    ],
)
def test_a_good_model_gets_no_complaint(
    make: Callable[[Path], Path], change: Callable[[Path], None], machine: str, tmp_path: Path
) -> None:
    """Both kinds of directory, also where the loader's cache cannot be read."""
    change(make(tmp_path / MODEL.relative_to("/")))
    results = examine(host("pi5", machine), tmp_path, model=MODEL, services=TOKENIZER)
    assert complaints(results) == []
    assert next(r.status for r in results if r.id == "model.directory") is Status.OK


def test_an_axllm_directory_with_an_empty_config_is_named(tmp_path: Path) -> None:
    """Axllm stops at it with a parse error."""
    folder = axllm_era(tmp_path / MODEL.relative_to("/"))
    (folder / "config.json").write_text("")
    results = examine(host("pi5"), tmp_path, model=MODEL)
    assert verdict(results) == ("model.empty-config", "fail")
    assert exit_status(results) == 4


def test_no_such_directory_is_named(tmp_path: Path) -> None:
    """A path that is not there."""
    results = examine(host("pi5"), tmp_path, model=MODEL)
    assert verdict(results) == ("model.directory", "fail")


def test_a_dead_card_comes_before_the_model(tmp_path: Path) -> None:
    """Bus before files: the model's failure is listed, the card's is the verdict."""
    no_layer(script_era(tmp_path / MODEL.relative_to("/")))
    results = examine(host("pi5", "!! /dev/axcl_host"), tmp_path, model=MODEL, services=TOKENIZER)
    assert verdict(results) == ("driver.nodes", "fail")
    assert "model.file-missing" in {r.id for r in results}


@pytest.mark.parametrize(
    "body", [b'{"eos_id": 151645}', b'{"eos_id": 151643}', b'{"eos_id": null}', b"[", b"[]"]
)
def test_a_tokenizer_of_the_right_family_is_fine(body: bytes, tmp_path: Path) -> None:
    """Both ends of the Qwen family; an answer that says nothing proves nothing."""
    script_era(tmp_path / MODEL.relative_to("/"))
    results = examine(host("pi5"), tmp_path, model=MODEL, services={**TOKENIZER, END: body})
    assert complaints(results) == []
