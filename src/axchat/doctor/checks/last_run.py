"""What the vendor's runtime wrote last about running a model: NPU faults, memory of the card, transfers."""

import re

from axchat.axcl.codes import decode, find_codes
from axchat.axcl.names import CMM_NO_MEMORY
from axchat.doctor.card import NO_CARD, find_cards
from axchat.doctor.findings import ok, skip, warn
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

_ID = "card.last-run"
_LOG = "/tmp/axcl/axcl_logs.txt"  # noqa: S108 - hard-coded in the vendor's runtime
_LAST_LINES = 20  # what is further up, later runs have left behind
_READ_BYTES = 16 * 1024
_ENGINE = range(0x80300700, 0x80300800)
_DECODE = re.compile(r"Decode api\(\d+\) response failed")


def check(probes: Probes, context: Context) -> CheckResult:
    """``card.last-run``."""
    del context
    if not find_cards(probes):
        return skip(_ID, NO_CARD)
    lines = (probes.read_tail(_LOG, _READ_BYTES) or "").splitlines()[-_LAST_LINES:]
    if not lines:
        return ok(_ID, "the runtime has written no log that this user can read")
    text = "\n".join(lines)
    codes = [code for code in find_codes(text) if code in _ENGINE or code == CMM_NO_MEMORY]
    if codes:
        told = decode(codes[-1])
        meaning = "; ".join(told.causes) or "The model could not be loaded or run."
        return warn(
            _ID, f"the last run failed: {told.meaning} ({told.hex})", meaning, told.action, log=lines[-3:]
        )
    if _DECODE.search(text):
        return warn(
            _ID,
            "the last run failed: the card's answer could not be read",
            "The card's memory was full, or host package and runner are of different versions.",
            "look at card.memory and driver.versions above, then run the model once more",
            log=lines[-3:],
        )
    return ok(_ID, "the runtime's log ends without an error of the engine")
