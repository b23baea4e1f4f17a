"""What the command of tests/performance makes of its rows: verdict, document, what a failure takes along."""

import datetime
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from performance.page import Group, cell, page, prose
from performance.rendering import compared_length
from performance.row import Row, Scale, Target, at_least, at_most, failed
from performance.suite import MEASURES, Measure, UnknownKey, chosen, measured
from performance.surroundings import isolated
from performance.turns import percentile, quiet_percentile, taking_turns
from performance.verdict import missed

GOOD = Row("start-up/version", "`axchat --version`", "8.1 ms", "7.8 ms", 1.04, at_most(1.3))
BAD = Row("rate/session", "tokens", "480 tokens/s", "500 tokens/s", 0.96, at_least(0.99), ("Of 5 turns.",))
TOLD = Row("memory/run", "resident", "40 MB", "", 40.0, None)
LOST = failed("sse/bare-route", "TimeoutError: nothing came")
AT = datetime.datetime(2026, 11, 28, 22, 5, tzinfo=datetime.UTC)


def written(*rows: Row) -> str:
    """A document of one group."""
    group = Group("Start-up", "How ``it`` is done.", rows, 90.0)
    return page([group], {"processor": "A | B"}, {"Python": "3.11.9", "llm": "0.36"}, AT)


class TestTarget:
    """What a value is held against."""

    @pytest.mark.parametrize(
        ("target", "value", "holds"),
        [
            (at_most(1.3), 1.3, True),
            (at_most(1.3), 1.301, False),
            (at_least(0.99), 0.99, True),
            (at_least(0.99), 0.989, False),
            (at_most(5, "ms"), math.nan, False),
            (at_least(5, "ms"), math.nan, False),
        ],
    )
    def test_limit(self, target: Target, value: float, holds: bool) -> None:
        """The limit itself is good, beyond it is not, and what is no number never is."""
        assert target.holds(value) is holds

    def test_text(self) -> None:
        """A target reads as a sentence's end."""
        assert (str(at_most(5, "ms")), str(at_least(0.99))) == ("at most 5 ms", "at least 0.99 times")


class TestVerdict:
    """Which rows are not good."""

    def test_all_met(self) -> None:
        """Rows that meet their target, or have none, are no fault."""
        assert missed([GOOD, TOLD]) == []

    def test_missed(self) -> None:
        """Each missed row is named, with what was found and asked for; so is one without a result."""
        assert missed([GOOD, BAD, TOLD, LOST]) == [
            "rate/session: 0.96 times (480 tokens/s against 500 tokens/s), target at least 0.99 times",
            "sse/bare-route: not measured: TimeoutError: nothing came",
        ]


class TestPage:
    """The document."""

    def test_rows(self) -> None:
        """A row shows both sides, what was found, and if that meets its target; a told one is not judged."""
        text = written(GOOD, BAD, TOLD, LOST)
        assert "| `axchat --version` | 8.1 ms | 7.8 ms | 1.04 times | at most 1.3 times | yes |\n" in text
        assert (
            "| tokens | 480 tokens/s | 500 tokens/s | 0.96 times | at least 0.99 times | **no** |\n" in text
        )
        assert "| resident | 40 MB |  |  |  |  |\n" in text
        assert "| `sse/bare-route` | not measured: TimeoutError: nothing came |  |  |  | **no** |\n" in text

    def test_summary(self) -> None:
        """The document begins with how many targets are met, and names those that are not."""
        assert "Every target is met, 1 of 1." in written(GOOD, TOLD)
        text = written(GOOD, BAD, LOST)
        assert "**2 of 3 targets are missed:**\n\n* rate/session: 0.96 times" in text

    def test_surroundings(self) -> None:
        """It says when, on what and with what was measured, how, and what the run has to add."""
        text = written(GOOD, BAD)
        assert "| measured | 2026-11-28 22:05 UTC, in 1.5 minutes |" in text
        assert "| processor | A \\| B |" in text
        assert "| versions | Python 3.11.9, llm 0.36 |" in text
        assert "## Start-up\n\nHow `it` is done.\n\n" in text
        assert "\n* Of 5 turns.\n" in text
        assert "python3 tests/performance/run.py --quick" in text

    def test_cells(self) -> None:
        """No text ends its cell or its row."""
        assert cell("a|b\nc") == "a\\|b c"

    def test_prose(self) -> None:
        """A docstring's literals are markdown's."""
        assert prose("``a`` and ``b c``\n") == "`a` and `b c`"


class Fake(Measure):
    """Rows, and then perhaps a failure."""

    def row_keys(self) -> tuple[str, ...]:
        """Of two rows."""
        return (GOOD.key, "start-up/help")

    def rows(self, _scale: Scale, _fetch_model: object) -> Iterator[Row]:
        """One of them."""
        yield GOOD
        if self.module == "crashes":
            raise FileNotFoundError("llm")

    @property
    def how(self) -> str:
        """Told."""
        return "Somehow."


