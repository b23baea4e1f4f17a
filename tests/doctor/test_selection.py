"""--only and --skip."""

import pytest

from axchat.doctor.catalogue import BY_ID
from axchat.doctor.selection import select
from axchat.errors import UsageError


def test_without_options_everything_is_checked() -> None:
    """All ids, by all checks."""
    assert select([], []).ids == frozenset(BY_ID)


def test_only_runs_the_checks_that_report_the_ids() -> None:
    """An id brings its check; other ids of that check are not reported."""
    selection = select(["pci.link", "card.memory"], [])
    assert selection.checks == {"pci", "axcl-smi"}
    assert selection.takes("pci.link")
    assert not selection.takes("pci.device")


def test_a_group_stands_for_all_its_ids_and_skip_wins() -> None:
    """--only card --skip card.memory is the card without its memory."""
    selection = select(["card"], ["card.memory"])
    assert selection.ids == {name for name in BY_ID if name.startswith("card.")} - {"card.memory"}


def test_a_crashed_check_is_always_reported() -> None:
    """Its name is no id of the catalogue, and a bug must not be hidden."""
    assert select(["pci.link"], []).takes("pci")


@pytest.mark.parametrize(
    ("name", "nearest"), [("pci.devise", "pci.device"), ("tokenizer", "model.tokenizer"), ("modle", "model")]
)
def test_an_unknown_id_is_told_with_the_nearest(name: str, nearest: str) -> None:
    """A slip costs one look, not a search."""
    for only, skip in (([name], []), ([], [name])):
        with pytest.raises(UsageError, match=name) as caught:
            select(only, skip)
        assert caught.value.hint == f"did you mean {nearest}?"


def test_leaving_nothing_is_refused() -> None:
    """A report about nothing would read like good news."""
    with pytest.raises(UsageError, match="nothing to check"):
        select(["pci.link"], ["pci"])
