"""Runs the commands of a page in order, but for those that are listed here with the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.page_blocks import CONSOLE, Block, Command, blocks
from support.page_home import PageHome
from support.page_masks import masked

ROOT_RIGHTS = "changes the machine: needs root"
SYSTEMD = "needs the service manager of a machine: tests/cli/test_serve_units.py reads the units"
CARD = "needs a card, or the vendor's programs"
NETWORK = "fetches packages from the network"
THE_TESTS = "is the tests themselves, or takes minutes: .ci/run or a release does it"

NOT_RUN: dict[tuple[str, str], str] = {
    ("README.md", "[ -x .venv/bin/pytest ]"): THE_TESTS,
    ("README.md", "python3 tests/performance/run.py"): THE_TESTS,
    ("docs/CONTRIBUTING.md", ".venv/bin/"): THE_TESTS,
    ("docs/bench.md", "axchat bench compare"): "its exit status is the verdict on two measured speeds",
    ("docs/cpu-engine.md", "pip "): NETWORK,
    ("docs/cpu-engine.md", "axchat models pull smollm2 --file"): "its file is the download that is not run",
    ("docs/engines-http.md", "AXCHAT_TOKENIZER_START=true axchat run"): "port 8000 is the vendor's, fixed",
    ("docs/hardware-checklist.md", "axcl-smi"): CARD,
    ("docs/hardware-checklist.md", "timeout "): CARD,
    ("docs/hardware-checklist.md", "axchat run --engine"): CARD,
    ("docs/hardware-checklist.md", "AXCHAT_TEST_MODEL=DIR"): CARD,
    ("docs/models.md", "modelscope download"): NETWORK,
    ("docs/performance.md", "python3 tests/performance/run.py"): THE_TESTS,
    ("docs/scale-out/README.md", "sudo "): ROOT_RIGHTS,
    ("docs/scale-out/README.md", "python3 -m venv litellm"): NETWORK,
    ("docs/scale-out/README.md", "AXCHAT_SERVE_KEY="): NETWORK,
    ("docs/service.md", "axchat serve --print-systemd"): SYSTEMD,
    ("docs/service.md", "sudo "): ROOT_RIGHTS,
    ("docs/service.md", "python3 -c 'import secrets"): ROOT_RIGHTS,
    ("docs/history.md", "sqlite3 "): "needs the program sqlite3, which no test needs otherwise",
    ("docs/install.md", "pipx install"): NETWORK,
    ("docs/install.md", "uv tool install"): NETWORK,
    ("docs/install.md", "python3 -m venv"): NETWORK,
    ("docs/install.md", "mkdir -p ~/.local/share/man"): "needs uv, which the network brings",
    ("docs/install.md", "pipx uninstall"): "needs pipx, which the network brings",
    ("docs/install.md", "pip install --dry-run"): NETWORK,
}
"""Page and beginning of a command to why no test runs it. A test tells of one that no page shows any more."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a block: for each of its commands the lines that were shown, None for one not run."""

    block: Block
    outputs: tuple[tuple[str, ...], ...]
    complaints: tuple[str, ...]


def reason(page: str, command: Command) -> str | None:
    """Why a command of a page is not run; None for one that is."""
    for (where, beginning), why in NOT_RUN.items():
        if where == page and command.text.startswith(beginning):
            return why
    return None


def play(page: str, text: str, model: Path) -> Iterator[Played]:
    """Run a page in an empty home; see ``PageHome``.

    Args:
        page: its path from the checkout's root.
        text: what stands in it.
        model: the file of the small CPU model.
    """
    with PageHome(model) as home:
        for block in blocks(text):
            home.enter(block)
            outputs, complaints = [], list[str]()
            for command in block.commands:
                if reason(page, command) is not None:
                    outputs.append(command.output)
                    continue
                lines, status = home.run(block.kind, command)
                complaint = judged(block, command, lines, status)
                outputs.append(command.output if complaint is None else lines)
                complaints += [f"{page}:{block.first}: {complaint}"] if complaint else []
            yield Played(block, tuple(outputs), tuple(complaints))


def judged(block: Block, command: Command, lines: tuple[str, ...], status: int) -> str | None:
    """What is wrong with a command's end; None when the page says the same."""
    printed = "\n".join(lines)
    if block.kind != CONSOLE:
        if status == command.status:
            return None
        return f"{command.text}\nends with {status} instead of {command.status}:\n{printed}"
    if masked(lines) == masked(command.output):
        return None
    return f"$ {command.text}\nsays (exit status {status}):\n{printed}\ninstead of:\n" + "\n".join(
        command.output
    )
