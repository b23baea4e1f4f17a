"""What the doctor says about axchat's own background process."""

import json
from dataclasses import replace
from typing import Any

import pytest

from axchat import __version__
from axchat.attach.place import place_of
from axchat.doctor.checks import holder, holders
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.result import CheckResult, Status
from axchat.doctor.steps import StopHolder
from support.machines import CONTEXT, board, by_id, having, only

FOLDER = "/run/user/1000/axchat"
SOCKET = f"{FOLDER}/holder-0.sock"
STATUS_URL = f"{SOCKET}/status"
PID = 4100
MODEL = {"name": "qwen", "engine": "session", "path": "/models/qwen", "options": []}


def process(pid: int, command: str, *, uid: int = 1000, parent: int = 1, state: str = "S") -> dict[str, str]:
    """The /proc files of a process; the words of its command are parted by blanks."""
    name = command.split(" ", maxsplit=1)[0].rpartition("/")[2][:15]
    return {
        f"/proc/{pid}/comm": f"{name}\n",
        f"/proc/{pid}/cmdline": command.replace(" ", "\0") + "\0",
        f"/proc/{pid}/stat": f"{pid} ({name}) {state} {parent} " + " ".join(str(n) for n in range(5, 53)),
        f"/proc/{pid}/status": f"Name:\t{name}\nState:\t{state} (x)\nPPid:\t{parent}\n"
        f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\nSigIgn:\t0\n",
        f"/proc/{pid}/cgroup": "0::/user.slice/user-1000.slice/session-3.scope\n",
    }


def flock(pid: int) -> str:
    """A line of the kernel's list of locks."""
    return f"2: FLOCK  ADVISORY  WRITE {pid} 00:1a:9 0 EOF\n"


def living(pid: int = PID, *, state: str = "S", version: str = __version__) -> dict[str, str]:
    """The files of a holder that has its lock: process, what the lock says, the kernel's list of locks."""
    return {
        **process(pid, "python3 -P -m axchat serve --background --report-fd 5", state=state),
        f"{FOLDER}/holder-0.lock": json.dumps({"pid": pid, "version": version}),
        "/proc/locks": f"1: POSIX  ADVISORY  WRITE 7 fe:00:1 0 EOF\n{flock(pid)}",
    }


def answer(**changes: Any) -> bytes:
    """What a holder says about itself."""
    said = {"pid": PID, "version": __version__, "is_background": True, "state": "ready", "spec": MODEL}
    return json.dumps({**said, "error": None, **changes}).encode()


def machine(*files: dict[str, str], says: bytes | str | None = None, socket: bool = True) -> FakeProbes:
    """A board of user 1000 with a private runtime folder; ``says`` is what is told at the holder's socket."""
    more: dict[str, bytes | str] = {f"{FOLDER}/holder-0.start": ""}
    for each in files:
        more.update(each)
    if socket:
        more[SOCKET] = ""
    return replace(
        having(board(), more),
        environ={"XDG_RUNTIME_DIR": "/run/user/1000"},
        modes={FOLDER: 0o700},
        owners={FOLDER: 1000, "/run/user/1000": 1000},
        holders={} if says is None else {STATUS_URL: says},
    )


def found(probes: FakeProbes, name: str = "axchat.holder") -> CheckResult:
    """The finding with this id."""
    return by_id(holder.check(probes, CONTEXT))[name]


