"""Programs and services are asked once."""

from collections.abc import Sequence
from pathlib import Path

from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.probes import Probes
from axchat.doctor.remembering import BUDGET_S, RememberingProbes


def test_the_same_program_is_started_once() -> None:
    """Other arguments are another question; a service is asked once as well."""
    fake = FakeProbes(programs={"a": RunResult(output="1")}, services={"http://h:1/p": b"body"})
    probes: Probes = RememberingProbes(fake)
    assert probes.run(["a"], 1.0).output == probes.run(["a"], 2.0).output == "1"
    assert not probes.run(["a", "b"], 1.0).found
    assert probes.fetch("h", 1, "/p", 1.0) == probes.fetch("h", 1, "/p", 1.0) == b"body"
    assert [argv for argv, _, _ in fake.started] == [("a",), ("a", "b")]
    assert len(fake.fetched) == 1


def test_the_holder_is_asked_once_within_the_budget() -> None:
    """One that does not answer costs its time once, and not more than is left."""
    fake = FakeProbes(holders={"/s/status": b"{}"})
    now = iter([0.0, BUDGET_S - 1, BUDGET_S - 1, BUDGET_S, BUDGET_S])
    probes = RememberingProbes(fake, lambda: next(now))
    probes.run(["a"], 99.0)
    assert probes.ask_holder("/s", "/status", 2.0) == probes.ask_holder("/s", "/status", 2.0) == b"{}"
    assert fake.fetched == [("/s/status", 1.0)]


def test_all_programs_share_a_budget() -> None:
    """The first may take what it asks for, the last still gets a moment."""
    limits: list[float] = []

    class Hanging(FakeProbes):
        now = 0.0

        def run(
            self, argv: Sequence[str], timeout_s: float, output_limit: int = OUTPUT_LIMIT_BYTES
        ) -> RunResult:
            del argv, output_limit
            limits.append(timeout_s)
            self.now += timeout_s
            return RunResult(timed_out=True)

    hanging = Hanging()
    probes = RememberingProbes(hanging, lambda: hanging.now)
    for name in "abcd":
        probes.run([name], 5.0)
    assert limits == [5.0, 5.0, BUDGET_S - 10, 0.2]


def test_everything_else_is_handed_on() -> None:
    """Files, rights, users and variables come from the machine itself."""
    fake = FakeProbes(
        files={"/f": "abc\n"},
        links={"/l": "f"},
        path={"p": "/bin/p"},
        modules=frozenset({"m"}),
        environ={"V": "v"},
        uid=7,
        free={"/f": 1},
    )
    probes = RememberingProbes(fake)
    for machine in (fake, probes):
        assert machine.read_bytes("/f", 2) == b"ab"
        assert (machine.read_text("/f"), machine.read_tail("/f", 2)) == ("abc", "c")
        assert machine.listdir("/") == ["f", "l"]
        assert machine.status("/f") == (False, 0o666, 0, 4)
        assert (machine.exists("/f"), machine.readlink("/l"), machine.which("p")) == (True, "f", "/bin/p")
        assert (machine.has_module("m"), machine.user(), machine.variable("V")) == (True, 7, "v")
        assert (machine.free_bytes("/f"), machine.located(Path("/f"))) == (1, Path("/f"))
        assert machine.access("/f").value == "ok"
        assert machine.uname().machine == "aarch64"
