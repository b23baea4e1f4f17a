"""Reading the commands of a page, on small pages."""

from pathlib import Path

import pytest

from support.page_blocks import ROOT, Command, blocks, pages, unmarked, written
from support.page_inline import spans
from support.page_needs import MACHINES, Needs

PAGE = """\
# Page

<!-- with: demo DIR legacy 2; text a.txt 'two words' -->

```console
$ axchat run -m DIR "hello
> you"
Hello.
$ false
$ echo $?
1
```

<!-- with: small-model -->

```sh
# first
axchat load        # loads
axchat run \\
  hello            # exit status 8
```

```toml
model = "axchat run"
```
"""


def test_a_console_block_is_commands_with_the_lines_below_each() -> None:
    """A quote left open goes on in the next line, whose ``>`` is the shell's."""
    first, _ = blocks(PAGE)
    assert first.commands == (
        Command('axchat run -m DIR "hello\nyou"', ("Hello.",)),
        Command("false"),
        Command("echo $?", ("1",)),
    )
    assert first.needs == (("demo", "DIR", "legacy", "2"), ("text", "a.txt", "two words"))
    assert PAGE.splitlines()[first.first : first.end][-1] == "1"


def test_an_sh_block_is_commands_with_the_status_that_their_comment_promises() -> None:
    """Zero without a word; comments of their own are none."""
    _, second = blocks(PAGE)
    assert [(command.text, command.status) for command in second.commands] == [
        ("axchat load        # loads", 0),
        ("axchat run \\\n  hello            # exit status 8", 8),
    ]
    assert second.needs == (("small-model",),)


def test_other_outputs_are_written_below_the_same_commands() -> None:
    """What stands between the fences then, line by line."""
    first, _ = blocks(PAGE)
    assert written(first, [("Hi.",), (), ("1",)]) == [
        '$ axchat run -m DIR "hello', '> you"', "Hi.", "$ false", "$ echo $?", "1",
    ]  # fmt: skip


def test_a_console_block_without_a_command_is_an_error() -> None:
    """The first line has a ``$``."""
    with pytest.raises(ValueError, match="begins with a command"):
        list(blocks("```console\nHello.\n```\n"))


@pytest.mark.parametrize("fence", ["```\n{}\n```\n", "```bash\n{}\n```\n", "text\n\n    {}\n"])
@pytest.mark.parametrize("line", ["axchat run hello", "$ ls", "AXCHAT_MODEL=a axchat chat", "sudo reboot"])
def test_commands_in_other_blocks_are_seen(fence: str, line: str) -> None:
    """Whatever the block is."""
    assert list(unmarked(fence.format(line))) == [line]


def test_what_a_page_can_ask_for_is_told_to_who_writes_one(tmp_path: Path) -> None:
    """CONTRIBUTING has each need, and each change of a planted machine; and none that there is not."""
    text = (ROOT / "docs" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text[text.index("| need | gives |") : text.index("Outputs are real")]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = {span.split()[0] for row in rows for span in spans(row)}
    assert told == Needs(tmp_path, tmp_path, {}, tmp_path, int).names
    assert {change for change in MACHINES if change not in table} == set()


def test_every_page_is_looked_at() -> None:
    """README.md, the pages, and those in folders."""
    names = {path.name for path in pages()}
    assert {"README.md", "run.md", "CONTRIBUTING.md"} <= names
    assert sum(path.name == "README.md" for path in pages()) == 2
