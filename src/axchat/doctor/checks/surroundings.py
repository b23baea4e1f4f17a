"""What stands around a run: the runtime's log, port 8000, proxies, axchat's own files."""

import re

from axchat.config.parsing import decoded, parsed
from axchat.doctor.findings import ok, skip, warn
from axchat.doctor.probes import Access, Probes
from axchat.doctor.result import CheckResult, Context
from axchat.errors import ConfigError

_LOG_FOLDER = "/tmp/axcl"  # noqa: S108 - hard-coded in the vendor's runtime
_PORT = 8000  # the vendor's servers and StackFlow's OpenAI service
_STACKFLOW = re.compile(r"llm[-_](?:sys|openai|llm|vlm|api)[\w.-]*$")
_UNITS = ("llm-sys", "llm-openai-api")
_LISTENS = "0A"
_PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_LOCAL = ("localhost", "127.0.0.1")
_LEAST_FREE_BYTES = 50 * 1024 * 1024  # histories and logs; models say themselves what they need


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``host.runtime-log``, ``host.port-8000``, ``host.proxy``, ``axchat.config``, ``axchat.storage``."""
    return [_runtime_log(probes), _port(probes), _proxy(probes), _config(probes), _storage(probes, context)]


def _runtime_log(probes: Probes) -> CheckResult:
    names = [n for n in probes.listdir(_LOG_FOLDER) or [] if n.startswith("axcl_logs")]
    paths = [_LOG_FOLDER] if probes.exists(_LOG_FOLDER) else []
    paths += [f"{_LOG_FOLDER}/{name}" for name in names]
    if not paths and _is_closed(probes, "/tmp"):  # noqa: S108 - only asked for its mode
        meaning = "Harmless: programs say 'file sink initialization failed' and go on."
        hint = "see how it is mounted: findmnt -T /tmp; ls -ld /tmp"
        return warn("host.runtime-log", f"{_LOG_FOLDER} cannot be made in /tmp", meaning, hint)
    closed = [path for path in paths if _is_closed(probes, path)]
    if closed:
        return warn(
            "host.runtime-log",
            f"the runtime cannot write its log: {', '.join(closed[:3])}",
            "Another user made it. Harmless: programs say 'file sink initialization failed' and go on.",
            f"ignore it, or: sudo chmod a+rwxt {_LOG_FOLDER} && sudo chmod a+rw {_LOG_FOLDER}/axcl_logs*.txt",
            paths=closed,
        )
    free = probes.free_bytes("/tmp")  # noqa: S108 - only asked for its room
    if free is not None and free < 1024 * 1024:
        meaning = "Programs say 'LOG ERROR ... No space left on device'."
        return warn(
            "host.runtime-log",
            "no room is left for the runtime's log",
            meaning,
            "see what fills it: df -h /tmp",
        )
    return ok("host.runtime-log", f"{_LOG_FOLDER} can be written" if paths else "no log of the runtime yet")


def _is_closed(probes: Probes, path: str) -> bool:
    return probes.access(path) is Access.DENIED


def _port(probes: Probes) -> CheckResult:
    if not _is_listening(probes, _PORT):
        return ok("host.port-8000", f"nobody listens on port {_PORT}")
    services = _stackflow(probes) or _active(probes)
    if not services:
        return ok("host.port-8000", f"a program listens on port {_PORT}", port=_PORT)
    return warn(
        "host.port-8000",
        f"StackFlow's services ({', '.join(services[:3])}) run and port {_PORT} is taken",
        "They hold the card and the port that the vendor's servers want.",
        "to use the card otherwise: sudo systemctl stop llm-openai-api llm-sys",
        services=services,
    )


def _is_listening(probes: Probes, port: int) -> bool:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in (probes.read_text(table, 4 * 1024 * 1024) or "").splitlines()[1:]:
            fields = line.split()
            if len(fields) > 3 and fields[3] == _LISTENS and fields[1].endswith(f":{port:04X}"):
                return True
    return False


def _stackflow(probes: Probes) -> list[str]:
    found: dict[str, None] = {}
    for name in probes.listdir("/proc") or []:
        comm = (probes.read_text(f"/proc/{name}/comm") or "") if name.isdecimal() else ""
        unit = (
            re.search(r"(llm-[\w-]+)\.service", probes.read_text(f"/proc/{name}/cgroup") or "")
            if comm
            else None
        )
        if unit or _STACKFLOW.match(comm):
            found[unit[1] if unit else comm] = None
    return list(found)


def _active(probes: Probes) -> list[str]:
    """The units that systemd calls active, where /proc does not show them."""
    states = probes.run(["systemctl", "is-active", *_UNITS], 2.0, 4096).output.split()
    return [unit for unit, state in zip(_UNITS, states, strict=False) if state == "active"]


def _proxy(probes: Probes) -> CheckResult:
    named = {name: value for name in _PROXIES if (value := probes.variable(name))}
    if not named:
        return ok("host.proxy", "no proxy is set")
    exempt = f"{probes.variable('no_proxy') or ''},{probes.variable('NO_PROXY') or ''}".split(",")
    words = {word.strip() for word in exempt}
    if "*" in words or all(name in words for name in _LOCAL):
        return ok("host.proxy", "a proxy is set, and this machine's own addresses go around it")
    return warn(
        "host.proxy",
        f"{', '.join(named)} also sends requests to this machine through the proxy",
        "axchat goes around it; the vendor's Python programs get its error page from their own tokenizer.",
        "export no_proxy=localhost,127.0.0.1",
        variables=list(named),
    )


def _config(probes: Probes) -> CheckResult:
    home = probes.variable("XDG_CONFIG_HOME") or f"{probes.variable('HOME') or ''}/.config"
    own = probes.variable("AXCHAT_CONFIG") or f"{home}/axchat/config.toml"
    folders = (probes.variable("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    found = []
    for path in (own, *(f"{folder}/axchat/config.toml" for folder in folders)):
        content = probes.read_bytes(path)
        if content is None and probes.exists(path):
            return warn(
                "axchat.config", f"this user cannot read {path}", _STOPS, f"see who owns it: ls -l {path}"
            )
        if content is None:
            continue
        try:
            parsed(decoded(content, path), path)
        except ConfigError as exc:
            return warn("axchat.config", exc.message, _STOPS, "mend that line, then: axchat config check")
        found.append(path)
    if not found:
        return ok("axchat.config", "no configuration file, which is fine")
    return ok("axchat.config", f"{' and '.join(found)} can be read")


_STOPS = "Every other command of axchat stops at it."


def _storage(probes: Probes, context: Context) -> CheckResult:
    path = context.data_dir
    while not probes.exists(str(path)) and path != path.parent:
        path = path.parent
    facts: dict[str, object] = {"path": str(context.data_dir), "free_bytes": probes.free_bytes(str(path))}
    if path == path.parent:
        return skip("axchat.storage", f"no folder above {context.data_dir} can be seen", **facts)
    if probes.access(str(path)) is Access.DENIED:
        return warn(
            "axchat.storage",
            f"this user cannot write to {path}",
            "Models cannot be fetched and histories are not kept. What is here answers: axchat run --once.",
            f"see owner and mount: ls -ld {path}; findmnt -T {path}",
            **facts,
        )
    free = facts["free_bytes"]
    if isinstance(free, int) and free < _LEAST_FREE_BYTES:
        meaning = "Models cannot be fetched and histories may be cut."
        return warn("axchat.storage", f"{path} is nearly full", meaning, f"df -h {path}", **facts)
    return ok("axchat.storage", f"{context.data_dir} can be written", **facts)