class TestHolder:
    """``axchat.holder``."""

    def test_none_is_fine(self) -> None:
        """Nothing at the socket's path, nobody asked."""
        probes = machine(socket=False)
        result = found(probes)
        assert (result.status, result.summary) == (Status.OK, "none runs; the next axchat run starts one")
        assert probes.fetched == []

    def test_a_socket_without_a_holder_is_harmless(self) -> None:
        """A killed holder leaves it, with a lock file that names it; the next one replaces it."""
        left = {f"{FOLDER}/holder-0.lock": json.dumps({"pid": PID, "version": "0.1"}), "/proc/locks": ""}
        result = found(machine(left))
        assert result.status is Status.OK
        assert "the next start replaces it" in result.summary
        assert result.facts["pid"] is None

    @pytest.mark.parametrize(
        ("changes", "part"),
        [
            ({}, f"pid {PID}, in the background, has qwen (session) loaded"),
            ({"spec": None}, "has nothing loaded"),
            ({"state": "loading"}, "has qwen (session) loading"),
            ({"is_background": False}, "axchat serve, has qwen"),
            ({"version": "0.0.1"}, "axchat 0.0.1, makes room when idle"),
        ],
    )
    def test_one_that_answers_is_told_with_its_model(self, changes: dict[str, Any], part: str) -> None:
        """Background or foreground, whatever it has loaded."""
        result = found(machine(living(), says=answer(**changes)))
        assert result.status is Status.OK
        assert part in result.summary

    def test_its_last_failure_is_a_warning_with_that_failures_hint(self) -> None:
        """Nothing has worked since."""
        error = {"id": "device-failed", "message": "the card is dead", "hint": "axcl-smi reboot -d 0"}
        result = found(machine(living(), says=answer(state="degraded", error=error)))
        assert result.status is Status.WARN
        assert "the card is dead" in result.summary
        assert result.hint == "axcl-smi reboot -d 0"

    def test_a_foreground_one_of_another_version_is_a_warning(self) -> None:
        """It makes no room by itself."""
        result = found(machine(living(), says=answer(is_background=False, version="0.0.1")))
        assert result.status is Status.WARN
        assert result.hint == f"start axchat serve again with axchat {__version__}"

    def test_one_that_does_not_answer_fails_and_can_be_ended(self) -> None:
        """Exit status busy; the step names the process with its start."""
        result = found(machine(living(), says="it says nothing for 2 s"))
        assert (result.status, result.exit_status) == (Status.FAIL, 7)
        assert "does not answer: it says nothing for 2 s" in result.summary
        assert result.steps == (StopHolder(PID, 22, SOCKET),)

    def test_one_that_was_stopped_is_told_as_that(self) -> None:
        """State T: Ctrl-Z, or SIGSTOP."""
        result = found(machine(living(state="T"), says="it says nothing for 2 s"))
        assert "it is stopped, as by Ctrl-Z" in result.summary

    @pytest.mark.parametrize("socket", [True, False])
    def test_one_that_starts_or_ends_is_no_failure(self, *, socket: bool) -> None:
        """It has its lock and does not listen yet, or no more."""
        result = found(machine(living(), socket=socket))
        assert result.status is Status.WARN
        assert f"starting or ending (pid {PID})" in result.summary
        assert result.steps == ()

    def test_the_lock_may_tell_which_of_both(self) -> None:
        """The holder writes its stage there."""
        told = {"pid": PID, "version": __version__, "stage": "ending"}
        result = found(machine(living(), {f"{FOLDER}/holder-0.lock": json.dumps(told).ljust(256)}))
        assert f"it is ending (pid {PID})" in result.summary

    @pytest.mark.parametrize(
        "change",
        [
            {"/proc/locks": flock(4101)},
            {f"/proc/{PID}/cmdline": "sshd\0"},
            {f"/proc/{PID}/status": "Uid:\t7\t7\t7\t7\n"},
            {f"{FOLDER}/holder-0.lock": ""},
            {f"{FOLDER}/holder-0.lock": '{"pid": "4100"}'},
        ],
    )
    def test_a_number_that_belongs_to_another_process_by_now_is_no_holder(
        self, change: dict[str, str]
    ) -> None:
        """It must hold a lock, be axchat serve, and be this user's."""
        assert found(machine(living(), change)).facts["pid"] is None

    def test_what_answers_something_else_is_no_holder(self) -> None:
        """A failure that says so."""
        result = found(machine(says=b"<html>"))
        assert (result.status, result.exit_status) == (Status.FAIL, 9)
        assert "what answers there is no holder" in result.summary

    def test_a_named_socket_needs_its_holder(self) -> None:
        """Nothing is started there, so commands fail; the setting is named."""
        context = replace(CONTEXT, place=place_of(0, {}, named="/run/axchat/holder.sock"))
        result = by_id(holder.check(machine(), context))["axchat.holder"]
        assert (result.status, result.exit_status) == (Status.FAIL, 9)
        assert "/run/axchat/holder.sock, which the setting socket names" in result.summary

    def test_a_named_socket_of_another_user_is_none_that_we_could_stop(self) -> None:
        """The way out is the setting."""
        named = "/run/axchat/holder.sock"
        context = replace(CONTEXT, place=place_of(0, {}, named=named))
        probes = having(board(), {named: ""})
        probes = replace(probes, holders={f"{named}/status": f"{named} is not for this user"})
        result = by_id(holder.check(probes, context))["axchat.holder"]
        assert (result.status, result.exit_status) == (Status.FAIL, 9)
        assert "is not for this user" in result.summary
        assert result.hint == (
            f"see whose it is: ls -l {named}; or take the setting socket out (axchat config show --origin)"
        )


