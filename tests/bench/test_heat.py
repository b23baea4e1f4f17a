import threading

import pytest

from axchat.bench.heat import Heat, HeatReader, throttling
from support.clock import FakeClock

RATES = [(float(at), 12.0) for at in range(5)] + [(float(at), 9.0) for at in range(5, 10)]


def test_heat_is_read_at_both_ends() -> None:
    """However short the bench was; seconds count from its beginning."""
    clock = FakeClock(100.0)
    values = iter([(50.0, 2400.0), (70.0, 1800.0)])
    with HeatReader(lambda: next(values), clock, began=99.0, interval_s=60.0, patience_s=60.0) as heat:
        clock.sleep(8.0)
    assert heat.found == ((1.0, 50.0, 2400.0), (9.0, 70.0, 1800.0))


def test_it_is_read_again_meanwhile() -> None:
    """In a thread of its own, at its interval."""
    seen = threading.Semaphore(0)

    def read() -> tuple[float, None]:
        seen.release()
        return 50.0, None

    with HeatReader(read, FakeClock(), 0.0, interval_s=0.001) as heat:
        for _ in range(4):
            assert seen.acquire(timeout=60)
    assert len(heat.found) >= 4


def test_a_reading_that_hangs_is_stopped_at_the_end() -> None:
    """axcl-smi may take 50 s on a dead card; what was read before is kept, and nothing is read again."""
    goes_on, hangs = threading.Event(), threading.Event()
    answers = iter([(50.0, None)])

    def read() -> tuple[float | None, float | None]:
        if (known := next(answers, None)) is not None:
            return known
        hangs.set()
        goes_on.wait(60)
        return None, None

    reader = HeatReader(read, FakeClock(), 0.0, interval_s=0.001, stop=goes_on.set)
    with reader:
        assert hangs.wait(60)
    assert goes_on.is_set()
    assert len(reader.found) == 1


def test_a_first_reading_that_hangs_does_not_hold_up_the_bench() -> None:
    """It goes on without one; at the end axcl-smi is stopped and not started again."""
    goes_on, times = threading.Event(), []

    def read() -> tuple[None, None]:
        times.append(goes_on.wait(60))
        return None, None

    with HeatReader(read, FakeClock(), 0.0, stop=goes_on.set, patience_s=0.01):
        assert not goes_on.is_set()
    assert goes_on.is_set()
    assert times in ([], [True])


def test_a_reading_is_waited_for_as_long_as_one_took() -> None:
    """The one at the end tells how hot it is afterwards, also where axcl-smi takes its two seconds."""
    clock, begun, never = FakeClock(), threading.Semaphore(0), threading.Event()
    stops: list[bool] = []

    def read() -> tuple[float, None]:
        begun.release()
        clock.sleep(60.0)
        never.wait(0.05)  # longer than the patience below
        return 50.0, None

    reader = HeatReader(read, clock, 0.0, interval_s=0.001, stop=lambda: stops.append(True), patience_s=0.001)
    with reader:
        for _ in range(2):
            assert begun.acquire(timeout=60)
    assert len(reader.found) >= 2
    assert not stops


def test_what_tells_nothing_is_not_kept() -> None:
    """A machine without sensors has no heat, not a list of nothing."""
    with HeatReader(lambda: (None, None), FakeClock(), 0.0) as heat:
        pass
    assert heat.found == ()


@pytest.mark.parametrize(
    ("heat", "told"),
    [
        (
            [(0.0, 61.0, None), (9.0, 84.0, None)],
            "the rate fell from 12.0 to 9.0 tok/s while the temperature rose from 61 to 84 °C",
        ),
        (
            [(0.0, 61.0, 2400.0), (9.0, 62.0, 1500.0)],
            "the rate fell from 12.0 to 9.0 tok/s while the clock went down from 2400 to 1500 MHz",
        ),
        ([(0.0, 61.0, 2400.0), (9.0, 62.0, 2390.0)], None),
        (
            [
                *((at, 61.0, 2400.0) for at in (0.0, 1.0, 2.0, 7.0, 7.5, 8.5)),
                *((at, 90.0, 600.0) for at in (8.0, 9.0)),
            ],
            None,  # single readings are noise
        ),
        (
            [(-30.0, 20.0, None), (0.0, 61.0, None), (9.0, 62.0, None), (60.0, 90.0, None)],
            None,  # long before and long after this test
        ),
        ([(0.0, 61.0, None)], None),
        ([], None),
    ],
)
def test_throttling_is_told_where_heat_or_clock_go_with_the_rate(heat: list[Heat], told: str | None) -> None:
    """A slower rate alone has other causes."""
    assert throttling(heat, RATES) == told


def test_a_rate_that_holds_is_no_throttling() -> None:
    """However hot it gets; nor are too few rates."""
    hot: list[Heat] = [(0.0, 50.0, None), (9.0, 90.0, None)]
    assert throttling(hot, [(float(at), 12.0 - at % 2) for at in range(10)]) is None
    assert throttling(hot, RATES[3:7]) is None
