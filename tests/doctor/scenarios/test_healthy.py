"""Machines with nothing wrong: no check may fail or warn."""

from pathlib import Path

import pytest

from axchat.doctor.result import Status, exit_status
from support.host_tree import host
from support.verdicts import complaints, examine

PCI_PI = "/sys/devices/platform/axi/1000110000.pcie/pci0001:00/0001:00:00.0/0001:01:00.0"

# Driver V2.25 has four modules, no /dev/p2p, and ids of its own in every part.
OLD_DRIVER = """\
!! /dev/p2p
!! /lib/modules/6.12.62+rpt-rpi-2712/updates/dkms/ax_pcie_p2p_rc.ko
!! /lib/modules/6.12.62+rpt-rpi-2712/updates/dkms/ax_pcie_msg.ko
== /lib/modules/6.12.62+rpt-rpi-2712/updates/dkms/ax_pcie_msg.ko
[AXCL version]: ax_pcie_msg V2.25.0_20250117163029 Jan 17 2025 16:30:29 jenkins
== /lib/modules/6.12.62+rpt-rpi-2712/updates/dkms/axcl_host.ko
[AXCL version]: axcl_host V2.25.0_20250117163029 Jan 17 2025 16:30:29 jenkins
== /usr/lib/axcl/libaxcl_rt.so
[AXCL version]: libaxcl_rt V2.25.0_20250117163029 Jan 17 2025 16:30:29 jenkins
== /proc/modules
axcl_host 131072 0 - Live 0x0000000000000000 (OE)
ax_pcie_mmb 49152 0 - Live 0x0000000000000000 (OE)
ax_pcie_msg 65536 1 axcl_host, Live 0x0000000000000000 (OE)
ax_pcie_host_dev 98304 3 axcl_host,ax_pcie_mmb,ax_pcie_msg, Live 0x0000000000000000 (OE)
!! /sys/module/axcl_host/srcversion
== /usr/bin/dmesg run
[    6.402110] ############### Dev 1 Firmware loading ##############
[    6.402118] szProdVer: V2.25.0_20250117163029
[   12.400012] axcl wait dev 1 handshake...
[  212.400012] WARNING: page allocation failure: order:10, mode:0x40cc0(GFP_KERNEL|__GFP_COMP) Comm: axcl-smi
== /boot/firmware/config.txt
[all]
dtparam=pciex1
dtoverlay=pciex1-compat-pi5,no-mip
== /usr/bin/axcl/axcl-smi run
+------------------------------------------------------------------------------------------------+
| AXCL-SMI  V2.25.0_20250117163029                                Driver  V2.25.0_20250117163029 |
+-----------------------------------------+--------------+---------------------------------------+
| Card  Name                     Firmware | Bus-Id       |                          Memory-Usage |
| Fan   Temp                Pwr:Usage/Cap | CPU      NPU |                             CMM-Usage |
|=========================================+==============+=======================================|
|    0  AX650N                    V2.25.0 | 0001:01:00.0 |                148 MiB /      954 MiB |
|   --   45C                      -- / -- | 1%        0% |                 18 MiB /     3072 MiB |
+-----------------------------------------+--------------+---------------------------------------+
"""

BUSY_CARD = """\
== /sys/module/axcl_host/refcnt
2
== /proc/763/comm
main_axcl_aarch
== /proc/763/cmdline
./main_axcl_aarch64\0--live_print\x001
== /proc/763/stat
763 (main_axcl_aarch) S 700 763 700 34816 763 4194304 0 0 0 0 0 0 0 0 20 0 9 0 100 0 0
== /proc/763/status
Name:\tmain_axcl_aarch
State:\tS (sleeping)
PPid:\t700
Uid:\t1001\t1001\t1001\t1001
SigIgn:\t0000000000001000
== /proc/801/comm
llm_llm-1.9
== /proc/801/stat
801 (llm_llm-1.9) S 1 801 801 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 9 0 100 0 0
== /proc/801/status
Name:\tllm_llm-1.9
State:\tS (sleeping)
PPid:\t1
Uid:\t0\t0\t0\t0
SigIgn:\t0000000000000000
== /proc/801/cgroup
0::/system.slice/llm-llm.service
== /usr/bin/axcl/axcl-smi run
+------------------------------------------------------------------------------------------------+
| AXCL-SMI  V3.6.5_20250908154509                                  Driver  V3.6.5_20250908154509 |
+-----------------------------------------+--------------+---------------------------------------+
| Card  Name                     Firmware | Bus-Id       |                          Memory-Usage |
| Fan   Temp                Pwr:Usage/Cap | CPU      NPU |                             CMM-Usage |
|=========================================+==============+=======================================|
|    0  AX650N                     V3.6.5 | 0001:01:00.0 |                160 MiB /      945 MiB |
|   --   74C                      -- / -- | 9%       97% |               5314 MiB /     7040 MiB |
+-----------------------------------------+--------------+---------------------------------------+

+------------------------------------------------------------------------------------------------+
| Processes:                                                                                     |
| Card      PID  Process Name                                                   NPU Memory Usage |
|================================================================================================|
|    0      763  /home/anna/qwen/main_axcl_aarch64                                   1867000 KiB |
|    0      801                                                                      3500000 KiB |
+------------------------------------------------------------------------------------------------+
"""

CONTAINER = """\
== /.dockerenv
== /proc/1/comm
python3
== /proc/1/cgroup
0::/
!! /lib/modules
!! /lib/firmware
!! /boot
!! /etc/udev
!! /var/lib/dkms
!! /var/lib/dpkg
!! /usr/bin/dmesg
!! /usr/bin/vcgencmd
"""

