"""Every row of the fault table: the error, its exit status, and that the next request works."""

import re
from pathlib import Path

import pytest

from support.fault_docs import FILE, line_of, lines_of
from support.fault_play import play
from support.fault_rows import ANSWER, ROWS, Row, Runner


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_failure_is_told_and_the_next_request_works(row: Row, tmp_path: Path) -> None:
    """The error has the cause, what was said before it is the answer's beginning, and all goes on."""
    outcome = play(row, tmp_path)
    answered, following = outcome.answered, outcome.following

    assert type(answered.error) is (row.error or type(None)), outcome.told
    assert row.says in outcome.told
    if row.text is not None:
        assert answered.text == row.text
    assert following.error is None, following.error
    assert following.text == ANSWER
    if row.ending is not None:
        assert outcome.endings[0] == row.ending
    if row.error is not None:
        assert answered.error is not None
        assert answered.error.hint
    assert line_of(row, outcome, seconds="") == lines_of(FILE.read_text())[row.id]


def test_rows_are_told_apart() -> None:
    """Each row has a name of its own, and the document has just these."""
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert list(lines_of(FILE.read_text())) == [row.id for row in ROWS]


def test_every_kind_of_runner_is_in_it() -> None:
    """The legacy builds, the context runner and the script."""
    assert {row.runner for row in ROWS} == set(Runner)


def test_no_message_holds_what_changes() -> None:
    """Ports and times are not written into the document."""
    assert not re.search(r"127\.0\.0\.1:\d", FILE.read_text())
