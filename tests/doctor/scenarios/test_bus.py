"""Hardware and bus: what the doctor names first, one row of the failure catalogue after the other."""

from pathlib import Path

import pytest

from axchat.doctor.result import exit_status
from support.host_changes import (
    HANGS,
    NO_CARD_ON_PI,
    NO_CARD_ON_X86,
    NO_PORT_ON_PI,
    NO_ROW,
    NOT_BOUND,
    PI_CARD,
    PORT_REFUSED,
    ROCK_CARD,
    UNBOUND_PI,
    X86_CARD,
    X86_PORT,
    kernel_says,
)
from support.host_tree import host
from support.verdicts import Row, examine, first, verdict

NO_PCIEX1 = "== /boot/firmware/config.txt\n[all]\ndtparam=audio=on\n"
PORT_DISABLED = "== /proc/device-tree/axi/pcie@1000110000/status nul\ndisabled\n"
NO_PORT_STATE = "!! /proc/device-tree/axi\n"
OLD_VERSION = "V2.25.0_20250117163029"
OLD_ON_PI = (
    "!! /var/lib/dpkg\n== /lib/modules/6.12.62+rpt-rpi-2712/updates/dkms/axcl_host.ko\n"
    f"[AXCL version]: axcl_host {OLD_VERSION} Jan 17 2025 16:30:29 jenkins\n"
)
OLD_ON_X86 = (
    "== /lib/modules/6.1.0-31-amd64/extra/axcl_host.ko\n"
    f"[AXCL version]: axcl_host {OLD_VERSION} Jan 17 2025 16:30:29 jenkins\n"
    "== /usr/lib/axcl/libaxcl_rt.so\n"
    f"[AXCL version]: libaxcl_rt {OLD_VERSION} Jan 17 2025 16:30:29 jenkins\n"
)
OFF_THE_BUS = f"== {PI_CARD}/config hex\n{'ff' * 64}\n== {PI_CARD}/current_link_speed\nUnknown\n"
RESET = f"== {PI_CARD}/config hex\n4b1f500600001100{'00' * 56}\n"
NO_LINK = f"== {PI_CARD}/current_link_speed\nUnknown\n== {PI_CARD}/current_link_width\n0\n"
DEAD_IN_KERNEL = kernel_says("[heartbeat_recv_thread, 586]: device 1: dead!")
SLEPT = "== /sys/power/suspend_stats/success\n1\n"
WEAK_NOW = "== /sys/class/hwmon/hwmon2/in0_lcrit_alarm\n1\n"
ON_A_CM3588 = (
    f"== /proc/device-tree/model nul\nFriendlyElec CM3588 NAS\n== {ROCK_CARD}/current_link_width\n1\n"
)
HOT = ("61C", "97C")


