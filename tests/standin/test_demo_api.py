"""The demo model directory with the vendor's polled server: its shape, and what its script says."""

import json
import os
from pathlib import Path

import pytest

from axchat.modeldir.script import parse_script
from axchat.standin.__main__ import main
from axchat.standin.demo_api import write_api_demo

SCRIPT = "run_qwen2.5_1.5b_ctx_standin_api_axcl_x86.sh"


def test_the_server_stands_beside_the_console(tmp_path: Path) -> None:
    """Both programs and both scripts, as in the vendor's directories."""
    written = write_api_demo(tmp_path / "demo", layers=1, arch="axcl_x86", api_port=8123)
    command = parse_script((written / SCRIPT).read_text())

    assert os.access(written / "main_api_axcl_x86", os.X_OK)
    assert os.access(written / "main_axcl_x86", os.X_OK)
    assert command.is_api
    assert "--kvcache_path" not in command.options
    assert json.loads((written / "standin.json").read_text())["api_port"] == 8123


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``demo --dialect api``, with the vendor's port."""
    status = main(["demo", str(tmp_path / "d"), "--dialect", "api", "--layers", "1"])

    assert (status, capsys.readouterr().out) == (0, f"{tmp_path / 'd'}\n")
    assert json.loads((tmp_path / "d" / "standin.json").read_text())["api_port"] == 8000
