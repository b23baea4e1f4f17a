"""Are driver, library, axcl-smi and firmware of one version, and is the loaded driver the one on disk?"""

import re

from axchat.doctor.asking import Asked, ask
from axchat.doctor.card import NO_CARD, find_cards, loaded_modules
from axchat.doctor.findings import FAILED, fail, ok, skip, warn
from axchat.doctor.installed import (
    RUNTIME,
    module_bytes,
    module_fact,
    modules_on_disk,
    numbers,
    short_version,
    version_in,
)
from axchat.doctor.kernel_log import read_kernel_log
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

_ID = "driver.versions"
_LIBRARY_LIMIT_BYTES = 16 * 1024 * 1024  # libaxcl_rt.so has about 1 MB
_OLDEST = (2, 0, 0)  # of the AXCL host package
_PAC = re.compile(r"szProdVer[^\n]*?(V[0-9]+\.[0-9]+\.[0-9]+)")


def check(probes: Probes, context: Context) -> CheckResult:
    """``driver.versions``; a failure only when the card does not answer."""
    del context
    cards = find_cards(probes)
    if not cards:
        return skip(_ID, NO_CARD)
    asked = ask(probes)
    path = modules_on_disk(probes, probes.uname().release).get("axcl_host")
    content = module_bytes(probes, path) if path else b""
    versions = _versions(probes, asked, content)
    facts: dict[str, object] = dict(versions)
    told = ", ".join(f"{what} {version}" for what, version in versions.items())
    if len(set(versions.values())) > 1:
        meaning = "Parts of different versions fail in odd ways: handshakes, 'Decode api(N) response failed'."
        hint = "install one version of the host package, then switch the power off for ten seconds"
        return _found(asked, f"versions differ: {told}", meaning, hint, facts)
    if stale := _is_stale(probes, content):
        facts["srcversion"] = stale
        summary = "the loaded driver is not the one on disk"
        meaning = "The package was changed and the machine not started since."
        return _found(asked, summary, meaning, "sudo reboot", facts)
    if not versions:
        return skip(_ID, "no version could be read")
    return ok(_ID, f"one version: {told}", **facts)


def _found(asked: Asked, summary: str, meaning: str, hint: str, facts: dict[str, object]) -> CheckResult:
    if asked.is_dead:
        return fail(_ID, FAILED, summary, meaning, hint, **facts)
    return warn(_ID, summary, meaning, hint, **facts)


def _versions(probes: Probes, asked: Asked, module: bytes) -> dict[str, str]:
    library = version_in(probes.read_bytes(RUNTIME, _LIBRARY_LIMIT_BYTES) or b"")
    # Pushed when axcl_host was loaded, so older lines are those of earlier loads. What the card says itself
    # counts for more; a file of another major version counts its versions in another way.
    pushed = [] if asked.report.cards else _PAC.findall(read_kernel_log(probes).text)
    pushed = [version for version in pushed if numbers(version) >= _OLDEST]
    found = {
        "driver": version_in(module),
        "library": library,
        "axcl-smi": short_version(asked.report.version),
        "firmware file": pushed[-1] if pushed else None,
    }
    for card in asked.report.cards:
        found[f"firmware of card {card.index}"] = short_version(card.firmware)
    return {what: version for what, version in found.items() if version}


def _is_stale(probes: Probes, module: bytes) -> list[str] | None:
    loaded = probes.read_text("/sys/module/axcl_host/srcversion")
    on_disk = module_fact(module, "srcversion")
    if not loaded or not on_disk or "axcl_host" not in loaded_modules(probes):
        return None
    return [loaded, on_disk] if loaded != on_disk else None
