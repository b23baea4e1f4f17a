"""The driver: package, build, modules, firmware, nodes, rights, versions."""

from pathlib import Path

import pytest

from support.host_changes import (
    HANGS,
    NO_DRIVER,
    NO_NODES,
    NO_ROW,
    NOT_BOUND,
    NOT_LOADED,
    PI_CARD,
    PI_KERNEL,
    PORT_REFUSED,
    ROCK_CARD,
    UNBOUND_PI,
    X86_CARD,
    X86_KERNEL,
    kernel_says,
)
from support.host_tree import host
from support.verdicts import Row, complaints, examine, first, verdict

PACKAGE_GONE = """\
!! /usr/bin/axcl
!! /usr/lib/axcl
!! /var/lib/dpkg
!! /var/lib/dkms
!! /lib/firmware/axcl
!! /etc/udev/rules.d
!! /etc/modules-load.d
== /lib/firmware/brcm/brcmfmac43455-sdio.bin size=600000
== /var/lib/dpkg/status
Package: adduser
Status: install ok installed
Version: 3.152

Package: axclhost
Status: deinstall ok config-files
Version: 3.6.5-m5stack1
"""
OTHER_KERNEL = "== /lib/modules/6.12.47+rpt-rpi-2712/updates/dkms/axcl_host.ko.xz\nx\n"
NOT_BUILT = f"!! {PI_KERNEL}/updates\n"
FAILED_BUILD = """\
== /var/lib/dkms/axclhost/1.0/build/make.log
DKMS (dkms-3.2.2) make.log for axclhost/1.0 for kernel 6.12.62+rpt-rpi-2712 (aarch64)
cc1: error: unrecognized command-line option '-ftrivial-auto-var-init=zero'
make[2]: *** [scripts/Makefile.build:244: /var/lib/dkms/axclhost/1.0/build/ax_pcie_msg.o] Error 1
"""
HALF_CONFIGURED = """\
== /var/lib/dpkg/status
Package: axclhost
Status: install ok half-configured
Version: 3.10.2
"""
INSTALL_LOG = """\
== /var/log/axclhost-install.log
host_dev/ax_pcie_dev_host.c:220:9: error: too few arguments to function 'pci_resize_resource'
E: build driver fail, please check /var/log/axclhost-install.log
"""
WRONG_MAGIC = f"""\
== {PI_KERNEL}/updates/dkms/axcl_host.ko
[AXCL version]: axcl_host V3.6.5_20250908154509 Sep  8 2025 15:45:09 jenkins
vermagic=6.12.47+rpt-rpi-2712 SMP preempt mod_unload modversions aarch64
"""
SECURE_BOOT = """\
== /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c hex
0600000001
== /sys/kernel/security/lockdown
none [integrity] confidentiality
"""
LOADING = """\
== /sys/module/axcl_host/initstate
coming
== /proc/modules
axcl_host 131072 1 - Loading 0x0000000000000000 (OE+)
ax_pcie_mmb 49152 0 - Live 0x0000000000000000 (OE)
ax_pcie_msg 65536 1 axcl_host, Live 0x0000000000000000 (OE)
ax_pcie_host_dev 98304 4 axcl_host,ax_pcie_mmb,ax_pcie_msg, Live 0x0000000000000000 (OE)
!! /dev/axcl_host
!! /dev/p2p
"""
NO_MESSAGES = """\
== /proc/modules
ax_pcie_p2p_rc 49152 0 - Live 0x0000000000000000 (OE)
axcl_host 131072 0 - Live 0x0000000000000000 (OE)
ax_pcie_mmb 49152 0 - Live 0x0000000000000000 (OE)
ax_pcie_host_dev 98304 3 ax_pcie_p2p_rc,axcl_host,ax_pcie_mmb, Live 0x0000000000000000 (OE)
!! /dev/msg_userdev
"""
PAC = "/lib/firmware/axcl/ax650_card.pac"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 33554432\n"
OPEN_FAILS = (
    "[2026-11-22 07:04:49.351][1][E][device manager][init][60]: open /dev/axcl_host fail, errno: {}\n"
)
EPERM = NO_DRIVER + OPEN_FAILS.format("1 Operation not permitted")
EACCES = NO_DRIVER + OPEN_FAILS.format("13 Permission denied")
IN_DOCKER = "== /.dockerenv\n!! /lib/modules\n!! /lib/firmware\n!! /var/lib/dpkg\n"
IN_LXC = "== /run/systemd/container\nlxc\n!! /lib/modules\n!! /lib/firmware\n"
OTHER_LIBRARY = "== /usr/lib/axcl/libaxcl_rt.so\n[AXCL version]: libaxcl_rt V3.10.2_20251215140224 x\n"
NO_ROW_OF_X86 = NO_ROW.replace("V3.6.5_20250908154509 ", "V3.10.2_20251215140224 ")
CLOSED = "".join(f"== /dev/{n} mode=0600\n" for n in ("axcl_host", "msg_userdev", "ax_mmb_dev", "p2p"))

