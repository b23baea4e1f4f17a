"""Made-up machines for checks: a Raspberry Pi 5 with a healthy card, and what changes on it."""

from dataclasses import replace
from pathlib import Path

from axchat.doctor.child import RunResult
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.result import CheckResult, Context

BDF = "0001:11:00.0"
PCI = f"/sys/bus/pci/devices/{BDF}"
SMI = "/usr/bin/axcl/axcl-smi"
RELEASE = "6.12.62+rpt-rpi-2712"
MODULES = ("ax_pcie_host_dev", "ax_pcie_msg", "ax_pcie_mmb", "axcl_host", "ax_pcie_p2p_rc")
NODES = ("/dev/axcl_host", "/dev/msg_userdev", "/dev/ax_mmb_dev", "/dev/p2p")
CONTEXT = Context(data_dir=Path("/home/pi/.local/share/axchat"))
CAPTURES = Path(__file__).parent.parent / "captures" / "axcl-smi"


def smi(name: str) -> RunResult:
    """What a captured axcl-smi run looks like to the doctor."""
    return RunResult(output=(CAPTURES / f"{name}.txt").read_text(), exit_code=0)


def proc_modules(names: tuple[str, ...] = MODULES) -> str:
    """/proc/modules with these of the driver's modules, among others."""
    return "brcmfmac 372736 0 - Live 0x0\n" + "".join(f"{n} 20480 0 - Live 0x0 (OE)\n" for n in names)


def pci_files(bdf: str = BDF) -> dict[str, bytes | str]:
    """The sysfs files of a good card."""
    folder = f"/sys/bus/pci/devices/{bdf}"
    return {
        f"{folder}/vendor": "0x1f4b\n",
        f"{folder}/device": "0x0650\n",
        f"{folder}/subsystem_vendor": "0x1f4b\n",
        f"{folder}/subsystem_device": "0x0650\n",
        f"{folder}/config": bytes.fromhex("4b1f500606041100") + bytes(56),
        f"{folder}/current_link_speed": "5.0 GT/s PCIe\n",
        f"{folder}/current_link_width": "1\n",
        f"{folder}/max_link_speed": "5.0 GT/s PCIe\n",
    }


def board() -> FakeProbes:
    """A Pi 5 with a healthy, idle card."""
    files: dict[str, bytes | str] = {
        "/sys/bus/pci/devices/0002:01:00.0/vendor": "0x1de4\n",
        "/sys/bus/pci/devices/0002:01:00.0/device": "0x0001\n",
        **pci_files(),
        "/proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
        "/proc/modules": proc_modules(),
        "/sys/module/axcl_host/initstate": "live\n",
        "/sys/module/axcl_host/refcnt": "0\n",
        SMI: b"\x7fELF",
        **dict.fromkeys(NODES, ""),
        **{f"/lib/modules/{RELEASE}/updates/dkms/{name}.ko.xz": b"" for name in MODULES},
    }
    return FakeProbes(
        files=files,
        links={f"{PCI}/driver": "../../../../bus/pci/drivers/ax_pcie_dev_host"},
        programs={SMI: smi("table-one-card")},
    )


def without(probes: FakeProbes, *starts: str) -> FakeProbes:
    """The machine without the files and links below these paths."""
    return replace(
        probes,
        files={p: c for p, c in probes.files.items() if not p.startswith(starts)},
        links={p: t for p, t in probes.links.items() if not p.startswith(starts)},
    )


def having(probes: FakeProbes, files: dict[str, bytes | str]) -> FakeProbes:
    """The machine with these files added or replaced."""
    return replace(probes, files={**probes.files, **files})


def answering(result: RunResult) -> FakeProbes:
    """The healthy machine whose axcl-smi ends like this."""
    return replace(board(), programs={SMI: result})


def only(found: CheckResult | list[CheckResult]) -> CheckResult:
    """The one result of a check that gives one."""
    if isinstance(found, CheckResult):
        return found
    [result] = found
    return result


def by_id(found: list[CheckResult]) -> dict[str, CheckResult]:
    """Results by their id; every id must be there once."""
    named = {result.id: result for result in found}
    assert len(named) == len(found)
    return named