ROWS = [
    Row(
        "weak supply, told by the kernel",
        "pi5",
        kernel_says("hwmon hwmon2: Undervoltage detected!") + "!! /sys/class/hwmon\n!! /usr/bin/vcgencmd\n",
        ("host.power", "warn"),
        0,
        "supply",
    ),
    Row(
        "asleep, heart stopped, axcl-smi gone",
        "pi5",
        SLEPT + DEAD_IN_KERNEL + "!! /usr/bin/axcl\n",
        ("host.suspend", "fail"),
        8,
        "systemctl mask",
    ),
    Row("card not on PCI", "x86_mini_pc", NO_CARD_ON_X86, ("pci.device", "fail"), 5, "lspci"),
    Row("card not on PCI, Pi 5", "pi5", NO_CARD_ON_PI, ("pci.device", "fail"), 5, "flat cable"),
    Row(
        "card not on PCI, ROCK",
        "rock5bplus",
        "!! /sys/bus/pci/devices/0001:11:00.0",
        ("pci.device", "fail"),
        5,
        "",
    ),
    Row("no PCI bus", "x86_mini_pc", "!! /sys/bus/pci\n!! /dev", ("pci.device", "fail"), 5, "lspci"),
    Row(
        "another device in the slot",
        "pi5",
        f"== {PI_CARD}/vendor\n0x144d\n== {PI_CARD}/device\n0xa808\n",
        ("pci.device", "fail"),
        5,
        "",
    ),
    Row(
        "the next generation's card is another product",
        "x86_mini_pc",
        f"== {X86_CARD}/device\n0x8860\n",
        ("pci.device", "fail"),
        5,
        "",
    ),
    Row(
        "Pi 5 port off",
        "pi5",
        NO_PORT_ON_PI + NO_PCIEX1 + PORT_DISABLED,
        ("pci.pi5-port", "fail"),
        5,
        "dtparam=pciex1",
    ),
    Row(
        "Pi 5 port off, old device tree",
        "pi5",
        NO_PORT_ON_PI + NO_PCIEX1 + NO_PORT_STATE,
        ("pci.pi5-port", "fail"),
        5,
        "dtparam=pciex1",
    ),
    Row(
        "Pi 5 setting in another model's section",
        "pi5",
        NO_PORT_ON_PI
        + NO_PORT_STATE
        + "== /boot/firmware/config.txt\n[pi4]\ndtparam=pciex1\n[all]\n#dtparam=pciex1\n",
        ("pci.pi5-port", "fail"),
        5,
        "[all]",
    ),
    Row(
        "Pi 5 setting not in force yet",
        "pi5",
        NO_PORT_ON_PI + PORT_DISABLED,
        ("pci.pi5-port", "fail"),
        5,
        "sudo reboot",
    ),
    Row("Pi 5 port on, no link", "pi5", NO_PORT_ON_PI, ("pci.device", "fail"), 5, "flat cable"),
    Row("Pi 5 port on through a HAT", "pi5", NO_PORT_ON_PI + NO_PCIEX1, ("pci.device", "fail"), 5, ""),
    Row(
        "Pi 5, config.txt cannot be read",
        "pi5",
        NO_PORT_ON_PI + NO_PORT_STATE + "!! /boot",
        ("pci.device", "fail"),
        5,
        "pciex1",
    ),
    Row(
        "Pi 5, no MSI for an old driver",
        "pi5",
        UNBOUND_PI + OLD_ON_PI + NOT_BOUND,
        ("pci.pi5-msi", "fail"),
        5,
        "dtoverlay=pciex1-compat-pi5,no-mip",
    ),
    Row(
        "Pi 5, no MSI, told by the kernel",
        "pi5",
        UNBOUND_PI
        + NOT_BOUND
        + kernel_says("ax_pcie_dev_host 0001:01:00.0: Failed to get MSI interrupts. err: -28"),
        ("pci.pi5-msi", "fail"),
        5,
        "no-mip",
    ),
    Row(
        "slow link",
        "x86_mini_pc",
        f"== {X86_CARD}/current_link_speed\n2.5 GT/s PCIe\n",
        ("pci.link", "warn"),
        0,
        "seat",
    ),
    Row(
        "slow link, old kernel's wording",
        "rock5bplus",
        f"== {ROCK_CARD}/current_link_speed\n2.5 GT/s\n",
        ("pci.link", "warn"),
        0,
        "seat",
    ),
    Row(
        "narrow link",
        "x86_mini_pc",
        f"== {X86_CARD}/current_link_width\n1\n",
        ("pci.link", "warn"),
        0,
        "seat",
    ),
    Row(
        "narrow link, ROCK",
        "rock5bplus",
        f"== {ROCK_CARD}/current_link_width\n1\n",
        ("pci.link", "warn"),
        0,
        "seat",
    ),
    Row("off the bus", "pi5", OFF_THE_BUS + DEAD_IN_KERNEL, ("pci.link", "fail"), 8, "power"),
    Row("reset behind the driver's back", "pi5", RESET + DEAD_IN_KERNEL, ("pci.link", "fail"), 8, "power"),
    Row("no link", "pi5", NO_LINK, ("pci.link", "fail"), 8, "power"),
    Row(
        "asleep, link lost",
        "x86_mini_pc",
        SLEPT + f"== {X86_CARD}/config hex\n{'ff' * 64}\n",
        ("host.suspend", "fail"),
        8,
        "systemctl mask",
    ),
    Row(
        "asleep, heart stopped",
        "pi5",
        SLEPT + DEAD_IN_KERNEL + NO_ROW,
        ("host.suspend", "fail"),
        8,
        "systemctl mask",
    ),
    Row(
        "asleep, told by the kernel",
        "pi5",
        kernel_says("PM: suspend entry (deep)", "[heartbeat_recv_thread, 586]: device 1: dead!")
        + PORT_REFUSED,
        ("host.suspend", "fail"),
        8,
        "systemctl mask",
    ),
    Row("weak supply", "pi5", WEAK_NOW, ("host.power", "warn"), 0, "supply"),
    Row(
        "weak supply, told by vcgencmd",
        "pi5",
        "== /usr/bin/vcgencmd run get_throttled\nthrottled=0x50005\n",
        ("host.power", "warn"),
        0,
        "supply",
    ),
    Row(
        "weak supply earlier",
        "pi5",
        "== /usr/bin/vcgencmd run get_throttled\nthrottled=0x10000\n",
        ("host.power", "warn"),
        0,
        "supply",
    ),
    Row("weak supply and a dead card", "pi5", WEAK_NOW + OFF_THE_BUS, ("host.power", "fail"), 8, "supply"),
    Row("IOMMU and an old driver", "x86_mini_pc", OLD_ON_X86, ("host.iommu", "fail"), 8, "iommu=pt", HANGS),
    Row(
        "IOMMU faults, told by the kernel",
        "x86_mini_pc",
        "== /proc/sys/kernel/dmesg_restrict\n0\n"
        + kernel_says(
            "DMAR: [DMA Write NO_PASID] Request device [03:00.0] fault addr 0x7f000 [fault reason 0x05]"
        ),
        ("host.iommu", "fail"),
        8,
        "iommu=pt",
        HANGS,
    ),
    Row(
        "no contiguous memory",
        "pi5",
        kernel_says("alloc shmem space fail in master", "ax_pcie_dev_host: failed to allocate mem space")
        + NO_ROW,
        ("host.memory", "fail"),
        8,
        "cma=",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_failing_layer_comes_first(row: Row, tmp_path: Path) -> None:
    """The first complaint is the cause, with the command that helps and the documented exit status."""
    row.judge(tmp_path)


def test_heat_is_seen_before_the_card_drops_off(tmp_path: Path) -> None:
    """97 degrees are a warning, with the card still answering."""
    tree = host("pi5")
    smi = tree.programs["/usr/bin/axcl/axcl-smi"]
    smi[""] = smi[""].replace(*HOT)
    results = examine(tree, tmp_path)
    assert verdict(results) == ("card.temperature", "warn")
    assert exit_status(results) == 0


@pytest.mark.parametrize(
    ("name", "changes", "check", "part"),
    [
        ("pi5", "", "host.page-size", "16 KiB"),
        ("pi5", "", "pci.interrupts", "CPU 0"),
        (
            "pi5",
            "== /boot/firmware/config.txt\n[all]\ndtparam=pciex1\ndtparam=pciex1_gen=3\n",
            "pci.pi5-port",
            "gen 3",
        ),
        (
            "rock5bplus",
            ON_A_CM3588,
            "pci.link",
            "x1",
        ),
        (
            "x86_mini_pc",
            f"== {X86_PORT}/max_link_width\n1\n== {X86_CARD}/current_link_width\n1\n",
            "pci.link",
            "x1",
        ),
        (
            "x86_mini_pc",
            f"== {X86_PORT}/max_link_speed\n2.5 GT/s PCIe\n== {X86_CARD}/current_link_speed\n2.5 GT/s PCIe\n",
            "pci.link",
            "2.5",
        ),
        (
            "x86_mini_pc",
            OLD_ON_X86 + "== /sys/kernel/iommu_groups/14/type\nidentity\n",
            "host.iommu",
            "through",
        ),
    ],
)
def test_what_is_normal_is_only_told(name: str, changes: str, check: str, part: str, tmp_path: Path) -> None:
    """Large pages, one lane, gen 3, an identity IOMMU: shown, never complained about by that check."""
    found = next(r for r in examine(host(name, changes), tmp_path) if r.id == check)
    assert found.status.value == "ok"
    assert part in found.summary


def test_a_dead_card_beside_a_living_one_is_named(tmp_path: Path) -> None:
    """Each card has its own link; the lost one is named by its address."""
    tree = host("x86_mini_pc")
    other = "/sys/devices/pci0000:00/0000:00:1d.0/0000:04:00.0"
    for path in [p for p in tree.files if p.startswith(X86_CARD)]:
        tree.files[path.replace(X86_CARD, other)] = tree.files[path]
    tree.files[f"{other}/config"] = b"\xff" * 64
    tree.links["/sys/bus/pci/devices/0000:04:00.0"] = "../../../" + other.removeprefix("/sys/")
    tree.links[f"{other}/driver"] = "../../../../bus/pci/drivers/ax_pcie_dev_host"
    results = examine(tree, tmp_path)
    assert verdict(results) == ("pci.link", "fail")
    assert "0000:04:00.0" in first(results).summary
