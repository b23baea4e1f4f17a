"""The demo model directory of the context era: its shape, and that its parts work together."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from axchat.modeldir.script import Dialect, parse_script
from axchat.standin.__main__ import main
from axchat.standin.demo_context import write_context_demo
from support.standin_run import Run

SCRIPT = "run_qwen2.5_1.5b_ctx_standin_axcl_x86.sh"


def test_the_directory_has_the_vendors_shape(tmp_path: Path) -> None:
    """Scripts, programs, models, tokenizer and the cache's directory are named as the vendor's."""
    written = write_context_demo(tmp_path / "demo", port=12345, layers=3)

    assert {path.name for path in written.iterdir()} == {
        SCRIPT,
        SCRIPT.replace("x86", "aarch64"),
        "main_axcl_x86",
        "main_axcl_aarch64",
        "qwen2.5-standin-ctx-ax650",
        "qwen2.5_tokenizer_uid.py",
        "kvcache",
        "post_config.json",
        "config.json",
        "standin.json",
        "README.md",
    }
    assert (written / "config.json").stat().st_size == 0
    assert os.access(written / "main_axcl_x86", os.X_OK)


def test_the_script_is_one_of_the_context_dialect(tmp_path: Path) -> None:
    """It takes no argument, and its tokenizer is the uid server."""
    command = parse_script((write_context_demo(tmp_path, layers=1) / SCRIPT).read_text())

    assert command.dialect is Dialect.CONTEXT
    assert command.options["--kvcache_path"] == "./kvcache"


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``demo --dialect context``."""
    status = main(["demo", str(tmp_path / "d"), "--dialect", "context", "--layers", "1"])

    assert (status, capsys.readouterr().out) == (0, f"{tmp_path / 'd'}\n")
    assert (tmp_path / "d" / "qwen2.5_tokenizer_uid.py").exists()


def test_without_the_caches_directory_it_cannot_be_saved(tmp_path: Path) -> None:
    """``kvcache=False`` leaves it out, as vendors' repositories do."""
    assert not (write_context_demo(tmp_path, layers=1, kvcache=False) / "kvcache").exists()


def test_the_run_script_answers_a_conversation(tmp_path: Path) -> None:
    """Tokenizer, script and runner work together; a character that chunks tear is shown whole."""
    write_context_demo(tmp_path, layers=1)
    with subprocess.Popen(
        [sys.executable, "-u", "qwen2.5_tokenizer_uid.py", "--host", "127.0.0.1", "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as tokenizer:
        assert tokenizer.stdout is not None
        port = int(tokenizer.stdout.readline().rpartition(":")[2])
        try:
            answers = ["Hello, 深圳 🎉."]
            write_context_demo(tmp_path, port=port, layers=1, load_s=0, token_s=0, answers=answers)
            with Run([], tmp_path, command=["bash", SCRIPT]) as run:
                run.wait_for_end_of(b"prompt >> ")
                run.send(b"hi\n")
                run.wait_for(lambda printed: b"hit eos" in printed and printed.endswith(b"prompt >> "))
                run.send(b"q\n")
                status = run.finish()
        finally:
            tokenizer.terminate()

    assert status == 0
    assert "Hello, 深圳 🎉.\r\n\r\n".encode() in run.printed
    assert (tmp_path / "kvcache" / "k_cache_0.bin").exists()
