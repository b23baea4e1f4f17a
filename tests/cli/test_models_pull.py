"""``axchat models pull REPO`` against a hub on loopback: as a process where that matters, else inside."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from axchat.cli.models import app
from support.cli import OnTerminal, Outcome, axchat
from support.hub_server import REPO, Fault, HubServer, gguf, vendor_files
from support.inside import run_inside

PULL = ("models", "pull")
FOR_A_PI = ("--arch", "aarch64")


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    """A hub with the vendor's repository and a GGUF one."""
    files = {"a-Q4_0.gguf": gguf(904), "a-Q8_0.gguf": gguf(1904), "README.md": b"read"}
    with HubServer({REPO: vendor_files(), "x/a-GGUF": files}).running() as hub:
        yield hub


def run(hub: HubServer, *arguments: str) -> Outcome:
    """The command as a process, with this hub as the mirror."""
    return axchat(*PULL, *arguments, env={"HF_ENDPOINT": hub.endpoint})


@pytest.fixture
def inside(
    hub: HubServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """The command in this process, with this hub as the mirror."""

    def run_it(*arguments: str, token: str | None = None) -> Outcome:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        if token is not None:
            monkeypatch.setenv("HF_TOKEN", token)
        return run_inside(app, capfd, *PULL[1:], *arguments)

    return run_it


Inside = Callable[..., Outcome]


def test_a_repository_is_fetched(hub: HubServer, isolated_home: Path) -> None:
    """Stdout is the model's path and nothing else; the library prints, stores and leaves nothing."""
    outcome = run(hub, REPO, *FOR_A_PI).assert_ok()
    folder = isolated_home / ".local/share/axchat/models" / REPO
    assert outcome.out.decode() == f"{folder}\n"
    assert (folder / "main_axcl_aarch64").read_bytes() == vendor_files()["main_axcl_aarch64"]
    assert outcome.err.splitlines()[:2] == [f"downloading {REPO}: 17.6 KiB", f"{REPO}: done"]
    assert not (isolated_home / ".cache").exists()

    again = run(hub, f"https://huggingface.co/{REPO}", *FOR_A_PI).assert_ok()
    assert again.out == outcome.out
    assert (
        again.err.partition("\n")[0] + "\n"
        == f"axchat: {REPO} is here already, as of commit {hub.commit(REPO)[:12]}\n"
    )


def test_a_model_of_the_catalogue_is_its_repository(inside: "Inside") -> None:
    """Its short name as ``axchat models known`` has it, in any case."""
    dry = [
        inside(name, "--dry-run", *FOR_A_PI).assert_ok() for name in (REPO, REPO.rpartition("/")[2].lower())
    ]
    assert dry[0].out == dry[1].out != b""


def test_a_dry_run_fetches_nothing(hub: HubServer, inside: Inside, isolated_home: Path) -> None:
    """It shows each file with its size, what is left out and why, and where the rest would go."""
    outcome = inside(REPO, "--dry-run", *FOR_A_PI).assert_ok()
    text = outcome.out.decode()
    assert "3.9 KiB  qwen/qwen2_p128_l0_together.axmodel\n" in text
    assert f"17.6 KiB  13 files of {REPO} at {hub.endpoint}\n" in text
    assert "493 B  left out: 2 files, programs for the chip itself\n" in text
    assert f"commit {hub.commit(REPO)}\n" in text
    assert not (isolated_home / ".local").exists()


def test_a_gguf_is_chosen(inside: Inside, tmp_path: Path) -> None:
    """Without a choice the files are listed with status 2; with one the path is the file's."""
    refused = inside("x/a-GGUF")
    assert refused.status == 2
    assert "  904 B  Q4_0  a-Q4_0.gguf\n" in refused.err
    assert "axchat models pull x/a-GGUF:QUANT" in refused.err
    chosen = inside("x/a-GGUF:Q4_0", "--to", str(tmp_path)).assert_ok()
    assert chosen.out.decode() == f"{tmp_path}/a-Q4_0.gguf\n"
    assert {path.name for path in tmp_path.iterdir() if path.name[0] != "."} == {"a-Q4_0.gguf", "README.md"}
    by_name = inside("x/a-GGUF", "--file", "a-Q8_0.gguf", "-q", "--to", str(tmp_path)).assert_ok()
    assert (by_name.out.decode(), by_name.err) == (f"{tmp_path}/a-Q8_0.gguf\n", "")


def test_a_model_that_lacks_a_file_is_told(hub: HubServer, inside: Inside, tmp_path: Path) -> None:
    """A repository whose script names a layer that it has not is fetched, with a warning."""
    files = {path: it for path, it in vendor_files().items() if "_l3_" not in path}
    hub.repos["x/short"] = files
    outcome = inside("x/short", *FOR_A_PI, "--to", str(tmp_path)).assert_ok()
    assert "warning: a file is missing: qwen/qwen2_p128_l3_together.axmodel" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("a/b",), 4, "no public repository a/b at http://127.0.0.1:"),
        ((REPO, "--revision", "v9"), 4, "has no revision v9 at http://127.0.0.1:"),
        ((REPO, "--revision", "a b"), 2, "not a revision"),
        ((f"modelscope:{REPO}",), 2, "modelscope download --model"),
        ((REPO, "--arch", "riscv64"), 2, "no runner for riscv64"),
        ((REPO, "--to", "/proc/x"), 4, "cannot"),
        (("./some/dir",), 2, "not a repository"),
        (("smollm2", "--to", "x"), 2, "--to is for a repository"),
    ],
)
def test_what_cannot_be_done(inside: Inside, arguments: tuple[str, ...], status: int, said: str) -> None:
    """Each ends with its status, one line and a hint, and never a traceback."""
    outcome = inside(*arguments)
    assert (outcome.status, outcome.out) == (status, b"")
    assert said in outcome.err
    assert "\n  -> " in outcome.err
    assert "Traceback" not in outcome.err


