"""The failures that the stand-in plays, and the signals that end them."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from axchat.standin import faults
from support import standin_model
from support.standin_run import Run
from support.tokenizer_server import TokenizerServer, from_vocabulary

TEXT = "abcdefghijklmnop"
"""Eight ids: two chunks of three and a rest of two."""
QUIET_S = 1.0
"""Long enough for a start-up that should not print to print."""


@pytest.fixture
def server() -> Iterator[TokenizerServer]:
    """A tokenizer server on the stand-in's vocabulary."""
    with TokenizerServer(from_vocabulary) as running:
        yield running


def start(
    server: TokenizerServer, directory: Path, fail: str, *, on_pty: bool = True, **script: object
) -> Run:
    """A run with a failure."""
    standin_model.write(directory, answers=[{"text": TEXT, **script}])
    arguments = standin_model.arguments(server.address)
    return Run(arguments, directory, on_pty=on_pty, env={"AXCHAT_STANDIN_FAIL": fail})


class TestHangs:
    """Waits inside the device library."""

    def test_a_hang_in_the_load_ignores_sigint_and_dies_of_sigterm(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """The console stops after the second bar."""
        with start(server, tmp_path, "hang-load") as run:
            run.wait_for_end_of(b"embed_selector init ok\x1b[0m")
            run.kill(signal.SIGINT)
            run.kill(signal.SIGTERM)
            status = run.finish()

        assert status == -signal.SIGTERM
        assert run.printed.endswith(b"embed_selector init ok\x1b[0m")

    def test_a_hang_in_an_answer_ignores_sigint_and_dies_of_sigterm(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """Four tokens: one chunk is shown, the fourth never."""
        with start(server, tmp_path, "hang-token-4") as run:
            run.wait_for_end_of(b">> ")
            run.send(b"go\n")
            run.wait_for_end_of(TEXT[:6].encode())
            assert run.stays_quiet(QUIET_S)
            run.kill(signal.SIGINT)
            assert run.stays_quiet(QUIET_S)
            run.kill(signal.SIGTERM)
            status = run.finish()

        assert status == -signal.SIGTERM

    def test_a_silent_runner_prints_nothing(self, server: TokenizerServer, tmp_path: Path) -> None:
        """It starts, waits, and dies of SIGTERM."""
        with start(server, tmp_path, "silent") as run:
            assert run.stays_quiet(QUIET_S)
            run.kill(signal.SIGTERM)

            assert run.finish() == -signal.SIGTERM

        assert server.requests == []


class TestIgnoredSignals:
    """Signals that the process does not hear."""

    @pytest.mark.parametrize(
        ("fail", "number"), [("ignore-term", signal.SIGTERM), ("ignore-hup", signal.SIGHUP)]
    )
    def test_an_ignored_signal_changes_nothing(
        self, fail: str, number: signal.Signals, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """The session goes on to a normal end."""
        with start(server, tmp_path, fail) as run:
            run.wait_for_end_of(b">> ")
            run.kill(number)
            run.send(b"q\n")

            assert run.finish() == 0

    def test_an_ignored_sigint_does_not_cut_the_answer(self, server: TokenizerServer, tmp_path: Path) -> None:
        """The whole answer comes."""
        with start(server, tmp_path, "ignore-int", slow={"4": 0.3}) as run:
            run.wait_for_end_of(b">> ")
            run.send(b"go\n")
            run.wait_for_end_of(TEXT[:6].encode())
            run.kill(signal.SIGINT)
            run.wait_for(lambda printed: b"hit eos" in printed and printed.endswith(b">> "))
            run.send(b"q\n")
            run.finish()

        assert f"go\r\n{TEXT}\r\n\r\n".encode() in run.printed


class TestEnds:
    """Runs that end by themselves."""

    def test_an_exit_status_can_be_asked_for(self, server: TokenizerServer, tmp_path: Path) -> None:
        """It ends at once with that status, before any tokenizer call."""
        with start(server, tmp_path, "exit-7") as run:
            assert run.finish() == 7

        assert server.requests == []

    def test_garbage_is_the_same_in_every_run(self, server: TokenizerServer, tmp_path: Path) -> None:
        """Random bytes, repeatable, then status 1."""
        printed = []
        for _ in range(2):
            with start(server, tmp_path, "garbage", on_pty=False) as run:
                assert run.finish() == 1
                printed.append(run.printed)

        assert printed[0] == printed[1]
        assert len(printed[0]) > 4096

    def test_a_failure_of_another_name_is_refused(self, server: TokenizerServer, tmp_path: Path) -> None:
        """Status 2 and the names that exist."""
        with start(server, tmp_path, "set-device") as run:
            assert run.finish() == 2

        assert b"unknown failure 'set-device'" in run.stderr()
        assert b"setdevice" in run.stderr()


class TestDeadDevice:
    """A device that dies in an answer."""

    def test_it_stays_dead_in_the_next_turn(self, server: TokenizerServer, tmp_path: Path) -> None:
        """The next prompt gets the same token up to the limit, errors for every layer, and a normal end."""
        standin_model.write(tmp_path, answers=[{"text": TEXT}], max_token_len=80, fail="dead-device-token-3")
        with Run(standin_model.arguments(server.address), tmp_path) as run:
            run.wait_for_end_of(b">> ")
            for ends in (1, 2):
                run.send(b"go\n")
                run.wait_for(
                    lambda printed, ends=ends: printed.count(b"hit eos") == ends and printed.endswith(b">> ")
                )
            run.send(b"q\n")
            assert run.finish() == 0

        second = run.printed.split(b"hit eos")[1]
        assert second.count(b"AX_ENGINE_Execute") > 80
        assert b"ef" * 3 in second
        assert b"ab" not in second


class TestNames:
    """Parsing the list of failures."""

    def test_several_are_joined_by_commas(self) -> None:
        """Plain and numbered ones, blanks allowed."""
        both = faults.parse("ignore-int, hang-token-5")

        assert both.has("ignore-int")
        assert not both.due("hang-token", 4)
        assert both.due("hang-token", 5)

    def test_nothing_is_no_failure(self) -> None:
        """The empty list plays none."""
        assert not faults.parse("").has("silent")
        assert faults.parse("").number("exit") is None
