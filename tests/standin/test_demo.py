"""The demo model directory: its shape, and that its script, runner and tokenizer work together."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from axchat.standin.__main__ import main
from axchat.standin.demo import write_demo
from support.standin_run import Run

SCRIPT = "run_qwen2.5_1.5b_standin_axcl_x86.sh"


@contextmanager
def tokenizer(directory: Path) -> Iterator[int]:
    """The demo's own tokenizer script on a free port."""
    with subprocess.Popen(
        [sys.executable, "-u", "qwen2.5_tokenizer.py", "--host", "127.0.0.1", "--port", "0"],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        port = int(process.stdout.readline().rpartition(":")[2])
        try:
            yield port
        finally:
            process.terminate()


class TestWriting:
    """What is written."""

    def test_the_directory_has_the_vendors_shape(self, tmp_path: Path) -> None:
        """Scripts, programs, models and tokenizer are named as the vendor's, executable where needed."""
        written = write_demo(tmp_path / "demo", port=12345, layers=3)

        names = {path.name for path in written.iterdir()}
        assert names == {
            SCRIPT,
            SCRIPT.replace("x86", "aarch64"),
            "main_axcl_x86",
            "main_axcl_aarch64",
            "qwen2.5-standin-ax650",
            "qwen2.5_tokenizer",
            "qwen2.5_tokenizer.py",
            "post_config.json",
            "config.json",
            "standin.json",
            "README.md",
        }
        assert len(list((written / "qwen2.5-standin-ax650").glob("*_p128_l*_together.axmodel"))) == 3
        assert (written / "config.json").stat().st_size == 0
        assert os.access(written / "main_axcl_x86", os.X_OK)

    def test_the_readme_says_that_it_is_no_card(self, tmp_path: Path) -> None:
        """Nobody can take it for a model."""
        readme = (write_demo(tmp_path, port=1) / "README.md").read_text()

        assert "stand-in" in readme
        assert "never a card" in readme

    def test_one_architecture_can_be_chosen(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The command writes what its options say and prints where."""
        status = main(["demo", str(tmp_path / "d"), "--arch", "axcl_x86", "--layers", "2", "--port", "7000"])

        assert (status, capsys.readouterr().out) == (0, f"{tmp_path / 'd'}\n")
        assert not (tmp_path / "d" / "main_axcl_aarch64").exists()
        assert "http://127.0.0.1:7000" in (tmp_path / "d" / SCRIPT).read_text()

    def test_a_place_that_cannot_be_written_is_reported(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """One line on stderr, status 1."""
        (tmp_path / "file").touch()

        assert main(["demo", str(tmp_path / "file")]) == 1
        assert "cannot write the demo" in capsys.readouterr().err


class TestRunning:
    """The demo's script, as a user runs the vendor's."""

    def test_the_run_script_answers_the_prompt(self, tmp_path: Path) -> None:
        """The answer crosses the tokenizer, in chunks of three ids: the emoji is torn, the text is not."""
        write_demo(tmp_path, layers=2, load_s=0, token_s=0, answers=["Hello, 深圳 🎉."])
        with tokenizer(tmp_path) as port:
            write_demo(tmp_path, port=port, layers=2, load_s=0, token_s=0, answers=["Hello, 深圳 🎉."])
            with Run(["hi"], tmp_path, command=["bash", SCRIPT]) as run:
                run.wait_for_end_of(b">> ")
                run.send(b"q\n")
                status = run.finish()

        assert status == 0
        assert "Hello, 深圳 \ufffd".encode() in run.printed
        assert run.printed.endswith(b">> q\r\n")

    def test_a_taken_port_is_reported(self, tmp_path: Path) -> None:
        """The tokenizer server says which address it cannot have, status 1."""
        write_demo(tmp_path, layers=1)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            result = subprocess.run(
                [sys.executable, "qwen2.5_tokenizer.py", "--host", "127.0.0.1", "--port", port],
                cwd=tmp_path,
                capture_output=True,
                text=True,
            )

        assert (result.returncode, f"cannot listen on 127.0.0.1:{port}" in result.stderr) == (1, True)
