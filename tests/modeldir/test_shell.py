"""The part of shell syntax that run scripts use."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import ModelError
from axchat.modeldir.shell import commands, literal

READABLE = [
    "./main --a 1",
    "./main \\\n--a 1 \\\n--b 'two words'\n",
    '#!/bin/bash\n# note\n\n./main --a "x # y" --b c#d # end\n',
    'D=models/qwen\nE=${D}-ax650\n./main --a "$E/l%d.axmodel" --b ${D}/x\n',
    './main --a "it\'s" --b \'say "hi"\' --c "a\\"b" --d a\\ b',
    "./main --a \"\" --b ''",
    "./main --a '$1' --b \"\\$1\" --c '\\n' --d \"\\n\"",
    './main --a "two\nlines"',
    "./main --a ab\\\ncd",
    "./main --a 'ab\\\ncd'",
    './main --a 你好 --b "，。"',
]


@pytest.mark.parametrize("text", READABLE)
def test_words_are_those_that_a_shell_passes(text: str, tmp_path: Path) -> None:
    """The same script, run by a real shell with a program that prints its arguments, gives these words."""
    main = tmp_path / "main"
    main.write_text('#!/bin/sh\nprintf "%s\\0" "$0" "$@"\n')
    main.chmod(0o755)
    script = tmp_path / "run_main.sh"
    script.write_text(text)
    said = subprocess.run(
        ["bash", str(script)],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=True,
    )
    expected = said.stdout.decode().split("\0")[:-1]
    assert [[literal(word) for word in words] for words in commands(text)] == [expected]


def test_a_backslash_at_the_very_end_is_dropped() -> None:
    """A line that goes on and has no next one: so does bash until 5.2; 5.3 passes the backslash on."""
    assert commands("./main --a 1 \\") == [["./main", "--a", "1"]]


def test_script_arguments_stay_as_they_are() -> None:
    """$1 and ${2} are for the caller to fill in; a quoted one is text."""
    [words] = commands("./main --a \"$1\" --b x${2}y --c '$3'")
    assert words[:4] == ["./main", "--a", "$1", "--b"]
    assert words[4] == "x$2y"
    assert "$" not in words[6]
    assert literal(words[6]) == "$3"


def test_lines_are_commands_of_their_own() -> None:
    """Two lines without a backslash are two commands."""
    assert commands("cd models\n./main --a 1\n") == [["cd", "models"], ["./main", "--a", "1"]]


@pytest.mark.parametrize(
    "text",
    [
        "./main --a 1 | tee log",
        "./main --a 1; rm x",
        "./main --a 1 && true",
        "./main --a 1 > log",
        "./main --a 1 &",
        "(./main --a 1)",
        "./main --a $(id)",
        "./main --a `id`",
        './main --a "`id`"',
        "./main --a ${X:-1}",
        "./main --a $UNSET",
        "./main --a $0",
        './main "$@"',
        "A=1 ./main --a 1",
        "A='a b'\n./main --a $A",
        "A=$(id)\n./main --a $A",
        "./main --a 'open",
        './main --a "open',
        "./main --a 1\r\n",
        "./main --a \0",
        "./main --a \ue000",
    ],
)
def test_what_needs_a_shell_is_refused(text: str) -> None:
    """Nothing is guessed: a script that does more than start one program is refused."""
    with pytest.raises(ModelError) as caught:
        commands(text)
    assert "script" in caught.value.message


def test_windows_line_ends_are_named() -> None:
    """The commonest damage of a copied script has a message and a cure of its own."""
    with pytest.raises(ModelError, match="Windows line ends") as caught:
        commands("./main --a 1 \\\r\n--b 2\r\n")
    assert caught.value.hint is not None
    assert "sed -i" in caught.value.hint


@given(st.text() | st.text(alphabet="ab$1{}'\"\\\n #=-|;`()", max_size=60))
def test_any_text_gives_words_or_an_error(text: str) -> None:
    """Garbage is refused with a ModelError and never anything else."""
    try:
        found = commands(text)
    except ModelError:
        return
    assert all(words for words in found)
