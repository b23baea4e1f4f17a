"""The stand-in's console beyond the recorded sessions: input's end, start failures, options of its own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import standin_model
from support.standin_run import Run
from support.tokenizer_server import TokenizerServer, from_vocabulary


@pytest.fixture
def server() -> Iterator[TokenizerServer]:
    """A tokenizer server on the stand-in's vocabulary."""
    with TokenizerServer(from_vocabulary) as running:
        yield running


def finished(run: Run) -> tuple[int, bytes]:
    """The exit status and all output."""
    with run:
        return run.finish(), run.printed


class TestEndOfInput:
    """A closed stdin (facts: part II section 4)."""

    def test_the_marker_is_printed_for_ever_until_stdout_breaks(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """The vendor's loop never ends; the stand-in's ends when nobody reads."""
        standin_model.write(tmp_path)
        with Run(standin_model.arguments(server.address), tmp_path, on_pty=False) as run:
            run.wait_for_end_of(b">> ")
            run.close_input()
            run.wait_for(lambda printed: b">> " * 1000 in printed)
            run.close_output()

            assert run.wait() == 0

    def test_a_last_line_without_a_newline_is_a_prompt(self, server: TokenizerServer, tmp_path: Path) -> None:
        """It is answered before the loop begins."""
        standin_model.write(tmp_path, answers=[{"text": "heard"}])
        with Run(standin_model.arguments(server.address), tmp_path, on_pty=False) as run:
            run.send(b"go")
            run.close_input()
            run.wait_for(lambda printed: b">> " * 10 in printed)
            run.close_output()
            run.wait()

        assert b">> heard\n\n" in run.printed

    def test_a_hung_up_terminal_kills(self, server: TokenizerServer, tmp_path: Path) -> None:
        """Closing the master is a SIGHUP: the stand-in leads the terminal's session."""
        standin_model.write(tmp_path)
        with Run(standin_model.arguments(server.address), tmp_path) as run:
            run.wait_for_end_of(b">> ")
            run.hang_up()

            assert run.wait() == -signal.SIGHUP


class TestInterrupt:
    """SIGINT at other moments than the recorded ones."""

    def test_an_idle_runner_does_not_hear_it(self, server: TokenizerServer, tmp_path: Path) -> None:
        """The next turn is whole."""
        standin_model.write(tmp_path, answers=[{"text": "all of it"}])
        with Run(standin_model.arguments(server.address), tmp_path) as run:
            run.wait_for_end_of(b">> ")
            run.kill(signal.SIGINT)
            run.send(b"go\nq\n")

            assert run.finish() == 0

        assert b"all of it\r\n\r\n" in run.printed

    def test_inside_a_decode_it_drops_no_token_and_adds_none(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """The last /decode has exactly the ids sent so far, even where stale tokens are played."""
        pids: list[int] = []

        def stop_at_the_first_decode() -> None:
            if server.requests[-1].path == "/decode":
                os.kill(pids[0], signal.SIGINT)

        server.before_answer = stop_at_the_first_decode
        standin_model.write(tmp_path, answers=[{"text": "abcdefghijkl"}], fail="stale-token")
        with Run(standin_model.arguments(server.address), tmp_path) as run:
            pids.append(run.pid)
            run.wait_for_end_of(b">> ")
            run.send(b"go\n")
            run.wait_for(lambda printed: b"hit eos" in printed and printed.endswith(b">> "))
            run.send(b"q\n")
            run.finish()

        first, last = [request.body for request in server.requests if request.path == "/decode"]
        assert first == last
        assert b"go\r\nabcdef\r\n\r\n" in run.printed


class TestStartFailures:
    """Starts that fail, each with status 255 or a signal (facts: part II section 7)."""

    @pytest.mark.parametrize(
        ("options", "missing", "message"),
        [
            ({}, "embed.bin", b"embed file(embed.bin) open failed"),
            ({}, "l1.axmodel", b"init axmodel(l1.axmodel) failed"),
            ({}, "post.axmodel", b"init post axmodel(post.axmodel) failed"),
            ({"use_mmap_load_embed": "0"}, "", b"embed file(embed.bin) size(0) not equal token_num(151936)"),
        ],
    )
    def test_a_missing_or_wrong_file_ends_with_255(
        self, options: dict[str, str], missing: str, message: bytes, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """The line names the file."""
        standin_model.write(tmp_path)
        (tmp_path / missing).unlink() if missing else None
        status, printed = finished(Run(standin_model.arguments(server.address, **options), tmp_path))

        assert status == 255
        assert message in printed

    def test_bos_without_a_bos_id_dies(self, server: TokenizerServer, tmp_path: Path) -> None:
        """The id -1 is looked up in the embeddings: one error line, then SIGSEGV."""
        standin_model.write(tmp_path)
        status, printed = finished(
            Run(standin_model.arguments(server.address, bos="1", prompt="hi"), tmp_path)
        )

        assert status == -signal.SIGSEGV
        assert b"getByIndex][  70]: index(-1) > token_num(151936)" in printed

    def test_another_tokenizer_type_dies(self, server: TokenizerServer, tmp_path: Path) -> None:
        """Only the HTTP tokenizer is known."""
        standin_model.write(tmp_path)
        status, printed = finished(Run(standin_model.arguments(server.address, tokenizer_type="0"), tmp_path))

        assert status == -signal.SIGSEGV
        assert b"unknown tokenizer type: 0" in printed


class TestOwnOptions:
    """Options that the vendor's program does not have."""

    def test_the_old_ending_has_one_newline(self, server: TokenizerServer, tmp_path: Path) -> None:
        """As builds before 12/2024."""
        standin_model.write(tmp_path, answers=[{"text": "end"}])
        arguments = ["--standin-old-ending", *standin_model.arguments(server.address, prompt="go")]
        arguments[arguments.index("--continue") + 1] = "0"
        _, printed = finished(Run(arguments, tmp_path))

        assert b"end\r\n\x1b[1;30;35m[N]" in printed

    def test_a_prompt_beyond_the_prefill_window_is_an_error_line(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """A prefill build says so and answers all the same."""
        standin_model.write(tmp_path, prefill_token_num=8)
        arguments = ["--standin-build", "prefill", *standin_model.arguments(server.address, prompt="go")]
        arguments[arguments.index("--continue") + 1] = "0"
        status, printed = finished(Run(arguments, tmp_path))

        assert status == 0
        assert b"> prefill_token_num(8)\x1b[0m" in printed
        assert b"hit eos" in printed

    @pytest.mark.parametrize("word", ["--standin-bulid", "--standin-build"])
    def test_a_mistake_in_them_is_refused(self, word: str, tmp_path: Path) -> None:
        """Status 2, on stderr, with nothing on stdout."""
        run = Run([word], tmp_path)
        status, printed = finished(run)

        assert (status, printed) == (2, b"")
        assert run.stderr().startswith(b"standin: ")

    def test_a_bad_script_is_refused(self, tmp_path: Path) -> None:
        """The message says what is wrong with it."""
        standin_model.write(tmp_path, token_sec=1)
        run = Run(["--prompt", ""], tmp_path)

        assert finished(run)[0] == 2
        assert b"unknown key 'token_sec'" in run.stderr()
