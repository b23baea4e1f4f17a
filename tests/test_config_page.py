"""The page of settings is what the schema says."""

import re

from axchat.config.load import from_text
from axchat.config.schema import options
from axchat.config.sources import Found
from support.config_docs import MARK, PAGE, page


def test_the_table_is_what_the_schema_says() -> None:
    """``python -m support.config_docs`` in ``tests/`` writes it anew."""
    text = PAGE.read_text(encoding="utf-8")

    assert MARK in text
    assert text == page()


def test_the_file_that_is_shown_is_right() -> None:
    """Each of its settings is one."""
    (shown,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    assert all(isinstance(item, Found) for item in from_text(shown, "f"))


def test_a_setting_that_is_named_in_the_text_is_one() -> None:
    """A renamed one is not left behind in what is written by hand."""
    text = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    known = {option.key for option in options()}

    tables = {key.partition(".")[0] for key in known if "." in key}
    named = set(re.findall(rf"`((?:{'|'.join(tables)})\.[a-z_]+)`", text))
    assert named
    assert named <= known | {"tokenizer.json"}  # a file
