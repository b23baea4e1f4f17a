"""Isolation: every test gets its own home, no colour, no network beyond loopback, and leaves nothing."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import platformdirs
import pytest

if TYPE_CHECKING:
    from support.debian_tools import Tool

# Taken before any fixture moves HOME: where `axchat models pull smollm2` put the file, and where
# tests/support/debian_tools.py put programs.
_REAL_DATA_DIR = Path(platformdirs.user_data_dir("axchat"))
_REAL_CACHE_DIR = Path(platformdirs.user_cache_dir("axchat"))
# Programs of debian_tools.BY_NAME, behind what is installed.
_BY_NAME = _REAL_CACHE_DIR / "test-tools" / "by-name"
_LEFT_ALONE = {"PYTEST_CURRENT_TEST"}


def pytest_configure() -> None:
    """Signals and time limits that hold however the tests were started.

    A run in the background ignores SIGINT, and its children would too: take it back.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if str(_BY_NAME) not in os.environ["PATH"].split(os.pathsep):  # a worker's has it already
        os.environ["PATH"] += f"{os.pathsep}{_BY_NAME}"
    # two busy cores: an example may take its time
    hypothesis.settings.register_profile(
        "axchat", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("axchat")


@pytest.fixture(autouse=True)
def isolated_home(
    _nothing_leaks: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An empty home and XDG tree; settings of the person who runs the tests are out of sight.

    The order of the arguments matters: the leak check ends after monkeypatch has put everything back.
    """
    home = tmp_path_factory.mktemp("home")
    for name in [n for n in os.environ if n.startswith(("AXCHAT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(home / "etc-xdg"))  # not this machine's /etc/xdg
    # a holder outlives the command that started it: tests of it ask for the fixture holder_home
    monkeypatch.setenv("AXCHAT_HOLDER", "false")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("FORCE_COLOR", "COLUMNS", "LINES", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    # pytest-socket guards this process; a dead proxy guards its children.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,127.1,localhost,::1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return home


@pytest.fixture
def _nothing_leaks() -> Iterator[None]:
    """A test that changes the environment or leaves a child process behind fails."""
    before = {k: v for k, v in os.environ.items() if k not in _LEFT_ALONE}
    children = _children()
    yield
    after = {k: v for k, v in os.environ.items() if k not in _LEFT_ALONE}
    assert after == before, "the test changed the environment"
    left = _children() - children
    assert not left, f"the test left processes behind: {left}"


def _children() -> set[tuple[int, str]]:
    found = set()
    for task in Path("/proc/self/task").iterdir():
        # a thread may end while it is looked at, and so may a child
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for pid in (task / "children").read_text().split():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    found.add((int(pid), Path(f"/proc/{pid}/comm").read_text().strip()))
    return found


@pytest.fixture(scope="session")
def small_model() -> Path:
    """The GGUF of SmolLM2-135M; fails, never skips, when it was not fetched."""
    path = _REAL_DATA_DIR / "models" / "smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if not path.is_file():
        pytest.fail(f"no model at {path}; fetch it once: axchat models pull smollm2 --yes")
    return path


@pytest.fixture(scope="session")
def debian_tool() -> "Callable[[str], Tool]":
    """Finds haproxy and the like, installed or fetched; fails, never skips, when they are neither."""
    from support import debian_tools

    return lambda program: debian_tools.find(program, _REAL_CACHE_DIR / "test-tools")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hardware tests run only when asked for with ``-m hardware``."""
    if "hardware" in (config.getoption("-m") or ""):
        return
    chosen = [item for item in items if "hardware" not in item.keywords]
    config.hook.pytest_deselected(items=[item for item in items if "hardware" in item.keywords])
    items[:] = chosen


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Only loopback and Unix sockets may be opened.

    What ``localhost`` means is given: to look it up before each test asks a name server where there is no
    /etc/hosts, which took a third of the whole time in a bare Debian root.
    """
    import pytest_socket

    loopback = ["127.0.0.1", "::1"]
    pytest_socket.socket_allow_hosts(
        [*loopback, "localhost"], allow_unix_socket=True, resolution_cache={"localhost": set(loopback)}
    )


@pytest.fixture
def holder_home(isolated_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The empty home, where commands may start a holder; what is left of it is ended afterwards."""
    from support.holders import all_holders, end

    monkeypatch.delenv("AXCHAT_HOLDER")
    yield isolated_home
    for pid in all_holders(isolated_home / "run"):
        end(pid)
