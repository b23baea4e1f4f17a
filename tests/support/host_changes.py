"""Changes to the machines of ``tests/doctor/hosts`` that several scenarios share."""

from axchat.doctor.child import RunResult
from support.machines import CAPTURES, SMI

PI_PORT = "/sys/devices/platform/axi/1000110000.pcie/pci0001:00/0001:00:00.0"
PI_CARD = f"{PI_PORT}/0001:01:00.0"
X86_PORT = "/sys/devices/pci0000:00/0000:00:1c.4"
X86_CARD = f"{X86_PORT}/0000:03:00.0"
ROCK_CARD = "/sys/devices/platform/fe150000.pcie/pci0001:10/0001:10:00.0/0001:11:00.0"
PI_KERNEL = "/lib/modules/6.12.62+rpt-rpi-2712"
X86_KERNEL = "/lib/modules/6.1.0-31-amd64"

NO_CARD_ON_PI = f"!! {PI_CARD}\n!! /sys/bus/pci/devices/0001:01:00.0\n"
NO_PORT_ON_PI = f"!! {PI_PORT}\n!! /sys/bus/pci/devices/0001:00:00.0\n{NO_CARD_ON_PI}"
NO_CARD_ON_X86 = f"!! {X86_CARD}\n!! /sys/bus/pci/devices/0000:03:00.0\n"
NO_NODES = "!! /dev\n"
NOT_LOADED = f"== /proc/modules\nsnd 155648 0 - Live 0x0000000000000000\n!! /sys/module/axcl_host\n{NO_NODES}"
UNBOUND_PI = f"!! {PI_CARD}/driver\n"

HANGS = {SMI: RunResult(timed_out=True, exit_code=-9)}
STUCK = {SMI: RunResult(timed_out=True, left_pid=4711)}


def smi_says(name: str) -> str:
    """The change that makes axcl-smi print a captured output, as a program of the Pi's version."""
    text = (CAPTURES / f"{name}.txt").read_text().replace("V3.10.2_20251215140224", "V3.6.5_20250908154509")
    return f"== {SMI} run\n{text}\n"


def kernel_says(*lines: str) -> str:
    """The change that makes dmesg end with these lines, after a good start of the driver."""
    start = (
        "[    6.402110] ############### Dev 1 Firmware loading ##############\n[   12.400012] axcl wait dev 1"
    )
    later = "".join(f"[  {300 + at}.000000] {line}\n" for at, line in enumerate(lines))
    return f"== /usr/bin/dmesg run\n{start} handshake...\n{later}"


NO_ROW = smi_says("simulated-port-refused").replace("17577", "1").split("[2026", 1)[0] + "".join(
    line
    for line in smi_says("simulated-port-refused").splitlines(keepends=True)
    if line.startswith(("+", "|"))
)
PORT_REFUSED = smi_says("simulated-port-refused")
NO_PORT_LEFT = smi_says("simulated-no-port-left")
NO_DRIVER = smi_says("no-driver")
NOT_BOUND = NO_DRIVER.replace("0x8030010b", "0x80300181")