def run(name: str, missing: dict[str, str]) -> Group:
    """A fake module's rows."""
    fake = Fake(name, "Fake")
    return measured(fake, fake.row_keys(), Scale.QUICK, fetch_model=lambda: None, missing=missing)


class TestSuite:
    """Modules, and what is left of one that fails."""

    def test_crash(self) -> None:
        """A module that fails keeps the rows it gave; the others are missed, with the error and its cause."""
        group = run("crashes", {"llm==0.36": "no such version"})
        assert group.rows[0] == GOOD
        why = "FileNotFoundError: llm; llm==0.36 cannot be installed: no such version"
        assert missed(group.rows) == [f"start-up/help: not measured: {why}"]

    def test_forgotten(self) -> None:
        """A row that a module does not give is missed, not left out."""
        assert [row.key for row in run("forgets", {}).rows if row.failure] == ["start-up/help"]

    def test_broken_module(self) -> None:
        """A module that cannot be imported is a row that is missed; the command runs on."""
        broken = Measure("not_there", "Broken")
        ((measure, keys),) = chosen([broken], [])
        group = measured(measure, keys, Scale.QUICK, fetch_model=lambda: None, missing={})
        (why,) = missed(group.rows)
        assert why.startswith("not-there/all: not measured: ModuleNotFoundError: ")

    def test_all_keys(self) -> None:
        """Every module of the command has keys of its own, and they are named without measuring."""
        keys = [key for measure in MEASURES for key in measure.row_keys()]
        assert len(keys) == len(set(keys)) >= len(MEASURES)
        assert [key for key in keys if key.count("/") != 1 or key.endswith("/all")] == []

    def test_every_module_is_told(self) -> None:
        """Every module says how it measures, for the document."""
        assert [measure.module for measure in MEASURES if len(measure.how.splitlines()) < 2] == []

    def test_chosen(self) -> None:
        """A row, or a group, can be chosen; a name that is none is refused."""
        assert [keys for _, keys in chosen(MEASURES, ["decode/p99"])] == [("decode/p99",)]
        (rows,) = [keys for _, keys in chosen(MEASURES, ["decode"])]
        assert len(rows) > 1
        with pytest.raises(UnknownKey, match="deco"):
            chosen(MEASURES, ["deco"])


class TestTurns:
    """How ways are measured side by side."""

    def test_turn_about(self) -> None:
        """Ways take turns, every second round the other way about, after a go of each that does not count."""
        done: list[str] = []

        def go(name: str) -> int:
            done.append(name)
            return len(done)

        found = taking_turns({"a": lambda: go("a"), "b": lambda: go("b")}, 2)
        assert done == ["a", "b", "b", "a", "a", "b"]
        assert found == {"a": [4, 5], "b": [3, 6]}

    def test_percentiles(self) -> None:
        """Blocks that something else on the machine disturbed do not count while a quarter was quiet."""
        quiet = [float(number) for number in range(100)]
        loud = [1000 * each for each in quiet]
        assert percentile(quiet, 0.99) == 99
        assert percentile(quiet, 0.5) == 50
        assert quiet_percentile([*loud, *quiet, *quiet, *loud, *loud], 0.99, 100) == 99


class TestChoices:
    """What a run decides from values."""

    @pytest.mark.parametrize(
        ("short_s", "expected"), [(10.0, 8000), (18.75, 8000), (20.0, 7000), (400.0, 2000)]
    )
    def test_compared_length(self, short_s: float, expected: int) -> None:
        """Live is measured at the longest answer that it draws in five minutes, by what a short one took."""
        assert compared_length(2000, 8000, short_s) == expected

    def test_environment(self, tmp_path: Path) -> None:
        """What is measured sees neither a proxy, nor settings, nor a folder of the person who measures."""
        real = {
            "PATH": "/usr/bin",
            "HOME": "/home/x",
            "https_proxy": "http://proxy",
            "HTTP_PROXY": "http://proxy",
            "AXCHAT_ENGINE": "cpu",
            "XDG_CONFIG_HOME": "/home/x/.config",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
        }
        made = isolated(real, tmp_path, Path("/tests"))
        assert {name for name in made if "proxy" in name.lower() or name.startswith("AXCHAT")} == set()
        assert "PYTHONDONTWRITEBYTECODE" not in made
        assert "/home/x" not in "".join(made.values())
        assert made["PATH"].endswith(":/usr/bin")
        assert (made["HOME"], made["LANG"], made["PYTHONPATH"]) == (str(tmp_path), "C.UTF-8", "/tests")