def test_no_address_and_offline_mode() -> None:
    """A mirror that is no address and offline mode are told by name."""
    wrong = axchat(*PULL, REPO, env={"HF_ENDPOINT": "127.0.0.1"})
    assert (wrong.status, "HF_ENDPOINT is not an http address" in wrong.err) == (2, True)
    offline = axchat(*PULL, REPO, env={"HF_HUB_OFFLINE": "1"})
    assert (offline.status, "HF_HUB_OFFLINE" in offline.err) == (4, True)


def test_the_token_of_the_environment(hub: HubServer, inside: Inside, tmp_path: Path) -> None:
    """HF_TOKEN opens a private repository and is in no message."""
    hub.repos["x/secret"] = hub.repos["x/a-GGUF"]
    hub.private.add("x/secret")
    assert "HF_TOKEN" in inside("x/secret:Q4_0").err
    wrong = inside("x/secret:Q4_0", token="hf_wrong")
    assert (wrong.status, "hf_wrong" in wrong.err) == (4, False)
    broken = inside("x/secret:Q4_0", token="hf_a\r\nX-Evil: 1")
    assert (broken.status, "Evil" in broken.err) == (2, False)
    inside("x/secret:Q4_0", "--to", str(tmp_path), token="hf_right\n").assert_ok()


def test_a_terminal_is_asked(hub: HubServer, isolated_home: Path, tmp_path: Path) -> None:
    """The size is said before the first byte; a no fetches nothing; a bar shows the rest."""
    with OnTerminal(*PULL, REPO, *FOR_A_PI, env={"HF_ENDPOINT": hub.endpoint}) as terminal:
        terminal.read_until(b"13 files of ")
        terminal.read_until(b"[Y/n] ")
        terminal.send("n\r")
        assert terminal.wait() == 2
    assert not (isolated_home / ".local/share/axchat/models" / REPO).exists()
    arguments = (*PULL, REPO, *FOR_A_PI, "--yes", "--to", str(tmp_path / "m"))
    with OnTerminal(*arguments, columns=120, env={"HF_ENDPOINT": hub.endpoint}) as terminal:
        assert terminal.wait() == 0
        assert "17.6/17.6 KiB" in terminal.text


def test_an_interrupted_pull_says_what_is_here(hub: HubServer, inside: Inside, tmp_path: Path) -> None:
    """A connection that does not come back leaves the bytes, and the next run needs the rest."""
    path = "qwen/qwen2_p128_l1_together.axmodel"
    hub.faults[path] = [Fault(cut_after=1500), Fault(cut_after=0)]
    broken = inside(REPO, *FOR_A_PI, "--to", str(tmp_path))
    assert broken.status == 4
    assert "broke off after 1500 of 4000 bytes" in broken.err
    assert "of 17.6 KiB are here" in broken.err
    hub.asked.clear()
    inside(REPO, *FOR_A_PI, "--to", str(tmp_path)).assert_ok()
    assert (path, "bytes=1500-") in hub.fetched()


def test_ctrl_c_leaves_what_came(hub: HubServer, tmp_path: Path) -> None:
    """The pull ends with 130 and a clean line; the files that came are whole and not fetched again."""
    fault = Fault(wait_for=threading.Event())
    hub.faults["qwen/qwen2_p128_l3_together.axmodel"] = [fault]
    arguments = (*PULL, REPO, *FOR_A_PI, "--yes", "--to", str(tmp_path / "m"))
    with OnTerminal(*arguments, env={"HF_ENDPOINT": hub.endpoint}) as terminal:
        assert fault.reached.wait(60)
        terminal.send("\x03")
        assert terminal.wait() == 130
        assert "axchat: the pull was interrupted" in terminal.text
        assert "Traceback" not in terminal.text
    assert fault.wait_for is not None
    fault.wait_for.set()
    came = (tmp_path / "m/qwen/qwen2_p128_l2_together.axmodel").read_bytes()
    assert came == vendor_files()["qwen/qwen2_p128_l2_together.axmodel"]
