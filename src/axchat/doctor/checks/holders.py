"""Who has the card open, and is one of them left over from a program that is gone?"""

from axchat.doctor.asking import ask
from axchat.doctor.card import NO_CARD, NODES, find_cards
from axchat.doctor.findings import ok, skip, warn
from axchat.doctor.installed import container_kind
from axchat.doctor.our_holder import look
from axchat.doctor.probes import Probes
from axchat.doctor.processes import Process, descends_from, find_runners, holders_by_handle, read_process
from axchat.doctor.result import CheckResult, Context

_ID = "card.holders"


def check(probes: Probes, context: Context) -> CheckResult:
    """``card.holders``; whoever uses the card is fine, a left-over process is a warning."""
    if not find_cards(probes):
        return skip(_ID, NO_CARD)
    count = probes.read_text("/sys/module/axcl_host/refcnt") or ""
    handles = int(count) if count.isdecimal() else None
    listed = [row.pid for row in ask(probes).report.processes]
    opened = holders_by_handle(probes, next(iter(NODES)))
    runners = find_runners(probes)
    # A runner that merely runs holds nothing while nobody has the node open.
    seen = {process.pid: process for process in runners if handles != 0}
    for pid in [*listed, *opened]:
        process = read_process(probes, pid)
        if process is not None:
            seen[pid] = process
    facts: dict[str, object] = {
        "open_handles": handles,
        "processes": [
            {"pid": p.pid, "name": p.name, "owner": p.owner, "state": p.state, "stale": p.staleness}
            for p in seen.values()
        ],
    }
    in_container = container_kind(probes) is not None
    stale = [p for p in seen.values() if p.staleness and not (in_container and p.is_orphan)]
    if stale:
        return _left_over(stale, facts)
    gone = [pid for pid in listed if pid not in seen]
    if gone and probes.exists("/proc/1/comm") and not in_container:
        return warn(
            _ID,
            f"the card still counts processes that have ended: {', '.join(map(str, gone))}",
            "Their memory and ports on the card are not free.",
            f"{ask(probes).program} reboot -d 0",
            **facts,
        )
    ours = look(probes, context)
    held = [p for p in seen.values() if ours.pid and descends_from(probes, p.pid, ours.pid)]
    if held and len(held) == len(seen) and not gone:
        what = f" with {ours.model}" if ours.model else ""
        summary = f"axchat's holder (pid {ours.pid}) has it{what}; axchat stop frees it"
        return ok(_ID, summary, holder=ours.pid, **facts)
    users = [f"{p.pid} {p.name} ({p.owner}{', axchat holder' if p in held else ''})" for p in seen.values()]
    users += [f"{row.pid} {row.name}".strip() for row in ask(probes).report.processes if row.pid in gone]
    if users:
        return ok(_ID, f"in use by {', '.join(users[:5])}", **facts)
    if handles:
        summary = f"open handles: {handles}, by processes that this user cannot see (sudo shows them)"
        return ok(_ID, summary, **facts)
    return ok(_ID, "nobody has the card open", **facts)


def _left_over(stale: list[Process], facts: dict[str, object]) -> CheckResult:
    who = ", ".join(f"{p.pid} {p.name} of {p.owner} ({p.staleness})" for p in stale[:5])
    first = stale[0]
    signal = (
        f"kill -CONT {first.pid}; kill {first.pid}"
        if first.state in "Tt" and first.state
        else f"kill {first.pid}"
    )
    return warn(
        _ID,
        f"left over and holding the card: {who}",
        "It keeps memory and ports of the card; the next model may not fit.",
        f"{signal}; if it is still there after 3 s: kill -KILL {first.pid}"
        f" (as {first.owner}, or with sudo for another user's)",
        **facts,
    )
