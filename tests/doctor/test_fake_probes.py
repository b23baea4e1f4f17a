"""The made-up machine answers as a real one would."""

from axchat.doctor.child import RunResult
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.probes import NOBODY, Access, Probes, RealProbes


def test_the_fake_fits_the_port() -> None:
    """Checks can be given either."""
    machines: list[Probes] = [FakeProbes(), RealProbes()]
    assert [m.listdir("/nonexistent") for m in machines] == [None, None]


def test_directories_follow_from_files_and_links() -> None:
    """A directory is what has something below it."""
    probes = FakeProbes(files={"/a/b/c": "x"}, links={"/a/l": "b"}, denied=frozenset({"/a/d"}))
    assert probes.listdir("/a") == ["b", "d", "l"]
    assert probes.listdir("/") == ["a"]
    assert probes.listdir("/a/b/c") is None
    assert probes.exists("/a/b")
    assert not probes.exists("/a/x")


def test_reading_and_rights() -> None:
    """Limits hold, denied files exist but give nothing."""
    probes = FakeProbes(files={"/f": b"abc\n", "/d": "secret"}, denied=frozenset({"/d"}))
    assert probes.read_bytes("/f", 2) == b"ab"
    assert probes.read_text("/f") == "abc"
    assert probes.read_text("/d") is None
    assert [probes.access(p) for p in ("/f", "/d", "/x")] == [Access.OK, Access.DENIED, Access.MISSING]


def test_children_and_requests_are_recorded() -> None:
    """Tests can ask what was started and with which limits; unknown ones are not found."""
    probes = FakeProbes(programs={"a b": RunResult(output="hi")}, services={"http://h:1/p": b"body"})
    assert probes.run(["a", "b"], 1.0, 2).output == "hi"
    assert not probes.run(["c"], 3.0).found
    assert probes.fetch("h", 1, "/p", 4.0) == b"body"
    assert probes.fetch("h", 2, "/p", 4.0) == "Connection refused"
    assert probes.started[0] == (("a", "b"), 1.0, 2)
    assert [url for url, _ in probes.fetched] == ["http://h:1/p", "http://h:2/p"]
    assert probes.ask_holder("/s", "/status", 1.0) == NOBODY


def test_modes_owners_and_room_are_values() -> None:
    """Nodes are open to all unless denied or told otherwise; disks have room."""
    probes = FakeProbes(
        files={"/f": "abc", "/d/x": ""},
        denied=frozenset({"/n"}),
        modes={"/f": 0o644},
        owners={"/f": 7},
        free={"/d": 5},
    )
    assert probes.status("/f") == (False, 0o644, 7, 3)
    assert probes.status("/d") == (True, 0o755, 0, 0)
    assert probes.status("/n") == (False, 0o600, 0, 0)
    assert probes.status("/absent") is None
    assert (probes.free_bytes("/d"), probes.free_bytes("/f")) == (5, 10**10)
    assert (probes.read_tail("/f", 2), probes.read_tail("/n")) == ("bc", None)