class TestFolder:
    """``axchat.runtime-folder``."""

    @pytest.mark.parametrize(
        ("changes", "status", "part"),
        [
            ({}, Status.OK, "this user's alone"),
            ({"modes": {FOLDER: 0o750}}, Status.FAIL, f"other users may enter {FOLDER} (mode 750)"),
            (
                {"owners": {FOLDER: 0, "/run/user/1000": 1000}},
                Status.FAIL,
                "not a folder of this user (its owner is user 0)",
            ),
            ({"links": {FOLDER: "/tmp/x"}}, Status.FAIL, "not a folder of this user"),
            ({"environ": {}}, Status.OK, f"{FOLDER} is this user's alone"),
            ({"owners": {}}, Status.OK, "/tmp/axchat-1000 is made with the first holder"),
        ],
    )
    def test_it_must_be_this_users_alone(self, changes: dict[str, Any], status: Status, part: str) -> None:
        """Otherwise no holder starts, and the finding says why."""
        result = found(replace(machine(), **changes), "axchat.runtime-folder")
        assert result.status is status
        assert part in result.summary


SERVE = process(900, "/usr/bin/python3 /usr/local/bin/axchat serve -m /m", uid=1001)
ALICE = {"/etc/passwd": "alice:x:1001:1001::/home/alice:/bin/sh\n"}


class TestOthers:
    """``axchat.other-users``."""

    def test_one_with_the_card_is_named_by_user_and_number(self) -> None:
        """Its runner, started by way of a guard, is what tells."""
        guard = process(901, "python3 guard.py", uid=1001, parent=900)
        child = process(902, "./main_axcl_aarch64 --live_print", uid=1001, parent=901)
        probes = machine(SERVE, ALICE, guard, child, socket=False)
        result = found(probes, "axchat.other-users")
        assert result.status is Status.WARN
        assert "alice's axchat (pid 900) has the card: 902 main_axcl_aarch" in result.summary

    def test_one_without_a_runner_is_only_told(self) -> None:
        """It may be on the CPU, or idle."""
        result = found(machine(SERVE, ALICE), "axchat.other-users")
        assert result.status is Status.OK
        assert "alice (pid 900)" in result.summary

    def test_ones_own_and_other_programs_do_not_count(self) -> None:
        """A second holder of this user, axchat run, an editor of a file called axchat."""
        ours = process(903, "python3 -m axchat serve")
        other = process(904, "python3 -m axchat run serve", uid=1001)
        editor = process(905, "vi a b c d e axchat serve", uid=1001)
        result = found(machine(living(), ours, other, editor, says=answer()), "axchat.other-users")
        assert result.facts["processes"] == []


GUARD = process(4101, "python3 guard.py", parent=PID)
CHILD = process(4102, "./main_axcl_aarch64", parent=4101)
USED = {"/sys/module/axcl_host/refcnt": "2\n"}


class TestCard:
    """What the card's checks say while the holder has it."""

    def test_the_holders_runner_is_called_the_holders(self) -> None:
        """Not just busy: who has it, with what, and how it is freed."""
        probes = machine(living(), CHILD, GUARD, USED, says=answer())
        result = only(holders.check(probes, CONTEXT))
        assert result.status is Status.OK
        assert result.summary == f"axchat's holder (pid {PID}) has it with qwen; axchat stop frees it"

    def test_a_runner_beside_it_is_told_apart(self) -> None:
        """Both are listed, and which one is the holder's."""
        nohup = process(5000, "./main_axcl_aarch64", parent=77)
        probes = machine(living(), CHILD, GUARD, nohup, USED, says=answer())
        summary = only(holders.check(probes, CONTEXT)).summary
        assert "4102 main_axcl_aarch (user 1000, axchat holder)" in summary
        assert "5000 main_axcl_aarch (user 1000)" in summary
