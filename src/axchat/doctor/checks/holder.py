"""axchat's own background process: does it live, answer, and work; and does another user run one?"""

import shlex
from dataclasses import replace

from axchat import __version__
from axchat.doctor.card import find_cards
from axchat.doctor.findings import BUSY, ENGINE, fail, ok, warn
from axchat.doctor.offers import start_of
from axchat.doctor.our_holder import OurHolder, is_nobody, look
from axchat.doctor.probes import Probes
from axchat.doctor.processes import descends_from, find_runners, find_serves, uid_of
from axchat.doctor.result import CheckResult, Context
from axchat.doctor.steps import StopHolder

_ID = "axchat.holder"
_FOLDER = "axchat.runtime-folder"
_OTHERS = "axchat.other-users"


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``axchat.runtime-folder``, ``axchat.holder``, ``axchat.other-users``."""
    holder = look(probes, context)
    return [_folder(probes, holder), _holder(probes, holder), _others(probes, holder)]


def _holder(probes: Probes, holder: OurHolder) -> CheckResult:
    facts: dict[str, object] = {
        "socket": str(holder.place.socket),
        "pid": holder.pid,
        "version": holder.version,
        "answer": dict(holder.status),
    }
    if holder.status:
        return _answering(holder, facts)
    if holder.pid is not None:
        return _silent(probes, holder, facts)
    if holder.place.is_named and (not holder.has_socket or is_nobody(holder)):
        return fail(
            _ID,
            ENGINE,
            f"no holder listens at {holder.place.socket}, which the setting socket names",
            "Commands that keep a model loaded cannot reach it, and do not start one there.",
            "start it: axchat serve; or take the setting socket out (axchat config show --origin)",
            **facts,
        )
    if not holder.has_socket:
        return ok(_ID, "none runs; the next axchat run starts one", **facts)
    if is_nobody(holder):
        summary = "none runs; the socket of one that was killed is left, the next start replaces it"
        return ok(_ID, summary, **facts)
    way = "axchat stop --now, or for this once: axchat run --once"
    if holder.place.is_named:  # it may be another user's, whose holder is not ours to stop
        whose = f"see whose it is: ls -l {holder.place.socket}"
        way = f"{whose}; or take the setting socket out (axchat config show --origin)"
    return fail(
        _ID,
        ENGINE,
        f"the holder's socket {holder.place.socket} gives no answer: {holder.trouble}",
        "Commands that keep a model loaded cannot reach the holder.",
        way,
        **facts,
    )


def _answering(holder: OurHolder, facts: dict[str, object]) -> CheckResult:
    kind = "in the background" if holder.is_background else "axchat serve"
    what = f"{holder.model} ({holder.engine}) loaded" if holder.model else "nothing loaded"
    if holder.model and holder.status.get("state") == "loading":
        what = f"{holder.model} ({holder.engine}) loading"
    who = f"pid {holder.pid}, {kind}"
    if holder.error is not None:
        return warn(
            _ID,
            f"it answers ({who}), but its last load or answer failed: {holder.error.get('message')}",
            "Nothing has worked since; the next request tries again.",
            str(holder.error.get("hint") or "axchat stop, then try again"),
            **facts,
        )
    if holder.version != __version__ and not holder.is_background:
        return warn(
            _ID,
            f"it is axchat {holder.version} ({who}), the command is {__version__}",
            "Commands and holder may not understand each other.",
            f"start axchat serve again with axchat {__version__}",
            **facts,
        )
    more = "" if holder.version == __version__ else f"; axchat {holder.version}, makes room when idle"
    return ok(_ID, f"{who}, has {what}{more}", **facts)


def _silent(probes: Probes, holder: OurHolder, facts: dict[str, object]) -> CheckResult:
    """It has its lock and gives no answer."""
    assert holder.pid is not None
    if not holder.has_socket or is_nobody(holder):
        return warn(
            _ID,
            f"it is {holder.stage or 'starting or ending'} (pid {holder.pid}) and does not listen",
            "It listens in seconds, or frees the card; commands wait for that.",
            "look again: axchat doctor; when it stays so: axchat stop --now",
            **facts,
        )
    is_stopped = (probes.read_text(f"/proc/{holder.pid}/stat") or "").rpartition(")")[2].split()[:1] == ["T"]
    why = "it is stopped, as by Ctrl-Z" if is_stopped else holder.trouble
    found = fail(
        _ID,
        BUSY,
        f"it lives (pid {holder.pid}) and does not answer: {why}",
        "Every command waits for it, and it keeps its model on the card.",
        "axchat stop --now",
        **facts,
    )
    start = start_of(probes.read_text(f"/proc/{holder.pid}/stat"))
    if start is None or uid_of(probes, holder.pid) != probes.user():
        return found
    return replace(found, steps=(StopHolder(holder.pid, start, str(holder.place.socket)),))


def _folder(probes: Probes, holder: OurHolder) -> CheckResult:
    path = str(holder.place.folder)
    found = probes.status(path)
    if holder.place.is_named:
        return ok(_FOLDER, f"{path}, as the setting socket says", path=path)
    if found is None:
        return ok(_FOLDER, f"{path} is made with the first holder", path=path)
    facts: dict[str, object] = {"path": path, "mode": f"{found.mode:o}", "uid": found.uid}
    meaning = "The holder's socket must be its user's alone, so no holder starts."
    if not found.is_directory or probes.readlink(path) is not None or found.uid != probes.user():
        summary = f"{path} is not a folder of this user (its owner is user {found.uid})"
        hint = "set XDG_RUNTIME_DIR to a folder of yours"
        return fail(_FOLDER, ENGINE, summary, meaning, hint, **facts)
    if found.mode & 0o077:
        summary = f"other users may enter {path} (mode {found.mode:o})"
        return fail(_FOLDER, ENGINE, summary, meaning, f"chmod 700 {shlex.quote(path)}", **facts)
    return ok(_FOLDER, f"{path} is this user's alone", **facts)


def _others(probes: Probes, holder: OurHolder) -> CheckResult:
    others = [
        serve
        for serve in find_serves(probes)
        if serve.pid != holder.pid and uid_of(probes, serve.pid) != probes.user()
    ]
    facts: dict[str, object] = {"processes": [{"pid": p.pid, "owner": p.owner} for p in others]}
    if not others:
        return ok(_OTHERS, "no other user runs axchat serve, as far as this user can see", **facts)
    runners = find_runners(probes) if find_cards(probes) else []
    for serve in others:
        runner = next((r for r in runners if descends_from(probes, r.pid, serve.pid)), None)
        if runner is not None:
            return warn(
                _OTHERS,
                f"{serve.owner}'s axchat (pid {serve.pid}) has the card: {runner.pid} {runner.name}",
                "A card takes one model at a time: yours fails as busy until that one is unloaded.",
                f"ask {serve.owner} for: axchat stop; or share one holder: the setting socket",
                **facts,
            )
    who = ", ".join(f"{p.owner} (pid {p.pid})" for p in others[:5])
    return ok(
        _OTHERS, f"axchat serve also runs for {who}, with nothing on the card that can be seen", **facts
    )
