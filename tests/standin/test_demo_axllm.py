"""The demo model directory of the axllm era: its shape, and that its program works."""

import os
from pathlib import Path

import pytest

from axchat.modeldir.read import Era, read
from axchat.standin.__main__ import main
from axchat.standin.demo_axllm import MODEL_NAME, write_axllm_demo
from support.standin_axllm import PLAIN
from support.standin_run import Run


def test_the_directory_has_the_vendors_shape(tmp_path: Path) -> None:
    """Flat, with a configuration and no run script; the program is beside them."""
    written = write_axllm_demo(tmp_path / "demo", layers=1)

    assert {path.name for path in written.iterdir()} == {
        "axllm",
        "config.json",
        "post_config.json",
        "qwen2.5_tokenizer.txt",
        "qwen2_p128_l0_together.axmodel",
        "qwen2_post.axmodel",
        "model.embed_tokens.weight.bfloat16.bin",
        "standin.json",
        "README.md",
    }
    directory = read(written)
    assert directory.era is Era.AXLLM
    assert directory.config["model_name"] == MODEL_NAME
    assert os.access(written / "axllm", os.X_OK)


def test_the_program_converses(tmp_path: Path) -> None:
    """The answers are given in turn, from whatever directory it is started."""
    demo = write_axllm_demo(tmp_path / "demo", layers=1, load_s=0, token_s=0, answers=["one", "two"])
    with Run([], tmp_path, stderr_on_pty=True, echo=False, env=PLAIN, command=[str(demo / "axllm")]) as usage:
        usage.finish()
    command = [str(demo / "axllm"), "run", str(demo)]
    with Run([], tmp_path, stderr_on_pty=True, echo=False, env=PLAIN, command=command) as run:
        run.wait_for(lambda printed: printed.endswith(b"prompt >> "))
        run.send(b"a\nb\n/q\n")
        status = run.finish()

    assert b"Usage:" in usage.printed
    assert status == 0
    assert b" ms\r\none\r\n\r\n" in run.printed
    assert b" ms\r\ntwo\r\n\r\n" in run.printed


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``demo --dialect axllm``."""
    status = main(["demo", str(tmp_path / "d"), "--dialect", "axllm", "--layers", "1"])

    assert (status, capsys.readouterr().out) == (0, f"{tmp_path / 'd'}\n")
    assert (tmp_path / "d" / "axllm").exists()
