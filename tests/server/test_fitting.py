"""What of a request's sampling reaches a model that is loaded already."""

from axchat.engines.base import Capabilities
from axchat.messages import Sampling
from axchat.server.fitting import fitted, kept_values, reload_values

VENDOR = Capabilities(
    sampling=frozenset({"max_tokens", "stop", "temperature", "top_p"}),
    reloads=frozenset({"temperature", "top_p"}),
)


def test_a_value_read_at_the_load_is_ignored_and_named_unless_a_reload_is_allowed() -> None:
    """The temperature of a vendor's runner does not change by a request."""
    asked = Sampling(max_tokens=5, temperature=0.2)
    assert fitted(asked, VENDOR, {}, allows_reload=False, is_lenient=True) == (
        Sampling(max_tokens=5),
        ("temperature",),
    )
    assert fitted(asked, VENDOR, {}, allows_reload=True, is_lenient=True) == (asked, ())


def test_the_value_that_is_loaded_already_costs_nothing() -> None:
    """Asking for what was read at the load is no reload, and nothing is ignored."""
    asked = Sampling(temperature=0.2)
    assert fitted(asked, VENDOR, {"temperature": 0.2}, allows_reload=False, is_lenient=True) == (asked, ())


def test_a_request_that_chooses_nothing_keeps_what_is_loaded() -> None:
    """Leaving a value out does not load the model again for its default."""
    kept, ignored = fitted(Sampling(), VENDOR, {"temperature": 0.2}, allows_reload=True, is_lenient=False)
    assert (kept, ignored) == (Sampling(temperature=0.2), ())


def test_what_the_engine_does_not_have_is_named_to_http_clients_and_refused_to_commands() -> None:
    """A seed is dropped with its name, or stays for the engine to refuse."""
    asked = Sampling(seed=1)
    assert fitted(asked, VENDOR, {}, allows_reload=False, is_lenient=True) == (Sampling(), ("seed",))
    assert fitted(asked, VENDOR, {}, allows_reload=True, is_lenient=False) == (asked, ())


def test_the_values_of_a_load_are_those_it_read() -> None:
    """Only what a load reads is remembered of the request that caused it."""
    assert reload_values(Sampling(max_tokens=5, temperature=0.2), VENDOR) == {"temperature": 0.2}


def test_what_was_loaded_with_is_told_to_who_left_it_open() -> None:
    """Nothing is told where nothing was read at the load, or where one of its values was chosen."""
    loaded_with = {"temperature": 0.2, "top_p": 0.9}
    told = kept_values(Sampling(max_tokens=5), VENDOR, loaded_with)
    assert told == "sampling as the model was loaded: temperature 0.2, top_p 0.9"
    assert kept_values(Sampling(temperature=0.2), VENDOR, loaded_with) is None
    assert kept_values(Sampling(), VENDOR, {}) is None
