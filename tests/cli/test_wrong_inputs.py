"""Wrong values of every option and argument of every command: one clear line, and nothing else happens."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from axchat.cli import boundary, parsing
from support.wrong_inputs import NUMBERS, ROWS, given, write_files

NUMBERED = {"int", "float"}
LONGEST_COMPLAINT = 4200
"""Characters; of a value of 10,000, both ends are shown."""


@dataclass(frozen=True)
class Said:
    """How a command ended, in this process."""

    status: int
    out: str
    err: str


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with what the rows name."""
    folder = tmp_path / "d"
    folder.mkdir()
    write_files(folder)
    monkeypatch.chdir(folder)
    return folder


def say(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> Said:
    """Run a command here, as ``main`` does."""
    status = boundary.run(lambda: parsing.run(arguments))
    out, err = capfd.readouterr()
    return Said(status, out, err)


def assert_clear(said: Said, arguments: list[str]) -> None:
    """One line that names the cause, and no answer."""
    shown = f"{[word[:60] for word in arguments]} -> {said}"[:2000]
    assert said.err.startswith("axchat: "), shown
    assert "bug:" not in said.err, shown
    assert "Traceback" not in said.err, shown
    assert said.err.isprintable() or not set(said.err) & set("\x1b\x07\u202e"), shown
    assert len(said.err) < LONGEST_COMPLAINT, shown
    complaint = [line for line in said.err.splitlines() if not line.startswith("  ")]
    assert len(complaint) == 1, shown
    assert said.out == "", shown


def tree(folder: Path) -> set[str]:
    """All that is below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_every_text_and_path_has_a_row() -> None:
    """A new option is given wrong values too: it gets a row, or its type says what it takes."""
    texts = {name for name, param in given() if not _is_number(param) and param.type.name != "choice"}

    assert texts - set(ROWS) == set()


def _is_number(param: object) -> bool:
    return param.type.name.partition(" ")[0] in NUMBERED  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name, param in given() if _is_number(param)])
def test_what_is_no_number_is_told_with_the_option(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The line names the option and what it must be; none reaches the command."""
    *command, option = name.split()
    needed = {"bench": ["-e", "scripted"], "history search": ["x"]}.get(" ".join(command), [])
    param = next(param for each, param in given() if each == name)
    is_whole = param.type.name.startswith("int")
    for value in NUMBERS if is_whole else ("", "abc", "-1", "nan", "inf", "1e400", "\udcff"):
        arguments = [*command, *needed, option, value]
        said = say(arguments, capfd)
        assert_clear(said, arguments)
        assert said.status == 2, said
        assert option in said.err, said


@pytest.mark.parametrize("name", [name for name, param in given() if param.type.name == "choice"])
def test_what_is_no_choice_is_told_with_the_choices(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """All of them fit in a line."""
    param = next(param for each, param in given() if each == name)
    *command, option = name.split()
    for value in ("", "no-such", "a\x1b[2Jb", "\udcff"):
        arguments = [*command, *([option] if option.startswith("-") else []), value]
        said = say(arguments, capfd)
        assert_clear(said, arguments)
        assert said.status == 2, said
        assert str(next(iter(param.type.choices))) in said.err, said


@pytest.mark.parametrize("name", [name for name, _ in given() if name in ROWS])
def test_a_wrong_text_or_path_is_told_and_nothing_happens(
    name: str, files: Path, isolated_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The right status, one line, no answer, and no file that was not there."""
    row = ROWS[name]
    before = tree(files)
    for value in row.values:
        arguments = row.arguments(value)
        said = say(arguments, capfd)
        assert said.status in row.statuses, f"{value[:60]!r}: {said}"[:2000]
        assert "bug:" not in said.err, f"{value[:60]!r}: {said.err}"[:2000]
        if 0 not in row.statuses:
            assert_clear(said, arguments)
    assert tree(files) == before
    written = {path for path in tree(isolated_home) if not path.startswith("run")}
    assert not {path for path in written if (isolated_home / path).is_file()}, written
