"""``axchat doctor`` as a process: explaining, selecting, bundling, on pipes and on a terminal."""

import json
import os
import platform
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from axchat.modeldir.read import arch_for
from support.cli import OnTerminal, axchat


class TestExplain:
    """``--explain`` decodes and checks nothing."""

    def test_codes_in_several_spellings(self) -> None:
        """A negative code is no option; each code has its paragraph; an unknown one says so."""
        outcome = axchat("doctor", "--explain", "-2144337530", "{0x80300181}", "0x12345678").assert_ok()
        text = outcome.out.decode()
        assert "0x80300186 (-2144337530)  AXCL_ERR_DEVICE_PORT_ALLOCATE" in text
        assert "AXCL_ERR_DEVICE_NO_CONNECT" in text
        assert "unknown code" in text
        assert len(text.split("\n\n")) == 3

    def test_a_log_on_standard_input(self) -> None:
        """``-`` reads it; bytes that are not UTF-8 and escape sequences do not matter."""
        log = b"\xff\x1b[31m[E][init][386]: Set AXCL device failed{0x80300186}.\n\x1b[2J"
        outcome = axchat("doctor", "--explain", "-", stdin=log).assert_ok()
        assert b"PORT_ALLOCATE" in outcome.out
        assert b"\x1b" not in outcome.out

    def test_json(self) -> None:
        """Programs get every field."""
        report = json.loads(axchat("doctor", "--json", "--explain", "0x800B0018").assert_ok().out)
        assert report["schema"] == 1
        [code] = report["codes"]
        assert (code["code"], code["signed"], code["known"]) == ("0x800b0018", -2146762728, True)
        assert code["causes"]
        assert code["action"]

    @pytest.mark.parametrize(
        ("arguments", "part"),
        [
            (["--explain", "hello"], "no AXCL error code in 'hello'"),
            (["--explain", "-"], "no AXCL error code in ''"),
            (["--explain"], "--explain needs a code"),
            (["--jsn"], "did you mean --json?"),
            (["0x80300186"], "axchat doctor --explain 0x80300186"),
            (["--only", "pci.devise"], "did you mean pci.device?"),
            (["--skip", "modle"], "did you mean model?"),
        ],
    )
    def test_bad_input_is_one_clear_error(self, arguments: list[str], part: str) -> None:
        """Exit status 2, nothing on standard output, and what to do."""
        outcome = axchat("doctor", *arguments)
        assert (outcome.status, outcome.out) == (2, b"")
        assert part in outcome.err
        assert "Traceback" not in outcome.err


class TestReport:
    """The report on a machine without card and driver."""

    def test_the_verdict_comes_fast_and_names_what_works(self) -> None:
        """No card, exit 5, the CPU engine, within 2 s of this process's own computing time."""
        before = os.times()
        outcome = axchat("doctor")
        after = os.times()
        first = outcome.out.decode().split("\n\n")[0]
        assert outcome.status == 5
        assert first.startswith("no card: ")
        assert "try first: " in first
        assert "axchat run" in first
        assert (after.children_user + after.children_system) - (
            before.children_user + before.children_system
        ) < 2

    def test_a_selection_reports_nothing_else(self) -> None:
        """--only with a group, less one id."""
        outcome = axchat("doctor", "--json", "--only", "host", "--skip", "host.proxy").assert_ok()
        ids = {check["id"] for check in json.loads(outcome.out)["checks"]}
        assert "host.machine" in ids
        assert all(name.startswith("host.") for name in ids)
        assert "host.proxy" not in ids

    def test_verbose_shows_raw_facts(self) -> None:
        """Facts that the plain report leaves out."""
        assert b"free_bytes = " in axchat("doctor", "--only", "axchat", "--verbose").out
        assert b"free_bytes = " not in axchat("doctor", "--only", "axchat").out

    def test_a_broken_configuration_is_a_finding(self, tmp_path: Path) -> None:
        """Other commands stop at it; the doctor says so and goes on."""
        config = tmp_path / "config.toml"
        config.write_text("engine = 7\n")
        outcome = axchat("doctor", "--json", env={"AXCHAT_CONFIG": str(config)})
        checks = {check["id"]: check for check in json.loads(outcome.out)["checks"]}
        assert outcome.status == 5
        assert checks["axchat.config"]["status"] == "warn"
        assert "pci.device" in checks

    def test_a_terminal_gets_colour_and_its_width(self) -> None:
        """Sentences wrap at 50 columns; the verdict stands on the first line."""
        with OnTerminal("doctor", columns=50, env={"NO_COLOR": ""}) as terminal:
            assert terminal.wait() == 5
        rows = re.sub(rb"\x1b\[[0-9;]*m", b"", terminal.raw).decode().splitlines()
        assert b"\x1b[" in terminal.raw
        assert rows[0].startswith("no card: ")
        assert all(len(row) <= 50 for row in rows if "->" not in row and "try first" not in row)

    def test_no_color_is_obeyed(self) -> None:
        """Weight may stay, colour goes."""
        with OnTerminal("doctor", env={"NO_COLOR": "1"}) as terminal:
            assert terminal.wait() == 5
        assert b"\x1b[32m" not in terminal.raw


