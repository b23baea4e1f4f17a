"""Starts that fail at the device, in both consoles (facts: part I section 2.8, part II section 7)."""

import signal
from pathlib import Path

import pytest

from support import standin_model
from support.standin_run import Run
from support.standin_sessions import BUILDS, started
from support.tokenizer_server import TokenizerServer, from_vocabulary

WORKERS = ("multi", "context")


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    ("fail", "said", "complained"),
    [
        ("no-device", b"Get AXCL device failed{0x       0}, find total 0 device.", b""),
        ("setdevice", b"Set AXCL device failed{0x80300186}.", b"errno: 1 Operation not permitted"),
        ("engine-init", b"axclrtEngineInit ", b""),
        ("load-layer-1", b"AX_ENGINE_CreateHandle", b"load model fail"),
        ("create-context-0", b"AX_ENGINE_CreateContext", b""),
        ("io-info-1", b"AX_ENGINE_GetIOInfo", b""),
        ("mmap", b": mmap\x1b[0m", b""),
        ("memory-full-1", b"AX_ENGINE_CreateHandle", b"Malloc input(index: 0, size: 196608) failed! ret="),
        ("missing-layer", b"read_file", b""),
        ("load-post", b"init post axmodel(post.axmodel) failed", b"load model fail"),
        ("missing-post", b"init post axmodel(post.axmodel) failed", b""),
        ("missing-embed", b"embed file(embed.bin) open failed", b""),
        ("embed-size", b"embed file(embed.bin) size(0) not equal token_num(151936) * embed_size(1536)", b""),
        ("max-token-len", b"max_token_len(1023) > kv_cache_num(1022)", b""),
    ],
)
def test_a_start_that_fails_says_why_and_ends_with_255(
    fail: str, said: bytes, complained: bytes, build: str, tmp_path: Path
) -> None:
    """What the library says is on stderr, what the program says on stdout, and no marker comes."""
    with started(build, tmp_path, fail) as session:
        assert session.run.finish() == 255

    assert said in session.run.printed
    assert complained in session.run.stderr()
    assert bool(complained) == bool(session.run.stderr())
    assert session.ready not in session.run.printed
    assert session.run.printed.endswith(b"lLaMa.Init failed\x1b[0m\r\n") == (build in WORKERS)


@pytest.mark.parametrize("build", WORKERS)
def test_a_device_that_its_worker_did_not_open_is_told(build: str, tmp_path: Path) -> None:
    """Only builds with workers can say so."""
    with started(build, tmp_path, "not-inited") as session:
        assert session.run.finish() == 255

    assert b"AXCL device 0 not inited\r\n\x1b[0m" in session.run.printed


@pytest.mark.parametrize("build", ["axcl-llm", "context"])
def test_free_memory_that_cannot_be_read_is_no_failure(build: str, tmp_path: Path) -> None:
    """An error line for each layer, one on stderr, and -1 in the bars."""
    with started(build, tmp_path, "pcie-ids", remain_cmm_mb=77) as session:
        session.wait_for_marker(1)

        assert session.quit() == 0

    assert session.run.printed.count(b"get_pcie_ids failed") == 2
    assert session.run.stderr() == b"Failed to run command!\n" * 2
    assert b"init 1 axmodel ok" in session.run.printed
    assert b"remain_cmm(77 MB)" not in session.run.printed


@pytest.mark.parametrize("build", BUILDS)
def test_a_runtime_that_does_not_start_ends_with_its_code(build: str, tmp_path: Path) -> None:
    """Multi and context: silently; prefill says one line; axcl-llm fails in its first layer, with 255."""
    with started(build, tmp_path, "axclinit-7") as session:
        status = session.run.finish()

    assert status == (255 if build == "axcl-llm" else 7)
    if build == "context":
        assert session.run.printed == b""
    assert (b"axclInit() failed" in session.run.printed) == (build == "prefill")
    assert (b"init axmodel(l0.axmodel) failed" in session.run.printed) == (build == "axcl-llm")


@pytest.mark.parametrize("build", ["axcl-llm", "context"])
@pytest.mark.parametrize("fail", ["hang-setdevice", "hang-layer-1"])
def test_a_hang_at_the_device_ends_by_sigterm_only(fail: str, build: str, tmp_path: Path) -> None:
    """SIGINT changes nothing."""
    with started(build, tmp_path, fail) as session:
        session.run.wait_for(lambda printed: b"embed_selector init ok" in printed)
        session.run.kill(signal.SIGINT)
        session.run.wait_for(lambda printed: fail == "hang-setdevice" or b"init 0 axmodel ok" in printed)
        session.run.kill(signal.SIGTERM)

        assert session.run.finish() == -signal.SIGTERM

    assert b"init 1 axmodel ok" not in session.run.printed


@pytest.mark.parametrize("build", ["axcl-llm", "context"])
def test_a_missing_post_config_is_two_lines_and_no_failure(build: str, tmp_path: Path) -> None:
    """An error, a warning, and the start goes on."""
    with started(build, tmp_path, "missing-config") as session:
        session.wait_for_marker(1)

        assert session.quit() == 0

    assert b"config file(post_config.json) open failed" in session.run.printed
    assert b"load postprocess config(post_config.json) failed" in session.run.printed


def test_devices_that_are_no_numbers_abort(tmp_path: Path) -> None:
    """An exception of the standard library that nobody catches."""
    with Run(["--standin-build", "multi", "--prompt", "", "--devices", "a,b"], tmp_path) as run:
        assert run.finish() == -signal.SIGABRT

    assert b"std::invalid_argument'\n  what():  stoi" in run.stderr()


def test_layers_are_shared_out_among_devices(tmp_path: Path) -> None:
    """Each device starts, has its run of layers and its row in the table, and ends."""
    standin_model.write(tmp_path, layers=4)
    with TokenizerServer(from_vocabulary) as server:
        given = standin_model.arguments(server.address, layers=4)
        with Run(["--standin-build", "multi", *given, "--devices", "0,1"], tmp_path) as run:
            run.wait_for_end_of(b">> ")
            run.send(b"q\n")
            run.finish()

    for part in (b"start with devid 1", b"init 1 axmodel ok,devid(0)", b"init 2 axmodel ok,devid(1)"):
        assert part in run.printed
    assert b"|     0|             -1|\r\n|     1|             -1|\r\n" in run.printed
    assert b"AXCLWorker exit with devid 1" in run.printed
