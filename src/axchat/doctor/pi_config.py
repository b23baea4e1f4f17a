"""What a Raspberry Pi's config.txt asks the firmware for."""

from axchat.doctor.probes import Probes

_PATHS = ("/boot/firmware/config.txt", "/boot/config.txt")
_SECTIONS = frozenset({"all", "pi5", "cm5"})
_PORT = frozenset({"pciex1", "pciex1=on", "nvme", "nvme=on"})  # nvme is another name of the same parameter


def pi_settings(probes: Probes) -> list[str] | None:
    """The values of dtparam and dtoverlay lines that hold for a Pi 5; None when there is no config.txt."""
    text = next((found for path in _PATHS if (found := probes.read_text(path)) is not None), None)
    if text is None:
        return None
    values: list[str] = []
    section = "all"
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip().lower()
        elif section in _SECTIONS and line.startswith(("dtparam=", "dtoverlay=")):
            values += [value.strip() for value in line.partition("=")[2].split(",")]
    return values


def asks_for_port(settings: list[str] | None) -> bool:
    """Whether the settings turn the outer PCIe port on."""
    return bool(_PORT.intersection(settings or []))
