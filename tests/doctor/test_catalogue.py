"""The catalogue of ids, and the table that is made from it."""

import re
from pathlib import Path

import pytest

from axchat.doctor import checks
from axchat.doctor.catalogue import BY_ID, ENTRIES, LAYERS, as_markdown, layer_of
from axchat.doctor.registry import CHECKS
from axchat.modeldir import files

DOCUMENT = Path(__file__).parents[2] / "docs" / "doctor.md"
STATUSES = {"ok", "warn", "fail", "skip"}


def ids_in_source() -> set[str]:
    """Every id that a check's source spells out; those of model files are put together from their problem."""
    folder = Path(checks.__file__).parent
    spelled = r'"((?:pci|host|driver|card|model|cpu|axchat)\.[a-z0-9-]+)"'
    found = {name for path in folder.glob("*.py") for name in re.findall(spelled, path.read_text())}
    text = Path(files.__file__).read_text()
    problems = set(re.findall(r'Problem\(\s*"([a-z-]+)"', text)) | set(
        re.findall(r'^    "([a-z]+-[a-z-]+)": ', text, re.MULTILINE)
    )
    return found | {f"model.{problem}" for problem in problems}


def test_every_id_of_a_check_is_in_the_catalogue() -> None:
    """A new id needs its row: layer, question, statuses, hint."""
    assert ids_in_source() <= set(BY_ID), ids_in_source() - set(BY_ID)


def test_every_row_belongs_to_a_check_that_runs() -> None:
    """Rows name a layer and a check that exist, known statuses, and failures with an exit status."""
    names = {check.id for check in CHECKS}
    assert {entry.check for entry in ENTRIES} == names
    assert len(BY_ID) == len(ENTRIES)
    for entry in ENTRIES:
        assert entry.layer in LAYERS, entry
        assert set(entry.statuses) <= STATUSES, entry
        assert bool(entry.exits) == ("fail" in entry.statuses), entry
        assert bool(entry.hint) == bool({"fail", "warn"} & set(entry.statuses)), entry
        assert entry.asks, entry


def test_the_table_in_the_documentation_is_up_to_date() -> None:
    """When this fails: python -m axchat.doctor.catalogue prints the table for docs/doctor.md."""
    assert as_markdown() in DOCUMENT.read_text()


@pytest.mark.parametrize(
    ("name", "status", "layer"),
    [
        ("driver.nodes", 6, "permission"),
        ("driver.nodes", 5, "nodes"),
        ("pci.device", 5, "bus"),
        ("crashed-check", 1, "axchat"),
    ],
)
def test_the_layer_follows_from_the_id(name: str, status: int, layer: str) -> None:
    """Closed nodes are a matter of permission; a crashed check is axchat's own."""
    assert layer_of(name, status) == layer
