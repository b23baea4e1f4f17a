"""Which of a server's models is asked."""

import pytest

from axchat.engines.openai_choice import choose_model
from axchat.errors import ModelError
from axchat.wire.address import parse_address

ADDRESS = parse_address("http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("names", "wanted", "chosen"),
    [
        (["small"], None, "small"),
        (["a", "b"], "b", "b"),
        (["a", "b"], "alias", "alias"),
        (None, "any", "any"),
    ],
)
def test_the_only_model_or_the_named_one(names: list[str] | None, wanted: str | None, chosen: str) -> None:
    """A name that a list of several leaves out may be an alias; without a list, the name is believed."""
    entries = None if names is None else [{"id": name} for name in names]
    assert choose_model(entries, wanted, ADDRESS) == chosen


@pytest.mark.parametrize(
    ("names", "wanted", "message", "hint"),
    [
        (["small"], "large", "has no model large", "it has: small"),
        ([], None, "has 0 models", "it has: none"),
        ([f"m{n}" for n in range(25)], None, "has 25 models and none was named", "m19 and 5 more"),
    ],
)
def test_what_there_is_stands_in_the_hint(
    names: list[str], wanted: str | None, message: str, hint: str
) -> None:
    """Of many, the first twenty."""
    with pytest.raises(ModelError, match=message) as raised:
        choose_model([{"id": name} for name in names], wanted, ADDRESS)
    assert hint in (raised.value.hint or "")
