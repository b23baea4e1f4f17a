"""The file that an edit begins with."""

import re

import pytest

from axchat.cli.config_editing import problems_in
from axchat.config.load import from_text
from axchat.config.schema import Option, options
from axchat.config.sources import Found
from axchat.config.template import template
from axchat.config.values import toml


def test_it_sets_nothing() -> None:
    """It is TOML, and all of it are comments and empty tables."""
    assert from_text(template(), "f") == []


@pytest.mark.parametrize("option", options(), ids=lambda option: option.key)
def test_every_setting_is_in_it_and_can_be_uncommented(option: Option) -> None:
    """One line with its # taken away sets it to a value that is right."""
    line = f"{option.key.rpartition('.')[2]} = {toml(option.example)}"
    table = option.key.rpartition(".")[0]
    begin = template().index(f"\n[{table}]\n") if table else 0
    text = template()[:begin] + template()[begin:].replace(f"\n# {line}\n", f"\n{line}\n", 1)

    (found,) = from_text(text, "f")

    assert isinstance(found, Found)
    assert (found.name, found.value) == (option.name, option.example)
    assert problems_in(text.encode(), "f") == []


def test_its_example_of_a_model_is_right() -> None:
    """Both lines of it."""
    text = re.sub(r"(?m)^# (\[models\..*|cpu\.threads = 2)$", r"\1", template())

    assert [(item.model, item.name) for item in from_text(text, "f") if isinstance(item, Found)] == [
        ("smollm2", "cpu_threads")
    ]


def test_its_lines_fit_a_screen() -> None:
    """None is longer than the editors of the settings' owners are wide."""
    assert max(map(len, template().splitlines())) <= 110
