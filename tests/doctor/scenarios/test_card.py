"""The card at run time: dead, out of ports, held by somebody, full, and what stands around it."""

from pathlib import Path

import pytest

from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult
from support.host_changes import (
    HANGS,
    NO_PORT_LEFT,
    NO_ROW,
    PORT_REFUSED,
    STUCK,
    kernel_says,
    smi_says,
)
from support.host_tree import host
from support.machines import SMI, smi
from support.verdicts import Row, complaints, examine, first, verdict

LOG = (
    "== /tmp/axcl/axcl_logs.txt mode=0666\n[2026-11-22 07:00:00.000][9][I][device manager][init][60]: start\n"
)
DEAD_IN_LOG = LOG + "[2026-11-22 07:04:49.351][9][W][device manager][listen][292]: device 1 is dead\n"
CLOSED_KERNEL_LOG = "== /proc/sys/kernel/dmesg_restrict\n1\n"
NPU_FAULT = LOG + "[2026-11-22 07:04:49.351][9][E][engine][execute][97]: run model failed, ret = 0x8030070C\n"
CARD_FULL = LOG + "[2026-11-22 07:04:49.351][9][E][sys][alloc][97]: malloc failed, ret = 0x800B0018\n"
NOT_DECODED = LOG + "[2026-11-22 07:04:49.351][9][E][engine][invoke][97]: Decode api(4) response failed.\n"
FLOOD = {SMI: RunResult(output=smi("simulated-dead-card").output * 50, truncated=True, exit_code=-15)}


def used(mib: int, *processes: str) -> str:
    """The change that makes axcl-smi show card memory in use and process rows."""
    text = smi("table-one-card").output.replace("0001:11", "0001:01").replace("81C", "61C")
    text = text.replace("     18 MiB /     7040", f"{mib:>7} MiB /     7040")
    rows = "".join(
        f"|    0 {process:>8}  {'/opt/qwen/main_axcl_aarch64':<66} {mib * 1024 - 20000:>8} KiB |\n"
        for process in processes
    )
    return f"== {SMI} run\n{text}{rows}"


def process(
    pid: int,
    name: str,
    state: str = "S",
    parent: int = 1,
    uid: int = 1000,
    cgroup: str = "user.slice/user-1000.slice/session-3.scope",
) -> str:
    """The change that adds a process."""
    return (
        f"== /proc/{pid}/comm\n{name[:15]}\n== /proc/{pid}/cmdline\n./{name}\0--live_print\n"
        f"== /proc/{pid}/stat\n{pid} ({name[:15]}) {state} {parent} {pid} {pid} 0 -1 4194304 0 0\n"
        f"== /proc/{pid}/status\nName:\t{name[:15]}\nState:\t{state} (x)\nPPid:\t{parent}\n"
        f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\nSigIgn:\t0000000000001000\n"
        f"== /proc/{pid}/cgroup\n0::/{cgroup}\n"
    )


DASHES = (
    used(18)
    .replace("152 MiB /      945 MiB", " -- MiB /       -- MiB")
    .replace("61C", " --")
    .replace("18 MiB /     7040 MiB", "-- MiB /       -- MiB")
)
RUNNER = "main_axcl_aarch64"
HELD = "== /sys/module/axcl_host/refcnt\n2\n"
LISTENS_8000 = """\
== /proc/net/tcp
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9121 1
"""
STACKFLOW = process(555, "llm_sys-1.6", uid=0, cgroup="system.slice/llm-sys.service") + process(
    556, "llm_openai", uid=0, cgroup="system.slice/llm-openai-api.service"
)

