"""Who runs, as /proc shows it."""

import pytest

from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.processes import (
    descends_from,
    find_runners,
    find_serves,
    holders_by_handle,
    is_serve,
    read_process,
)

SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
SERVICE = "0::/system.slice/chat.service\n"
USER_SERVICE = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/chat.service\n"
USER_SHELL = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-foot.scope\n"
CONTAINER = "0::/system.slice/docker-0a1b.scope\n"
INIT_SCRIPT = "0::/\n"


def status(state: str = "S", parent: int = 1, ignored: str = "0" * 16) -> str:
    """The lines of /proc/PID/status that matter."""
    lines = (
        "Name:\tx",
        f"State:\t{state} (x)",
        f"PPid:\t{parent}",
        "Uid:\t1000\t1000",
        f"SigIgn:\t{ignored}",
    )
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "cgroup", "stale"),
    [
        (status(), SESSION, True),
        (status(), USER_SHELL, True),
        (status(), None, True),
        (status(), SERVICE, False),
        (status(), USER_SERVICE, False),
        (status(), CONTAINER, False),
        (status(), INIT_SCRIPT, False),
        (status(parent=700), SESSION, False),
        (status(ignored="0000000000000001"), SESSION, False),
        (status(parent=650), USER_SHELL, True),
        (status(parent=650), USER_SERVICE, False),
        (status("T", 700), SESSION, True),
        (status("Z", 700), SESSION, True),
        (status("D", 700), SESSION, False),
    ],
)
def test_a_process_that_nobody_wants_is_stale(text: str, cgroup: str | None, stale: bool) -> None:
    """Without parent, service, container or nohup; or stopped; or a zombie."""
    files = {"/proc/9/comm": "main_axcl_aarch\n", "/proc/9/status": text, "/proc/650/comm": "systemd\n"}
    probes = FakeProbes(files=files | ({"/proc/9/cgroup": cgroup} if cgroup else {}))
    process = read_process(probes, 9)
    assert process is not None
    assert bool(process.staleness) is stale


def test_the_owner_has_a_name() -> None:
    """From /etc/passwd, else the number."""
    files = {
        "/proc/9/comm": "axllm\n",
        "/proc/9/status": status(),
        "/etc/passwd": "pi:x:1000:1000::/home/pi:\n",
    }
    process = read_process(FakeProbes(files=files), 9)
    assert process is not None
    assert process.owner == "pi"
    process = read_process(FakeProbes(files=dict(files, **{"/etc/passwd": ""})), 9)
    assert process is not None
    assert process.owner == "user 1000"


def test_stat_is_enough() -> None:
    """Names with blanks and brackets do not shift its fields."""
    process = read_process(FakeProbes(files={"/proc/9/stat": "9 (main_axcl (x) y) T 77 9 9 0"}), 9)
    assert process is not None
    assert (process.state, process.parent) == ("T", 77)
    assert read_process(FakeProbes(), 9) is None


def test_runners_are_found_by_name() -> None:
    """By the kernel's short name or by the command; others that hold 'llm' in their name are not."""
    files: dict[str, bytes | str] = {
        "/proc/5/comm": "main_axcl_aarch\n",
        "/proc/40/comm": "ld-linux-aarch6\n",
        "/proc/40/cmdline": "/opt/main_api_axcl_aarch64\0--x\0",
        "/proc/41/comm": "bash\n",
        "/proc/42/comm": "my-axllm-notes\n",
        "/proc/self/comm": "axllm\n",
    }
    assert [p.pid for p in find_runners(FakeProbes(files=files))] == [5, 40]


def test_open_handles_are_found() -> None:
    """Only where this user may look."""
    links = {"/proc/5/fd/3": "/dev/axcl_host", "/proc/6/fd/3": "/dev/null"}
    assert holders_by_handle(FakeProbes(links=links), "/dev/axcl_host") == [5]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python3 -P -m axchat serve --background --report-fd 5", True),
        ("/usr/bin/python3 /home/pi/.local/bin/axchat serve -m /m", True),
        ("python3 -m axchat --debug serve", True),
        ("python3 -m axchat run serve", False),
        ("python3 -m axchat -- ", False),
        ("vi a b c d e axchat serve", False),
        ("grep axchat serve", False),
        ("axchat-serve", False),
        ("", False),
    ],
)
def test_axchat_serve_is_known_by_its_command(command: str, expected: bool) -> None:
    """However it was started; the word that follows the program is the command."""
    probes = FakeProbes(files={"/proc/5/cmdline": command.replace(" ", "\0") + "\0", "/proc/5/comm": "x"})
    assert is_serve(probes, 5) == expected
    assert [process.pid for process in find_serves(probes)] == ([5] if expected else [])


def test_descent_goes_by_way_of_others() -> None:
    """A process, its parent, its parent's parent; numbers that run in a circle end it."""
    files = {
        f"/proc/{pid}/stat": f"{pid} (x) S {parent} 0"
        for pid, parent in {9: 8, 8: 7, 7: 1, 5: 6, 6: 5}.items()
    }
    probes = FakeProbes(files=files)
    assert [descends_from(probes, 9, other) for other in (9, 8, 7, 1, 6)] == [True, True, True, False, False]
    assert not descends_from(probes, 5, 7)
    assert not descends_from(probes, 4, 7)