# A nohup server of this user, an own session that outlived its terminal on purpose.
NOHUP = BUSY_CARD.replace("PPid:\t700", "PPid:\t1").replace("0000000000001000", "0000000000000001")

OLD_TROUBLE = """\
== /tmp/axcl/axcl_logs.txt mode=0666
[2026-10-01 10:00:00.000][77][W][device manager][listen][292]: device 1 is dead
[2026-10-02 10:00:00.000][99][I][device manager][init][60]: ok
== /usr/bin/dmesg run
[    6.402110] ############### Dev 1 Firmware loading ##############
[  100.000000] [heartbeat_recv_thread, 586]: device 1: dead!
[  120.000000] [axcl_pcie_port_create, 863]: Recv port ack timeout.
[  140.000000] device 1: alive!
"""

VIRTUAL_MACHINE = """\
== /sys/class/dmi/id/sys_vendor
QEMU
== /sys/class/dmi/id/product_name
Standard PC (Q35 + ICH9, 2009)
"""

SLEPT = """\
== /sys/power/suspend_stats/success
4
"""

SIGNED = """\
== /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c hex
0600000001
== /sys/kernel/security/lockdown
none [integrity] confidentiality
"""


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("pi5", ""),
        ("rock5bplus", ""),
        ("x86_mini_pc", ""),
        ("pi5", OLD_DRIVER),
        ("pi5", BUSY_CARD),
        ("pi5", NOHUP),
        ("pi5", CONTAINER),
        ("pi5", CONTAINER + "!! /dev/p2p\n"),
        ("pi5", CONTAINER.replace("/.dockerenv", "/run/.containerenv")),
        ("pi5", OLD_TROUBLE),
        ("x86_mini_pc", VIRTUAL_MACHINE),
        ("x86_mini_pc", SLEPT),
        ("x86_mini_pc", SIGNED),
        ("x86_mini_pc", "== /sys/fs/selinux/enforce\n1"),
        ("pi5", "!! /usr/bin/dmesg\n!! /usr/bin/vcgencmd\n!! /usr/bin/getconf"),
        ("pi5", "!! /boot\n!! /sys/class/hwmon\n!! /proc/interrupts\n!! /proc/device-tree/axi"),
        ("pi5", "!! /sys/bus/pci/devices/0001:00:00.0"),
        ("pi5", f"!! {PCI_PI}/driver_override\n!! {PCI_PI}/max_link_width\n!! {PCI_PI}/config"),
        ("rock5bplus", "!! /proc/device-tree"),
        ("pi5", "== /lib/ld-linux-armhf.so.3\n== /lib/ld-linux-aarch64.so.1\n"),
        ("x86_mini_pc", "== /sys/fs/selinux/enforce\n0\n"),
        ("x86_mini_pc", SIGNED + "== /sys/kernel/security/lockdown\n[none] integrity\n"),
        ("pi5", "!! /sys/bus/pci"),
        ("pi5", "!! /proc/modules"),
        ("pi5", "== /lib/firmware/axcl/ax650_card.pac\nPAC\n"),
        (
            "x86_mini_pc",
            "== /proc/net/tcp\n  sl  local_address\n   0: 0100007F:1F40 00000000:0000 0A 0:0 0:0 0\n",
        ),
    ],
)
def test_a_healthy_machine_gets_no_complaint(name: str, changes: str, tmp_path: Path) -> None:
    """Also with an old driver, others using the card, in a container, or with parts of /sys missing."""
    results = examine(host(name, changes), tmp_path)
    assert complaints(results) == []
    assert exit_status(results) == 0
    answer = next(r for r in results if r.id == "card.answers")
    assert answer.status is Status.OK


def test_users_of_the_card_are_named(tmp_path: Path) -> None:
    """Other people's runners and services are shown with number and owner, without a complaint."""
    found = {r.id: r for r in examine(host("pi5", BUSY_CARD), tmp_path)}
    assert found["card.holders"].summary == "in use by 763 main_axcl_aarch (anna), 801 llm_llm-1.9 (root)"
    assert "5314 of 7040 MiB" in found["card.memory"].summary


def test_root_may_look_too(tmp_path: Path) -> None:
    """As root there is nothing to complain about either."""
    assert complaints(examine(host("pi5"), tmp_path, uid=0)) == []


def test_two_cards_in_one_machine_are_fine(tmp_path: Path) -> None:
    """A second card in another domain, and both have a row."""
    port = "/sys/devices/pci0000:00/0000:00:1c.4"
    tree = host("x86_mini_pc")
    for path in [p for p in tree.files if "/0000:03:00.0/" in p]:
        tree.files[
            path.replace(port, "/sys/devices/pci0001:00/0001:80:01.0").replace("0000:03", "0001:81")
        ] = tree.files[path]
    other = "/sys/devices/pci0001:00/0001:80:01.0/0001:81:00.0"
    tree.links["/sys/bus/pci/devices/0001:81:00.0"] = "../../../" + other.removeprefix("/sys/")
    tree.links[f"{other}/driver"] = "../../../../bus/pci/drivers/ax_pcie_dev_host"
    row = tree.programs["/usr/bin/axcl/axcl-smi"][""]
    lines = row.splitlines(keepends=True)
    second = [line.replace("|    0", "|    1").replace("0000:03:00.0", "0001:81:00.0") for line in lines[6:9]]
    tree.programs["/usr/bin/axcl/axcl-smi"][""] = "".join(lines[:9] + second + lines[9:])
    results = examine(tree, tmp_path)
    assert complaints(results) == []
    assert [r.status for r in results if r.id == "pci.link"] == [Status.OK, Status.OK]
