"""The text of unit files that start the holder of a card: for one user, and for the whole machine.

Template units: the instance is the card's index, ``axchat@0`` is the first. The socket unit listens, systemd
starts the holder at the first connection and hands the socket over (``activation``). The nodes and the place
of the vendor's log are those of AXCL V3.10.2's driver and runtime.
"""

from dataclasses import dataclass

from axchat.errors import UsageError

NODES = ("/dev/axcl_host", "/dev/ax_mmb_dev", "/dev/msg_userdev", "/dev/p2p")
"""What the driver's userspace opens. Their minor numbers are dynamic, so they are named by path."""

ACCOUNT = "axchat"
"""The user of the system service, and the group that may use its socket."""

SERVICE, SOCKET = "axchat@.service", "axchat@.socket"


@dataclass(frozen=True, slots=True)
class UnitFile:
    """One unit file: its name, with the folder that it belongs in, and its text."""

    folder: str
    name: str
    text: str


def unit_files(program: str, *, user: bool) -> tuple[UnitFile, UnitFile]:
    """The socket unit and the service unit.

    Args:
        program: absolute path of the ``axchat`` program that the service starts.
        user: for a user's own service manager; otherwise for the machine's.

    Raises:
        UsageError: the path is not absolute or has a character that a unit file cannot carry.
    """
    folder = "~/.config/systemd/user" if user else "/etc/systemd/system"
    service = _SERVICE.format(
        program=quoted(program),
        sandbox=_USER_SANDBOX if user else _system_sandbox(),
        target="default.target" if user else "multi-user.target",
    )
    socket = _USER_SOCKET if user else _SYSTEM_SOCKET
    return UnitFile(folder, SOCKET, socket), UnitFile(folder, SERVICE, service)


def units(program: str, *, user: bool) -> str:
    """Both unit files as a shell script that installs them: read it, then give it to ``sh``.

    Raises:
        UsageError: as ``unit_files``.
    """
    parts = [_USER_INSTALL if user else _SYSTEM_INSTALL]
    for unit in unit_files(program, user=user):
        path = f"{unit.folder}/{unit.name}"
        write = f"cat > {path}" if user else f"sudo tee {path} > /dev/null"
        parts.append(f"# {path}\n{write} <<'END_OF_UNIT'\n{unit.text}END_OF_UNIT\n")
    manager = "systemctl --user" if user else "sudo systemctl"
    parts.append(f"{manager} daemon-reload\n{manager} enable --now axchat@0.socket\n")
    return "\n".join(parts)


def quoted(path: str) -> str:
    """A program's path as the first word of ``ExecStart=``.

    Raises:
        UsageError: it is not absolute, or has a character that systemd refuses in a program's path.
    """
    if not path.startswith("/") or not path.isprintable() or set(path) & set("\"'\\"):
        raise UsageError(
            f"a unit file cannot name this program: {path!r}",
            hint="install axchat at a path without quotes, backslashes and control characters",
        )
    # systemd.service(5): specifiers are expanded in the program's path, variables are not
    return f'"{path.replace("%", "%%")}"'


_USER_INSTALL = """\
# A holder for each card, started by your own service manager when something connects to it.
# Install: axchat serve --print-systemd user | sh
# A second card: systemctl --user enable --now axchat@1.socket
# Also while you are not logged in: loginctl enable-linger
# Needs unprivileged user namespaces, as Debian and Raspberry Pi OS have them; without them the service
# ends with status 226/NAMESPACE: take the part "Sandbox" out.
set -eu
mkdir -p ~/.config/systemd/user ~/.config/axchat ~/.cache/axchat ~/.local/share/axchat ~/.local/state/axchat
"""