STAND_IN = f"== {PAC}\nPAC\n"
ROWS = [
    Row(
        "a stump of firmware, nothing else known",
        "x86_mini_pc",
        STAND_IN + NO_ROW_OF_X86,
        ("driver.firmware", "fail"),
        8,
        "--reinstall",
    ),
    Row("stand-in firmware, closed nodes", "pi5", STAND_IN + CLOSED, ("driver.nodes", "fail"), 6, "udevadm"),
    Row("stand-in firmware, missing node", "pi5", STAND_IN + NO_NODES, ("driver.nodes", "fail"), 8, "dmesg"),
    Row("stand-in firmware, axcl-smi hangs", "pi5", STAND_IN, ("card.answers", "fail"), 8, "power", HANGS),
    Row(
        "no runner for this machine",
        "x86_mini_pc",
        "== /proc/sys/kernel/arch\nriscv64\n",
        ("host.machine", "fail"),
        5,
        "--engine cpu",
    ),
    Row("a 32-bit system", "pi5", "== /lib/ld-linux-armhf.so.3\n", ("host.machine", "fail"), 5, "64-bit"),
    Row(
        "unsigned module, told by the kernel",
        "pi5",
        NOT_LOADED + kernel_says("Loading of unsigned module is rejected"),
        ("host.secure-boot", "fail"),
        5,
        "mokutil",
    ),
    Row(
        "Docker, nothing loaded outside",
        "x86_mini_pc",
        IN_DOCKER + NOT_LOADED,
        ("driver.modules", "fail"),
        5,
        "outside: sudo modprobe",
    ),
    Row(
        "driver could not take the card",
        "x86_mini_pc",
        "== /proc/sys/kernel/dmesg_restrict\n0\n"
        f"!! {X86_CARD}/driver\n{NOT_BOUND}"
        + kernel_says("ax_pcie_dev_host 0000:03:00.0: Failed to read BAR1"),
        ("pci.driver", "fail"),
        5,
        "0000:03:00.0",
    ),
    Row(
        "package not installed",
        "pi5",
        NOT_LOADED + NOT_BUILT + PACKAGE_GONE,
        ("driver.package", "fail"),
        5,
        "apt install dkms axclhost",
    ),
    Row(
        "package not installed, x86",
        "x86_mini_pc",
        NOT_LOADED + f"!! {X86_KERNEL}/extra\n!! {X86_CARD}/driver\n" + PACKAGE_GONE,
        ("driver.package", "fail"),
        5,
        "axcl_host_",
    ),
    Row(
        "PATH not set",
        "pi5",
        "",
        ("driver.path", "warn"),
        0,
        "source /etc/profile",
        environ={"PATH": "/usr/local/bin:/usr/bin:/bin"},
    ),
    Row(
        "built for another kernel",
        "pi5",
        NOT_LOADED + NOT_BUILT + OTHER_KERNEL,
        ("driver.modules", "fail"),
        5,
        "linux-headers-6.12.62+rpt-rpi-2712",
    ),
    Row(
        "build failed, DKMS",
        "pi5",
        NOT_LOADED + NOT_BUILT + OTHER_KERNEL + FAILED_BUILD,
        ("driver.build", "fail"),
        5,
        "gcc-12",
    ),
    Row(
        "build failed, half configured",
        "x86_mini_pc",
        NOT_LOADED + f"!! {X86_KERNEL}/extra\n!! {X86_CARD}/driver\n" + HALF_CONFIGURED,
        ("driver.build", "fail"),
        5,
        "dpkg --configure -a",
    ),
    Row(
        "build failed, install log",
        "x86_mini_pc",
        NOT_LOADED + f"!! {X86_KERNEL}/extra\n" + INSTALL_LOG,
        ("driver.build", "fail"),
        5,
        "newer host package",
    ),
    Row(
        "no kernel headers",
        "pi5",
        NOT_LOADED + f"!! {PI_KERNEL}\n!! /var/lib/dkms\n",
        ("driver.build", "fail"),
        5,
        "linux-headers-6.12.62+rpt-rpi-2712",
    ),
    Row("vermagic", "pi5", NOT_LOADED + WRONG_MAGIC, ("driver.vermagic", "fail"), 5, "dkms autoinstall"),
    Row(
        "vermagic, told by the kernel",
        "pi5",
        NOT_LOADED
        + kernel_says("axcl_host: version magic '6.12.47 SMP' should be '6.12.62+rpt-rpi-2712 SMP preempt'"),
        ("driver.vermagic", "fail"),
        5,
        "dkms autoinstall",
    ),
    Row(
        "modules not loaded",
        "pi5",
        NOT_LOADED + UNBOUND_PI,
        ("driver.modules", "fail"),
        5,
        "sudo modprobe -a ax_pcie_host_dev",
    ),
    Row(
        "one module not loaded",
        "rock5bplus",
        NO_MESSAGES,
        ("driver.modules", "fail"),
        5,
        "modprobe -a ax_pcie_msg",
    ),
    Row(
        "Secure Boot",
        "x86_mini_pc",
        NOT_LOADED + f"!! {X86_CARD}/driver\n" + SECURE_BOOT,
        ("host.secure-boot", "fail"),
        5,
        "mokutil",
    ),
    Row(
        "Secure Boot, lockdown cannot be read",
        "x86_mini_pc",
        NOT_LOADED + SECURE_BOOT + "!! /sys/kernel/security\n",
        ("host.secure-boot", "fail"),
        5,
        "mokutil",
    ),
    Row("loading hangs", "pi5", LOADING, ("driver.modules", "fail"), 7, "wait"),
    Row(
        "firmware missing",
        "pi5",
        f"!! /lib/firmware/axcl\n== /lib/firmware/brcm/x size=10\n{NO_NODES}",
        ("driver.firmware", "fail"),
        8,
        "--reinstall axclhost",
    ),
    Row(
        "firmware missing, told by the kernel",
        "pi5",
        f"!! /lib/firmware/axcl\n== /lib/firmware/brcm/x size=10\n{PORT_REFUSED}"
        + kernel_says("Patch file not found axcl/ax650_card.pac.", "Device 1 firmware load failed."),
        ("driver.firmware", "fail"),
        8,
        "--reinstall axclhost",
    ),
    Row(
        "firmware missing, told by the kernel only",
        "pi5",
        f"!! /lib/firmware\n{PORT_REFUSED}{kernel_says('Patch file not found axcl/ax650_card.pac.')}",
        ("driver.firmware", "fail"),
        8,
        "--reinstall axclhost",
    ),
    Row(
        "firmware is a git-lfs pointer",
        "rock5bplus",
        f"== {PAC}\n{LFS}{NO_ROW}",
        ("driver.firmware", "fail"),
        8,
        "--reinstall axclhost",
    ),
    Row(
        "firmware is empty",
        "rock5bplus",
        f"!! {PAC}\n== {PAC}\n{NO_ROW}",
        ("driver.firmware", "fail"),
        8,
        "--reinstall axclhost",
    ),
    Row(
        "firmware is cut short",
        "rock5bplus",
        f"== {PAC} size=70000\n{NO_ROW}",
        ("driver.firmware", "fail"),
        8,
        "--reinstall axclhost",
    ),
    Row(
        "firmware push failed",
        "pi5",
        kernel_says("[STATUS]: FAILED[-1]", "Device 1 firmware load failed.") + NO_ROW,
        ("driver.firmware", "fail"),
        8,
        "power",
    ),
    Row(
        "firmware gone while the card runs",
        "pi5",
        "!! /lib/firmware/axcl\n== /lib/firmware/brcm/x size=10\n",
        ("driver.firmware", "warn"),
        0,
        "--reinstall axclhost",
    ),
    Row(
        "handshake failed",
        "pi5",
        kernel_says("[step0]: Handshake timeout!", "axcl pcie check remote device 1 failed") + NO_ROW,
        ("card.handshake", "fail"),
        8,
        "power",
    ),
    Row(
        "handshake failed, no node",
        "pi5",
        kernel_says("[step1]: Handshake timeout!") + "!! /dev/axcl_host\n",
        ("card.handshake", "fail"),
        8,
        "power",
    ),
    Row(
        "driver crashed",
        "pi5",
        kernel_says(
            "BUG: kernel NULL pointer dereference, address: 0",
            "RIP: 0010:axcl_pcie_ioctl+0x1c8/0x6a0 [axcl_host]",
        )
        + NO_ROW,
        ("driver.crash", "fail"),
        8,
        "reboot",
    ),
    Row(
        "bound to vfio",
        "x86_mini_pc",
        f"== {X86_CARD}/driver -> ../../../../bus/pci/drivers/vfio-pci\n{NOT_BOUND}",
        ("pci.driver", "fail"),
        5,
        "vfio-pci",
    ),
    Row(
        "bound to nothing",
        "x86_mini_pc",
        f"!! {X86_CARD}/driver\n{NOT_BOUND}",
        ("pci.driver", "fail"),
        5,
        "dmesg",
    ),
    Row(
        "reserved for another driver",
        "rock5bplus",
        f"!! {ROCK_CARD}/driver\n== {ROCK_CARD}/driver_override\nvfio-pci\n" + NOT_BOUND,
        ("pci.driver", "fail"),
        5,
        "dmesg",
    ),
    Row(
        "subsystem id rewritten",
        "pi5",
        f"{UNBOUND_PI}== {PI_CARD}/subsystem_device\n0x0001\n{NOT_BOUND}",
        ("pci.driver", "fail"),
        5,
        "dmesg",
    ),
    *(
        Row(f"node missing: {node}", "pi5", f"!! /dev/{node}\n", ("driver.nodes", "fail"), status, "")
        for node, status in (("axcl_host", 8), ("msg_userdev", 5), ("ax_mmb_dev", 5))
    ),
    Row("card-to-card node missing", "pi5", "!! /dev/p2p\n", ("driver.nodes", "warn"), 0, "udevadm"),
    Row("card-to-card node closed", "pi5", "== /dev/p2p mode=0600\n", ("driver.nodes", "warn"), 0, "udevadm"),
    Row("nodes closed", "pi5", CLOSED, ("driver.nodes", "fail"), 6, "udevadm"),
    Row(
        "nodes closed, no udev rules",
        "x86_mini_pc",
        CLOSED + "!! /etc/udev\n",
        ("driver.nodes", "fail"),
        6,
        "--reinstall axclhost",
    ),
    Row(
        "one node closed",
        "rock5bplus",
        "== /dev/msg_userdev mode=0660\n",
        ("driver.nodes", "fail"),
        6,
        "udevadm",
    ),
    Row(
        "Docker, no nodes",
        "pi5",
        IN_DOCKER + NO_NODES,
        ("host.container", "fail"),
        5,
        "--device /dev/axcl_host",
    ),
    Row(
        "Docker, one node",
        "pi5",
        IN_DOCKER + "!! /dev/msg_userdev\n",
        ("host.container", "fail"),
        5,
        "--device /dev/msg_userdev",
    ),
    Row(
        "Docker, device rules",
        "pi5",
        IN_DOCKER + EPERM,
        ("host.container", "fail"),
        6,
        "--device /dev/axcl_host",
    ),
    Row(
        "Docker, no libraries",
        "pi5",
        IN_DOCKER + "!! /usr/bin/axcl\n!! /usr/lib/axcl\n",
        ("host.container", "warn"),
        0,
        "/usr/lib/axcl",
    ),
    Row("LXC, no nodes", "x86_mini_pc", IN_LXC + NO_NODES, ("host.container", "fail"), 5, "c 10:* rwm"),
    Row("a service's device rules", "pi5", EPERM, ("card.answers", "fail"), 6, "DeviceAllow"),
    Row(
        "SELinux, nodes",
        "x86_mini_pc",
        "== /sys/fs/selinux/enforce\n1\n" + EACCES,
        ("host.selinux", "fail"),
        6,
        "ausearch",
    ),
    Row("versions differ, card answers", "pi5", OTHER_LIBRARY, ("driver.versions", "warn"), 0, "one version"),
    Row(
        "versions differ, card hangs",
        "pi5",
        OTHER_LIBRARY,
        ("driver.versions", "fail"),
        8,
        "one version",
        HANGS,
    ),
    Row(
        "loaded driver is not the one on disk",
        "pi5",
        "== /sys/module/axcl_host/srcversion\nAAAA9E4A7C2F80351D2E9B0\n",
        ("driver.versions", "warn"),
        0,
        "sudo reboot",
    ),
    Row(
        "axcl-smi gone",
        "pi5",
        "!! /usr/bin/axcl/axcl-smi\n",
        ("card.answers", "warn"),
        0,
        "--reinstall axclhost",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_failing_layer_comes_first(row: Row, tmp_path: Path) -> None:
    """The first complaint is the cause, with the command that helps and the documented exit status."""
    row.judge(tmp_path)


def test_other_firmware_on_the_card_is_a_matter_of_versions(tmp_path: Path) -> None:
    """The card runs V3.6.4, everything on the host is V3.6.5."""
    tree = host("pi5")
    smi = tree.programs["/usr/bin/axcl/axcl-smi"]
    smi[""] = smi[""].replace("V3.6.5 | 0001", "V3.6.4 | 0001")
    results = examine(tree, tmp_path)
    assert verdict(results) == ("driver.versions", "warn")
    assert "V3.6.4" in first(results).summary


def test_missing_is_not_closed(tmp_path: Path) -> None:
    """ENOENT and EACCES are told apart: only the second is about rights."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    missing = first(examine(host("pi5", "!! /dev/msg_userdev\n"), tmp_path / "a"))
    closed = first(examine(host("pi5", "== /dev/msg_userdev mode=0600\n"), tmp_path / "b"))
    assert (missing.exit_status, closed.exit_status) == (5, 6)
    assert "missing" in missing.summary
    assert "may not open" in closed.summary


def test_root_opens_closed_nodes(tmp_path: Path) -> None:
    """Mode 0600 does not hold root back."""
    assert complaints(examine(host("pi5", CLOSED), tmp_path, uid=0)) == []


def test_a_directory_in_the_place_of_a_node_is_a_missing_node(tmp_path: Path) -> None:
    """Docker makes one when the source of a volume is not there."""
    tree = host("pi5", IN_DOCKER + "!! /dev/axcl_host\n== /dev/axcl_host/x\n")
    results = examine(tree, tmp_path)
    assert verdict(results) == ("host.container", "fail")
