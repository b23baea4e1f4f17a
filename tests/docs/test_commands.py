"""What the documents show is what happens: each page's commands, in order, as a reader would run them."""

from pathlib import Path

import pytest

from support.page_blocks import ROOT, blocks, pages, unmarked
from support.page_play import NOT_RUN, play, reason

PAGES = [path.relative_to(ROOT).as_posix() for path in pages()]
WITH_COMMANDS = [page for page in PAGES if any(blocks((ROOT / page).read_text(encoding="utf-8")))]


@pytest.mark.model
@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_the_commands_of_a_page_do_what_it_shows(page: str, small_model: Path) -> None:
    """Outputs agree but for what is masked; ``python -m support.docs_outputs`` writes them anew."""
    text = (ROOT / page).read_text(encoding="utf-8")
    complaints = [each for played in play(page, text, small_model) for each in played.complaints]
    assert not complaints, "\n\n".join(complaints)


@pytest.mark.parametrize("page", PAGES)
def test_no_command_hides_in_a_block_that_nothing_runs(page: str) -> None:
    """Commands stand in blocks marked ``console`` (with their output) or ``sh``."""
    assert list(unmarked((ROOT / page).read_text(encoding="utf-8"))) == []


def test_the_list_of_what_is_not_run_is_exact() -> None:
    """Each entry keeps a command of its page from being run, and has a reason."""
    used = set()
    for page in WITH_COMMANDS:
        for block in blocks((ROOT / page).read_text(encoding="utf-8")):
            for command in block.commands:
                used |= {
                    (where, beginning)
                    for where, beginning in NOT_RUN
                    if where == page and command.text.startswith(beginning) and reason(page, command)
                }
    assert used == set(NOT_RUN)
