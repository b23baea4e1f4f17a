"""Progress, notices, statistics and errors on stderr."""

import io

from axchat.errors import ConfigError, ModelError, UsageError
from axchat.events import (
    EngineTimings,
    Finished,
    FinishReason,
    Level,
    LoadProgress,
    Notice,
    PromptEstimate,
    Queued,
    Usage,
)
from axchat.ui.stderr import Reporter, statistics


def reporter(**options: bool) -> tuple[Reporter, io.StringIO]:
    """A reporter on a clock that never moves."""
    stream = io.StringIO()
    settings = {"is_terminal": False, **options}
    return Reporter(stream, clock=lambda: 0.0, **settings), stream


class TestReporter:
    """What is shown when."""

    def test_a_terminal_gets_one_line_that_is_rewritten(self) -> None:
        """Each step rewrites the line, with the card memory that is left; the end clears it."""
        shown, stream = reporter(is_terminal=True)

        shown.show(LoadProgress(3, 31, "init 0 axmodel ok,remain_cmm(7021 MB)", 7021))
        shown.end_load("m")

        assert stream.getvalue() == "\r\x1b[Kloading 3/31 init 0 axmodel ok, 7021 MiB left\r\x1b[K"

    def test_elsewhere_a_load_is_one_line(self) -> None:
        """A log file gets one line a load and no escape."""
        shown, stream = reporter()

        shown.show(LoadProgress(1, 2))
        shown.show(LoadProgress(2, 2))
        shown.end_load("m")

        assert stream.getvalue() == "axchat: loaded m in 0.0 s\n"

    def test_the_end_of_a_load_names_what_it_took(self) -> None:
        """Who came in the middle of a load is told all of it, not what it has seen."""
        shown, stream = reporter()

        shown.show(LoadProgress(2, 2))
        shown.show(LoadProgress(1, 1, is_over=True, load_s=17.84), model="m")
        shown.end_load("m")

        assert stream.getvalue() == "axchat: loaded m in 17.8 s\n"

    def test_who_is_next_waits_for_no_request(self) -> None:
        """Only a load stands before it, whose client has gone."""
        shown, stream = reporter()

        shown.show(Queued(0, 3.2))

        assert stream.getvalue() == "axchat: waiting for the card: this request is next, about 3 s\n"

    def test_a_long_wait_for_a_prompt_is_announced(self) -> None:
        """Only where the engine has measured, and only what a user would notice."""
        shown, stream = reporter()

        shown.show(PromptEstimate(500, 100, 30.4))
        shown.show(PromptEstimate(500, 100, 1.0))
        shown.show(PromptEstimate(500))

        assert stream.getvalue() == "axchat: reading 400 prompt tokens takes about 30 s on this card\n"

    def test_a_notice_is_filtered(self) -> None:
        """What a runner wrote cannot steer the user's terminal."""
        shown, stream = reporter()

        shown.show(Notice("a\x1b[2Jb\nc", Level.WARNING))

        assert stream.getvalue() == "axchat: warning: ab c\n"

    def test_quiet_shows_errors_only(self) -> None:
        """Notices and progress are dropped, errors are not."""
        shown, stream = reporter(is_quiet=True)

        shown.show(LoadProgress(1, 2))
        shown.show(Notice("x"))
        shown.end_load("m")
        shown.error(ModelError("gone", hint="fetch it"))

        assert stream.getvalue() == "axchat: gone\n  -> fetch it\n"

    def test_every_problem_of_an_error_is_told(self) -> None:
        """An error that holds several problems lists them."""
        shown, stream = reporter()

        shown.error(ConfigError("first", problems=["first", "second"]))

        assert stream.getvalue() == "axchat: first\n  second\n"

    def test_of_a_long_line_both_ends_are_shown(self) -> None:
        """Somebody gave a whole file as a name: what is wrong with it stands at the end."""
        stream = io.StringIO()
        Reporter(stream, is_terminal=False).error(UsageError(f"{'x' * 100_000} cannot be read"))
        assert len(stream.getvalue()) < 2100
        assert stream.getvalue().endswith("xxx cannot be read\n")

    def test_a_closed_stream_costs_nothing(self) -> None:
        """When nobody reads stderr any more, the rest is dropped."""
        shown, stream = reporter()
        stream.close()

        shown.line("x")
        shown.line("y")

    def test_no_stream_at_all(self) -> None:
        """A parent that closed stderr gets no error."""
        Reporter(None, is_terminal=False).line("x")


class TestStatistics:
    """The line of ``--stats``."""

    def test_everything_known_is_said(self) -> None:
        """Each figure names what it counts and whose clock it is."""
        finished = Finished(
            FinishReason.STOP,
            Usage(12, 34, 5),
            EngineTimings(load_s=1.5, ttft_s=0.125, tokens_per_s=9.87, rate_includes_prompt=True),
        )

        assert statistics(finished, ttft_s=0.25, total_s=2.0) == (
            "finish stop, prompt 12 tokens (5 reused), answer 34 tokens, load 1.50 s, "
            "first text after 0.25 s, total 2.00 s, engine's ttft 125 ms, "
            "engine's rate 9.87 tokens/s (prompt and answer)"
        )

    def test_what_is_unknown_is_left_out(self) -> None:
        """No figure is made up."""
        assert statistics(Finished(FinishReason.UNKNOWN), ttft_s=None, total_s=1.0) == (
            "finish unknown, total 1.00 s"
        )