ROWS = [
    Row(
        "heart stopped, a row of dashes",
        "pi5",
        kernel_says("[heartbeat_recv_thread, 719]: device 1: dead!") + DASHES,
        ("card.heartbeat", "fail"),
        8,
        "reboot -d 0",
    ),
    Row("a row of dashes", "pi5", DASHES, ("card.answers", "warn"), 0, "run again"),
    Row(
        "configuration of another user",
        "pi5",
        "== /home/pi/.config/axchat/config.toml mode=0600 owner=1001\n",
        ("axchat.config", "warn"),
        0,
        "ls -l",
    ),
    Row(
        "heart stopped, axcl-smi gone",
        "pi5",
        kernel_says("[heartbeat_recv_thread, 586]: device 1: dead!") + "!! /usr/bin/axcl\n",
        ("card.heartbeat", "fail"),
        8,
        "power",
    ),
    Row(
        "port ack time-out, axcl-smi gone",
        "pi5",
        kernel_says("[axcl_pcie_port_create, 872]: Recv port ack timeout.") + "!! /usr/bin/axcl\n",
        ("card.ports", "fail"),
        8,
        "power",
    ),
    Row(
        "port refused, a stand-in for the firmware",
        "pi5",
        "== /lib/firmware/axcl/ax650_card.pac\nPAC\n" + PORT_REFUSED,
        ("card.ports", "fail"),
        8,
        "reboot -d 0",
    ),
    Row(
        "StackFlow holds port 8000, told by systemd",
        "pi5",
        LISTENS_8000 + "== /usr/bin/systemctl run is-active llm-sys llm-openai-api\nactive\ninactive\n",
        ("host.port-8000", "warn"),
        0,
        "systemctl stop",
    ),
    Row(
        "heart stopped, told by the kernel",
        "pi5",
        kernel_says("[heartbeat_recv_thread, 586]: device 1: dead!") + NO_ROW,
        ("card.heartbeat", "fail"),
        8,
        "reboot -d 0",
    ),
    Row(
        "heart stopped, told by the runtime's log",
        "rock5bplus",
        CLOSED_KERNEL_LOG + DEAD_IN_LOG + NO_ROW,
        ("card.heartbeat", "fail"),
        8,
        "reboot -d 0",
    ),
    Row(
        "heart stopped, axcl-smi hangs",
        "pi5",
        kernel_says("[heartbeat_recv_thread, 592]: device 1: dead!"),
        ("card.heartbeat", "fail"),
        8,
        "power",
        HANGS,
    ),
    Row("port refused", "pi5", PORT_REFUSED, ("card.ports", "fail"), 8, "reboot -d 0"),
    Row(
        "port refused, kernel's log closed",
        "x86_mini_pc",
        PORT_REFUSED.replace("V3.6.5_20250908154509", "V3.10.2_20251215140224"),
        ("card.ports", "fail"),
        8,
        "reboot -d 0",
    ),
    Row(
        "port ack time-out, axcl-smi hangs",
        "pi5",
        kernel_says(
            "[axcl_pcie_port_create, 863]: Recv port ack timeout.",
            "[axcl_pcie_port_manage, 908]: axcl pcie port create failed.",
        ),
        ("card.ports", "fail"),
        8,
        "power",
        STUCK,
    ),
    Row("ports exhausted", "pi5", NO_PORT_LEFT, ("card.ports", "fail"), 7, "stop every program"),
    Row(
        "ports exhausted, told by the kernel",
        "pi5",
        kernel_says("not enough port, already used 104 ports"),
        ("card.ports", "fail"),
        7,
        "stop every program",
        HANGS,
    ),
    Row("axcl-smi hangs, nothing else known", "x86_mini_pc", "", ("card.answers", "fail"), 8, "power", HANGS),
    Row("axcl-smi floods", "pi5", "", ("card.answers", "fail"), 8, "power", FLOOD),
    Row("card left out of the table", "pi5", NO_ROW, ("card.answers", "fail"), 8, "power"),
    Row(
        "no message port",
        "pi5",
        smi_says("simulated-no-message-node"),
        ("card.answers", "fail"),
        5,
        "driver.nodes",
    ),
    Row(
        "left-over runner",
        "pi5",
        HELD + used(1841, "4711") + process(4711, RUNNER),
        ("card.holders", "warn"),
        0,
        "kill 4711",
    ),
    Row(
        "left-over runner of another user",
        "pi5",
        HELD + used(1841, "4711") + process(4711, RUNNER, uid=1001),
        ("card.holders", "warn"),
        0,
        "sudo",
    ),
    Row(
        "stopped runner",
        "rock5bplus",
        HELD + used(1841, "4711").replace("0001:01", "0001:11") + process(4711, RUNNER, "T", 700),
        ("card.holders", "warn"),
        0,
        "kill -CONT 4711",
    ),
    Row(
        "left-over server that no table shows",
        "pi5",
        HELD + used(5314) + process(4712, "main_api_axcl_aarch64"),
        ("card.holders", "warn"),
        0,
        "kill 4712",
    ),
    Row("counted process is gone", "pi5", used(1841, "4711"), ("card.holders", "warn"), 0, "reboot -d 0"),
    Row("memory not released", "pi5", used(1841), ("card.memory", "warn"), 0, "reboot -d 0"),
    Row("axcl-smi runs already", "pi5", smi_says("already-running"), ("card.answers", "warn"), 0, "ipcs -m"),
    Row("NPU fault", "pi5", NPU_FAULT, ("card.last-run", "warn"), 0, "axcl-smi log"),
    Row("card memory ran out", "pi5", CARD_FULL, ("card.last-run", "warn"), 0, "axchat doctor"),
    Row("answer not decoded", "pi5", NOT_DECODED, ("card.last-run", "warn"), 0, "driver.versions"),
    Row(
        "runtime log of another user",
        "pi5",
        "== /tmp/axcl/axcl_logs.txt mode=0644 owner=1001\nx\n",
        ("host.runtime-log", "warn"),
        0,
        "sudo chmod a+rwxt /tmp/axcl",
    ),
    Row(
        "StackFlow holds port 8000",
        "pi5",
        LISTENS_8000 + STACKFLOW,
        ("host.port-8000", "warn"),
        0,
        "systemctl stop llm-openai-api",
    ),
    Row(
        "proxy without exception",
        "pi5",
        "",
        ("host.proxy", "warn"),
        0,
        "no_proxy=localhost,127.0.0.1",
        environ={"http_proxy": "http://proxy:3128"},
    ),
    Row(
        "broken configuration",
        "pi5",
        "== /home/pi/.config/axchat/config.toml\nmodel = [\n",
        ("axchat.config", "warn"),
        0,
        "axchat config",
    ),
    Row(
        "data folder of another user",
        "pi5",
        "== /home/pi/.local/share/axchat mode=0755 owner=0\n",
        ("axchat.storage", "warn"),
        0,
        "ls -ld",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_failing_layer_comes_first(row: Row, tmp_path: Path) -> None:
    """The first complaint is the cause, with the command that helps and the documented exit status."""
    row.judge(tmp_path)


@pytest.mark.parametrize("changes", [PORT_REFUSED, NO_PORT_LEFT])
def test_a_refused_port_is_never_called_a_matter_of_rights(changes: str, tmp_path: Path) -> None:
    """Errno 1 there is the driver's -1: nothing advises chmod, groups or root."""
    results = examine(host("pi5", changes), tmp_path)
    for result in results:
        if result.id.startswith("card.") and result.hint and result.status.value == "fail":
            assert "chmod" not in result.hint
            assert "as root" not in result.hint
            assert "udev" not in result.hint
    if changes is PORT_REFUSED:
        assert "no rights are missing" in first(results).meaning


def test_a_child_stuck_in_the_kernel_is_named(tmp_path: Path) -> None:
    """It was not waited for, and its number is told."""
    found = {r.id: r for r in examine(host("pi5"), tmp_path, runs=STUCK)}
    assert "4711" in found["card.answers"].meaning


@pytest.mark.parametrize(
    "changes",
    [
        process(4711, RUNNER),  # nobody has the node open: it holds no card
        HELD + used(1841, "4711") + process(4711, RUNNER, parent=700),
        HELD + used(1841, "4711") + process(4711, RUNNER, cgroup="system.slice/chat.service", uid=0),
        HELD + used(1841, "4711") + process(4711, RUNNER, cgroup="system.slice/docker-0a1b.scope", uid=0),
        HELD
        + used(1841, "4711")
        + process(4711, RUNNER, cgroup="user.slice/user-1000.slice/user@1000.service/app.slice/chat.service"),
        HELD
        + used(1841, "4711")
        + process(4711, RUNNER).replace("1000\n== /proc/4711/cgroup", "1001\n== /proc/4711/cgroup"),
        HELD + used(1841, "4711") + "!! /proc/1\n",
        HELD,
        LISTENS_8000,
        STACKFLOW,
        LISTENS_8000 + process(99, "axllm", parent=700),
        "== /tmp/axcl/axcl_logs.txt mode=0644 owner=1000\nx\n",
        LOG + "the card's memory: remain_cmm(-1 MB)\n",
    ],
)
def test_lawful_use_is_not_complained_about(changes: str, tmp_path: Path) -> None:
    """A living parent, a service, a container or nohup: somebody wants that program."""
    assert complaints(examine(host("pi5", changes), tmp_path)) == []


@pytest.mark.parametrize(
    "environ",
    [
        {"http_proxy": "http://proxy:3128", "no_proxy": "localhost, 127.0.0.1,::1"},
        {"ALL_PROXY": "socks5://proxy:1080", "NO_PROXY": "*"},
        {"https_proxy": "http://proxy:3128"},
    ],
)
def test_a_proxy_that_spares_this_machine_is_fine(environ: dict[str, str], tmp_path: Path) -> None:
    """Only plain requests to loopback matter."""
    assert complaints(examine(host("pi5"), tmp_path, environ=environ)) == []


def test_ports_of_a_hung_card_come_with_the_kernels_lines(tmp_path: Path) -> None:
    """The facts hold what the verdict rests on, for a bug report."""
    results = examine(
        host("pi5", kernel_says("[axcl_pcie_port_create, 863]: Recv port ack timeout.")), tmp_path, runs=HANGS
    )
    assert verdict(results) == ("card.ports", "fail")
    assert "863" in str(first(results).facts["kernel_log"])
    assert OUTPUT_LIMIT_BYTES < 1024 * 1024


def test_a_user_of_the_card_that_proc_hides_is_named_all_the_same(tmp_path: Path) -> None:
    """Where /proc shows only this user's processes, the card's own table is what there is."""
    tree = host("pi5", HELD + used(1841, "4711") + "!! /proc/1\n")
    found = {r.id: r for r in examine(tree, tmp_path)}
    assert "4711 /opt/qwen/main_axcl_aarch64" in found["card.holders"].summary
