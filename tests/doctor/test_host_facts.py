"""Facts of a machine and its card, on planted machines."""

from pathlib import Path

import pytest

from axchat.doctor.host_facts import card_facts, host_facts, read_card_heat, read_cpu_heat
from axchat.doctor.rooted import RootedProbes
from support.host_changes import NO_CARD_ON_X86
from support.host_tree import host

CPUFREQ = """
== /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor
ondemand
== /sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq
2400000
== /sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq
1500000
== /sys/devices/system/cpu/cpu1/cpufreq/scaling_governor
performance
== /sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq
1800000
== /sys/devices/system/cpu/cpufreq/boost
0
== /sys/class/thermal/thermal_zone0/type
cpu-thermal
== /sys/class/thermal/thermal_zone0/temp
61250
== /sys/class/thermal/thermal_zone1/type
iwlwifi
== /sys/class/thermal/thermal_zone1/temp
99000
== /etc/os-release
NAME="Debian GNU/Linux"
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
== /proc/self/status
Name:	axchat
Cpus_allowed:	0b
Cpus_allowed_list:	0-1,3
"""

KINDS_OF_CORE = """
== /proc/cpuinfo
CPU part	: 0xd05
Model		: not the processor's
== /proc/device-tree/cpus/cpu@0/compatible nul
arm,cortex-a55
== /proc/device-tree/cpus/cpu@100/compatible nul
arm,cortex-a55
== /proc/device-tree/cpus/cpu@400/compatible nul
arm,cortex-a76
== /proc/device-tree/cpus/l2-cache/compatible nul
cache
"""

LOST_LINK = """
== /sys/devices/pci0000:00/0000:00:1c.4/0000:03:00.0/config hex
ffffffffffffffffffffffffffffffff
"""


def planted(name: str, tmp_path: Path, more: str = "") -> RootedProbes:
    """The machine, as its user sees it."""
    return RootedProbes(host(name, more).plant(tmp_path))


def test_a_machine_is_described(tmp_path: Path) -> None:
    """Model, kernel, memory, clock and each governor that a core has."""
    found = host_facts(planted("pi5", tmp_path, CPUFREQ))
    assert found["machine"] == "Raspberry Pi 5 Model B Rev 1.1"
    assert (found["kernel"], found["arch"]) == ("6.12.62+rpt-rpi-2712", "aarch64")
    assert (found["cores"], found["cores_usable"]) == (2, 3)
    assert (found["governor"], found["cpu_max_mhz"]) == ("ondemand+performance", 2400.0)
    assert found["memory_mib"] == 8061
    assert found["os"] == "Debian GNU/Linux 12 (bookworm)"


@pytest.mark.parametrize(
    ("name", "machine", "kernel", "arch"),
    [
        ("pi5", "Raspberry Pi 5 Model B Rev 1.1", "6.12.62+rpt-rpi-2712", "aarch64"),
        ("rock5bplus", "Radxa ROCK 5B+", "6.1.84-8-rk2410", "aarch64"),
        ("x86_mini_pc", "AZW EQ13", "6.1.0-31-amd64", "x86_64"),
    ],
)
def test_every_machine_has_its_name(name: str, machine: str, kernel: str, arch: str, tmp_path: Path) -> None:
    """From the device tree, or from the firmware's tables."""
    found = host_facts(planted(name, tmp_path))
    assert (found["machine"], found["kernel"], found["arch"]) == (machine, kernel, arch)
    assert found["memory_mib"] == 8061
    assert found["governor"] is None


def test_a_processor_is_named_by_the_kernel_or_by_its_kinds_of_core(tmp_path: Path) -> None:
    """The kernel of arm64 names none, and what it calls Model is the board."""
    assert host_facts(planted("rock5bplus", tmp_path / "a", KINDS_OF_CORE))["cpu"] == "cortex-a55+cortex-a76"
    named = "\n== /proc/cpuinfo\nmodel name\t: Intel(R) N100\nflags\t\t: fpu\n"
    assert host_facts(planted("x86_mini_pc", tmp_path / "b", named))["cpu"] == "Intel(R) N100"


def test_what_a_machine_does_not_tell_is_null(tmp_path: Path) -> None:
    """Nothing is guessed, and nothing fails."""
    found = host_facts(RootedProbes(tmp_path))
    assert {key for key, value in found.items() if value is None} >= {
        "machine", "cpu", "cores", "cores_usable", "governor", "cpu_max_mhz", "memory_mib", "os",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "driver", "link", "firmware"),
    [
        ("pi5", "V3.6.5", ("5.0 GT/s PCIe", "1"), "V3.6.5"),
        ("rock5bplus", "V3.6.5", ("5.0 GT/s PCIe", "2"), "V3.6.5"),
        ("x86_mini_pc", "V3.10.2", ("5.0 GT/s PCIe", "2"), "V3.10.2"),
    ],
)
def test_a_card_is_described(
    name: str, driver: str, link: tuple[str, str], firmware: str, tmp_path: Path
) -> None:
    """From the bus, the driver on disk, and axcl-smi."""
    found = card_facts(planted(name, tmp_path), 0)
    assert found is not None
    assert found["driver"] == driver
    assert (found["link_speed"], found["link_width"]) == link
    assert found["firmware"] == firmware
    assert isinstance(found["temperature_c"], int)
    assert found["cmm_total_mib"] == 7040
    assert found["npu_used_percent"] == 0


def test_a_card_whose_link_is_lost_is_not_asked(tmp_path: Path) -> None:
    """That could hang the machine; the bus still tells where the card is."""
    probes = planted("x86_mini_pc", tmp_path, LOST_LINK)
    found = card_facts(probes, 0)
    assert found is not None
    assert (found["bus_id"], found["name"], found["temperature_c"]) == ("0000:03:00.0", None, None)
    assert read_card_heat(probes, 0).celsius is None


def test_without_a_card_there_is_none(tmp_path: Path) -> None:
    """And axcl-smi is not asked."""
    assert card_facts(planted("x86_mini_pc", tmp_path, NO_CARD_ON_X86), 0) is None


def test_heat_is_the_cards_or_the_processors(tmp_path: Path) -> None:
    """A radio's sensor is none of the processor's; the fastest core's clock counts."""
    probes = planted("pi5", tmp_path, CPUFREQ)
    read = read_cpu_heat(probes)
    assert (read.celsius, read.mhz) == (61.25, 1800.0)
    assert read_card_heat(probes, 0).celsius is not None
    assert read_card_heat(probes, 7).celsius is None
