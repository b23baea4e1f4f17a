import pytest

from axchat.bench.differences import differences
from support.saved_reports import report


def of_host(**facts: object) -> dict[str, object]:
    """A report with these facts of its machine."""
    return report(host=facts)


def test_equal_reports_have_none() -> None:
    """Nothing is said of two runs on one machine."""
    a = of_host(card={"name": "AX650N", "driver": "3.6.2"}, governor="performance")
    assert differences(a, a) == ()


def test_facts_are_named_by_their_way() -> None:
    """Nested facts that differ, each with both values; one that is not known is unknown."""
    a = of_host(card={"name": "AX650N", "driver": "3.6.2", "firmware": None}, governor="performance")
    b = of_host(card={"name": "AX650N", "driver": "3.6.3", "firmware": "1.2"}, governor="ondemand")
    assert differences(a, b) == (
        "card driver: 3.6.2 in A, 3.6.3 in B",
        "card firmware: unknown in A, 1.2 in B",
        "governor: performance in A, ondemand in B",
    )


def test_units_stand_behind_names() -> None:
    """A fact whose name ends in its unit is told with both."""
    a, b = (of_host(card={"temperature_after_c": celsius}, memory_mib=1000) for celsius in (50, 70))
    assert differences(a, b) == ("card temperature after (°C): 50 in A, 70 in B",)


def test_a_card_that_only_one_has_is_one_line() -> None:
    """Not one for each of its facts."""
    a, b = of_host(card={"name": "AX650N", "driver": "3.6.2"}), of_host(card=None)
    assert differences(a, b) == ("card: known of A, not of B",)
    assert differences(b, a) == ("card: known of B, not of A",)


def test_another_axchat_is_told() -> None:
    """Versions are compared first."""
    assert differences(report(axchat_version="1.0"), report(axchat_version="1.1")) == (
        "axchat: 1.0 in A, 1.1 in B",
    )


def test_a_stopped_report_is_told() -> None:
    """Either side, and one that does not say it is complete."""
    stopped = report(is_complete=False)
    assert differences(stopped, report()) == ("A was stopped before its end; what it has is compared",)
    assert differences(report(), stopped) == ("B was stopped before its end; what it has is compared",)


@pytest.mark.parametrize(
    ("name", "a", "b", "is_told"),
    [
        ("temperature_c", 45.0, 49.9, False),
        ("temperature_c", 45.0, 51.0, True),
        ("cpu_mhz", 2400, 2300, False),
        ("cpu_mhz", 2400, 1500, True),
        ("link_width", 4, 2, True),
        ("cmm_used_mib", 100, 4000, False),
        ("bus_id", "0000:01:00.0", "0001:11:00.0", False),
        ("hostname", "one", "two", False),
        ("is_throttled", False, True, True),
        ("kernel", "6.1", "6.6", True),
    ],
)
def test_only_what_matters_is_told(name: str, a: object, b: object, is_told: bool) -> None:
    """Warm by a few degrees, a clock that breathes and free memory are no other machine."""
    assert bool(differences(of_host(**{name: a}), of_host(**{name: b}))) is is_told


def test_other_orders_are_told() -> None:
    """What the bench was told to do differs for a model that both have."""
    a, b, c = (
        report(models=[{"model": model, "engine": "cpu", "warm_ups": 1, "sampling": {"seed": seed}}])
        for model, seed in (("m", 1), ("m", 2), ("n", 3))
    )
    assert differences(a, b) == ("m, sampling seed: 1 in A, 2 in B",)
    assert differences(a, c) == ()


def test_a_host_nested_without_end_is_read() -> None:
    """A file that somebody made to be deep is cut, not followed."""
    deep: object = 1
    for _ in range(900):
        deep = {"x": deep}
    [line] = differences(of_host(deep=deep), of_host())
    assert len(line) < 200
