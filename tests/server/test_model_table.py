"""Which model a name means while another, or the same with other options, is loaded."""

from collections.abc import Mapping

import pytest

from axchat.errors import ModelError
from axchat.server.holder import Known, ModelTable
from axchat.wire.holder import ModelSpec

SHORT = ModelSpec("m.gguf", "cpu", "/m.gguf", (("cpu_context", 512),))
LONG = ModelSpec("m.gguf", "cpu", "/m.gguf", (("cpu_context", 4096),))
FOREIGN = ModelSpec("m.gguf", "cpu", "/m.gguf", (("cpu_context", 77),))
OTHER = ModelSpec("other", "session", "/other")


def table(named: Mapping[str, ModelSpec], current: ModelSpec | None) -> ModelTable:
    """Its default is the first."""
    name = next(iter(named), "")
    return ModelTable(Known(named.get(name), name, lambda: named), lambda: current)


def test_what_a_command_loaded_with_other_options_is_not_loaded_again() -> None:
    """Who names the model over HTTP takes it as it is."""
    names = table({"m": SHORT}, FOREIGN)
    assert names.find("m") == FOREIGN
    assert names.at_hand("m") is None
    assert names.all() == {"m": FOREIGN}


def test_two_names_of_a_file_keep_their_own_options() -> None:
    """One that is loaded does not stand for the other."""
    names = table({"m": SHORT, "m-long": LONG}, SHORT)
    assert names.find("m-long") == LONG
    assert names.find("m") == SHORT
    assert list(names.all()) == ["m", "m-long"]
    assert table({"m": SHORT, "m-long": LONG}, LONG).find("m") == SHORT


def test_what_is_loaded_can_be_named_though_it_has_no_name_here() -> None:
    """By its directory's, unless that is the name of another."""
    names = table({"m": SHORT}, OTHER)
    assert names.find("other:latest") == OTHER
    assert list(names.all()) == ["other", "m"]
    assert table({"other": SHORT}, OTHER).find("other") == SHORT


def test_without_a_default_nothing_is_chosen_for_who_names_nothing() -> None:
    """The first of the names is no default."""
    names = ModelTable(Known(None, "", lambda: {"m": SHORT}), lambda: None)
    assert names.at_hand("") is None
    with pytest.raises(ModelError, match="no model is set"):
        names.default()
    with pytest.raises(ModelError, match="not found"):
        names.find("")
