"""A machine whose card is dead, and whose ``axcl-smi`` says so in 1.5 million log lines."""

import sys
from pathlib import Path

from support.host_tree import host
from support.machines import SMI

LINE = (
    "[2026-11-22 07:04:44.330][17391][E][pcie][send_msg][677]: [1-21] AX_PCIe_WriteMsg(len 17) fail, ret = -1"
)


def flooding(folder: Path) -> Path:
    """Its tree, for ``AXCHAT_DOCTOR_ROOT``."""
    root = host("pi5").plant(folder)
    program = root / SMI.lstrip("/")
    flood = f"import sys\nline = {LINE!r} + '\\n'\nfor _ in range(1500):\n    sys.stdout.write(line * 1000)\n"
    program.write_text(f"#!{sys.executable}\n{flood}")
    program.chmod(0o755)
    return root
