"""Do power and sleep of the host let the card live?"""

import re

from axchat.doctor.asking import Asked, ask
from axchat.doctor.card import find_cards
from axchat.doctor.findings import FAILED, fail, ok, skip, warn
from axchat.doctor.kernel_log import SUSPEND, UNDERVOLTAGE, KernelLog, is_dead, read_kernel_log
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

_HWMON = "/sys/class/hwmon"
_NOW, _EVER = 0x1, 0x10000  # bits of vcgencmd get_throttled: too little voltage, and since the start
_SUPPLY = (
    "give the card's HAT its own supply (M5 PiHat: USB PD, above 9 V at 3 A; M.2 HAT+: the Pi on 5 V at 5 A);"
    " see it end: vcgencmd get_throttled"
)


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``host.suspend`` and ``host.power``; failures only when the card is dead."""
    del context
    asked = ask(probes)
    # Without a card the journal is not worth the second that it can take.
    log = read_kernel_log(probes) if find_cards(probes) else KernelLog()
    return [_suspend(probes, asked, log), _power(probes, asked, log)]


def _suspend(probes: Probes, asked: Asked, log: KernelLog) -> CheckResult:
    count = probes.read_text("/sys/power/suspend_stats/success") or ""
    times = int(count) if count.isdecimal() else 0
    if not times and log.holds(SUSPEND):
        times = 1
    if not times:
        return ok("host.suspend", "the machine has not been asleep since it started")
    seen = f"the machine has been asleep since it started (times: {times})"
    if is_dead(asked, log) and not asked.is_out_of_ports:
        return fail(
            "host.suspend",
            FAILED,
            f"{seen}, and the card is dead",
            "The card does not survive the sleep of its host.",
            "sudo systemctl mask sleep.target suspend.target hibernate.target && sudo reboot",
            times=times,
        )
    return ok("host.suspend", f"{seen}; the card does not seem to mind", times=times)


def _power(probes: Probes, asked: Asked, log: KernelLog) -> CheckResult:
    alarms = [
        probes.read_text(f"{_HWMON}/{name}/in0_lcrit_alarm")
        for name in probes.listdir(_HWMON) or []
        if probes.read_text(f"{_HWMON}/{name}/name") == "rpi_volt"
    ]
    bits = _throttled(probes)
    facts: dict[str, object] = {"throttled": None if bits is None else hex(bits), "alarm": alarms}
    if not alarms and bits is None and not log.holds(UNDERVOLTAGE):
        return skip("host.power", "this machine does not tell whether its supply is too weak")
    now = "1" in alarms or bool((bits or 0) & _NOW)
    ever = bool((bits or 0) & _EVER) or log.holds(UNDERVOLTAGE)
    if not now and not ever:
        return ok("host.power", "the supply has been strong enough", **facts)
    summary = "the supply is too weak now" if now else "the supply was too weak at least once since the start"
    if is_dead(asked, log):
        meaning = "The card drops off the bus when the voltage sags, mostly under load."
        return fail("host.power", FAILED, f"{summary}, and the card is dead", meaning, _SUPPLY, **facts)
    meaning = "The card may drop off the bus under load."
    return warn("host.power", summary, meaning, _SUPPLY, **facts)


def _throttled(probes: Probes) -> int | None:
    run = probes.run(["vcgencmd", "get_throttled"], 2.0, 4096)
    match = re.search(r"throttled=0x([0-9a-fA-F]{1,8})", run.output)
    return int(match[1], 16) if match else None