_SYSTEM_INSTALL = f"""\
# A holder for each card for all users of the group {ACCOUNT}, started when something connects to it.
# Install: axchat serve --print-systemd system | sh
# A second card: sudo systemctl enable --now axchat@1.socket
# Who may use it: sudo usermod -aG {ACCOUNT} NAME (at the next login), and for axchat itself
# AXCHAT_SOCKET=/run/axchat/holder-0.sock
# Models: /var/lib/axchat, or anywhere that the user {ACCOUNT} may read
# Settings: /var/lib/axchat/.config/axchat/config.toml
set -eu
id -u {ACCOUNT} > /dev/null 2>&1 ||
    sudo useradd --system --user-group --home-dir /var/lib/axchat --shell /usr/sbin/nologin {ACCOUNT}
"""

_USER_SOCKET = """\
[Unit]
Description=Socket of the holder of AXCL card %i
Documentation=man:systemd.socket(5)

[Socket]
ListenStream=%t/axchat/holder-%i.sock
SocketMode=0600
DirectoryMode=0700

[Install]
WantedBy=sockets.target
"""

_SYSTEM_SOCKET = f"""\
[Unit]
Description=Socket of the holder of AXCL card %i
Documentation=man:systemd.socket(5)

[Socket]
ListenStream=/run/axchat/holder-%i.sock
SocketUser={ACCOUNT}
SocketGroup={ACCOUNT}
SocketMode=0660
DirectoryMode=0755

[Install]
WantedBy=sockets.target
"""

_SERVICE = """\
[Unit]
Description=Holder of AXCL card %i
Documentation=man:systemd.exec(5)
Requires=axchat@%i.socket
After=axchat@%i.socket

[Service]
Type=notify
ExecStart={program} serve --device %i
Restart=on-failure
RestartSec=5
# a wrong command line, setting or model does not mend itself
RestartPreventExitStatus=2 3 4
# the end is told to the holder alone: it asks the runner to quit, so that the card's memory is given back
KillMode=mixed
# a request to a dead card sleeps in the driver for 50 s, and no signal ends it
TimeoutStopSec=75
# a runner that runs out of memory is an error of its request, not the end of the service
OOMPolicy=continue
RuntimeDirectory=axchat
# the socket lives in it, and so do those of other cards
RuntimeDirectoryPreserve=yes
UMask=0077
{sandbox}
[Install]
WantedBy={target}
"""

_SANDBOX = """\
NoNewPrivileges=yes
ProtectSystem=strict
# model directories and axchat itself may be in a home: they stay readable
ProtectHome=read-only
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectHostname=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
CapabilityBoundingSet=
AmbientCapabilities=
"""
"""For both. Not PrivateDevices: it hides the card. Not PrivateIPC: axcl-smi's lock is System V shared memory.
Not ProtectProc: the message "busy" names the process that has the card open."""

_USER_SANDBOX = f"""\
RuntimeDirectoryMode=0700

# Sandbox. A user's manager cannot limit devices and addresses; the system service does.
# The rest takes a user namespace, systemd.exec(5).
PrivateUsers=yes
{_SANDBOX}\
ReadWritePaths=-%h/.cache/axchat -%h/.local/share/axchat -%h/.local/state/axchat
# the vendor's runtime logs to /tmp/axcl, where axchat doctor reads it
ReadWritePaths=/tmp
"""


def _system_sandbox() -> str:
    nodes = "\n".join(f"DeviceAllow={node} rw" for node in NODES)
    return f"""\
RuntimeDirectoryMode=0755
User={ACCOUNT}
Group={ACCOUNT}
StateDirectory=axchat
StateDirectoryMode=0750
Environment=AXCHAT_SOCKET=/run/axchat/holder-%i.sock

# Sandbox
{_SANDBOX}\
PrivateTmp=yes
ProtectControlGroups=yes
ProtectClock=yes
KeyringMode=private
# the card, and terminals for the runner's console; a node that appears later needs a restart
DevicePolicy=closed
{nodes}
DeviceAllow=/dev/ptmx rw
DeviceAllow=char-pts rw
# this machine only; docs/scale-out shows how to open it to others
IPAddressDeny=any
IPAddressAllow=localhost
"""