class TestBundle:
    """``--bundle``: an archive for a support thread."""

    def test_it_is_listed_and_written_whole(self, tmp_path: Path) -> None:
        """What it holds is said on standard error; only the user may read it; the report is still shown."""
        path = tmp_path / "b.tar.gz"
        outcome = axchat("doctor", "--json", "--bundle", str(path))
        assert outcome.status == 5
        assert json.loads(outcome.out)["schema"] == 1
        assert "report.txt" in outcome.err
        assert outcome.err.index("report.json") < outcome.err.index("written: ")
        assert path.stat().st_mode & 0o777 == 0o600
        assert [p.name for p in tmp_path.iterdir()] == ["b.tar.gz"]
        with tarfile.open(path) as archive:
            names = archive.getnames()
            report = archive.extractfile("axchat-doctor/report.json")
            assert report is not None
            value = json.load(report)
        assert "axchat-doctor/versions.txt" in names
        assert value["versions"]["axchat"]
        assert value["verdict"]["state"] == "no-card"

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        """An existing file, also a dangling link, is left alone: exit 2 before anything is checked."""
        path = tmp_path / "b.tar.gz"
        path.symlink_to(tmp_path / "nowhere")
        outcome = axchat("doctor", "--bundle", str(path))
        assert (outcome.status, outcome.out) == (2, b"")
        assert "exists already" in outcome.err
        assert path.is_symlink()

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        """One line, exit 2."""
        outcome = axchat("doctor", "--bundle", str(tmp_path / "no" / "b.tar.gz"))
        assert outcome.status == 2
        assert "no such folder" in outcome.err


class TestFix:
    """``--fix``: asks before each harmless step."""

    @pytest.fixture
    def broken(self, demo: Callable[..., Path]) -> tuple[Path, Path]:
        """A model directory whose runner lost its executable bit, and that runner."""
        directory = demo("x")
        runner = directory / f"main_{arch_for(platform.machine())}"
        runner.chmod(0o644)
        return directory, runner

    def test_a_yes_mends(self, broken: tuple[Path, Path]) -> None:
        """The bit is set, and the next look is named; the exit status is still that of what was found."""
        directory, runner = broken
        with OnTerminal("doctor", "-m", str(directory), "--only", "model", "--fix", columns=200) as terminal:
            terminal.wait_for("[y/N]")
            terminal.send("y\r")
            assert terminal.wait() == 4
        assert runner.stat().st_mode & 0o777 == 0o755
        assert "now look again: axchat doctor" in terminal.text

    def test_anything_else_changes_nothing(self, broken: tuple[Path, Path]) -> None:
        """An empty line is a no."""
        directory, runner = broken
        with OnTerminal("doctor", "-m", str(directory), "--only", "model", "--fix", columns=200) as terminal:
            terminal.wait_for("[y/N]")
            terminal.send("\r")
            terminal.wait()
        assert runner.stat().st_mode & 0o777 == 0o644

    def test_without_a_terminal_nothing_is_asked_or_done(self, broken: tuple[Path, Path]) -> None:
        """Even a yes on a pipe is not taken: the steps are listed."""
        directory, runner = broken
        outcome = axchat("doctor", "-m", str(directory), "--fix", stdin=b"y\ny\n")
        assert runner.stat().st_mode & 0o777 == 0o644
        assert b"model.not-executable: make " in outcome.out
        assert b"risk: ends every program" in outcome.out

    def test_programs_are_not_asked(self) -> None:
        """--fix and --json exclude each other."""
        outcome = axchat("doctor", "--fix", "--json")
        assert outcome.status == 2
        assert "use one of them" in outcome.err
