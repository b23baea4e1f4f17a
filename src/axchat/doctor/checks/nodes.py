"""Do the card's device nodes exist, and may this user open them? None of them is opened."""

from axchat.doctor.card import (
    NO_CARD,
    NODES,
    OPTIONAL_MODULE,
    find_cards,
    is_loading,
    loaded_modules,
    node_access,
)
from axchat.doctor.installed import container_kind
from axchat.doctor.probes import Access, Probes
from axchat.doctor.result import CheckResult, Context, Status

_NO_DEVICE, _PERMISSION, _FAILED = 5, 6, 8  # exit statuses, docs/exit-codes.md
_ID = "driver.nodes"
_RULES = tuple(f"{folder}/udev/rules.d/axcl_host.rules" for folder in ("/etc", "/lib", "/usr/lib", "/run"))
_CARD_TO_CARD = "/dev/p2p"  # no runner opens it; old installers left it closed
_CONTAINER_MARK = "/.dockerenv"


def check(probes: Probes, context: Context) -> CheckResult:
    """``driver.nodes``."""
    del context
    if not find_cards(probes):
        return CheckResult(_ID, Status.SKIP, NO_CARD)
    loaded = loaded_modules(probes)
    state = {
        node: node_access(probes, node)
        for node, module in NODES.items()
        if module in loaded or module != OPTIONAL_MODULE
    }
    facts: dict[str, object] = {node: str(access) for node, access in state.items()}
    denied = [node for node, access in state.items() if access is Access.DENIED]
    missing = [node for node, access in state.items() if access is Access.MISSING]
    if [*missing, *denied] == [_CARD_TO_CARD]:
        return _card_to_card(probes, facts)
    if missing:
        return _missing(probes, missing, loaded, facts)
    if denied:
        return _denied(probes, denied, facts)
    return CheckResult(_ID, Status.OK, f"{len(state)} device nodes are there and may be opened", facts=facts)


def _card_to_card(probes: Probes, facts: dict[str, object]) -> CheckResult:
    """Copies between two cards need the node, a model on one card does not."""
    if container_kind(probes) is not None:
        summary = f"the nodes that a runner needs are there; {_CARD_TO_CARD} is not"
        return CheckResult(_ID, Status.OK, summary, facts=facts)
    return CheckResult(
        _ID,
        Status.WARN,
        f"{_CARD_TO_CARD} is missing or closed to this user",
        "Only copies from one card to another need it.",
        "sudo udevadm control --reload && sudo udevadm trigger",
        facts,
    )


def _missing(
    probes: Probes, missing: list[str], loaded: frozenset[str], facts: dict[str, object]
) -> CheckResult:
    names = ", ".join(missing)
    unloaded = [NODES[node] for node in missing if NODES[node] not in loaded]
    if probes.exists(_CONTAINER_MARK) and not unloaded:
        return CheckResult(
            _ID,
            Status.FAIL,
            f"missing in this container: {names}",
            "The driver is loaded outside; the container was not given its nodes.",
            "start the container with " + " ".join(f"--device {node}" for node in NODES),
            facts,
            _NO_DEVICE,
        )
    if unloaded:
        return CheckResult(
            _ID, Status.SKIP, f"missing: {names}; not loaded: {', '.join(unloaded)}", facts=facts
        )
    if is_loading(probes):
        return CheckResult(_ID, Status.SKIP, f"missing: {names}; the driver is still starting", facts=facts)
    if "/dev/axcl_host" in missing:
        return CheckResult(
            _ID,
            Status.FAIL,
            f"missing although the driver is loaded: {names}",
            "axcl_host makes its node last, after every card took its firmware: starting the card failed.",
            "sudo dmesg | grep -i -e axcl -e handshake; then switch the power off for ten seconds",
            facts,
            _FAILED,
        )
    return CheckResult(
        _ID,
        Status.FAIL,
        f"missing: {names}",
        "A program that takes the card then fails with 0x8030010b although /dev/axcl_host is there.",
        "sudo udevadm trigger; if that does not bring them back: sudo reboot",
        facts,
        _NO_DEVICE,
    )


def _denied(probes: Probes, denied: list[str], facts: dict[str, object]) -> CheckResult:
    has_rules = any(probes.exists(path) for path in _RULES)
    facts["udev_rules"] = has_rules
    return CheckResult(
        _ID,
        Status.FAIL,
        f"this user may not open {', '.join(denied)}",
        "The driver's udev rules give every local user the nodes; they "
        + ("have not been applied." if has_rules else f"are missing ({_RULES[0]})."),
        "sudo udevadm control --reload && sudo udevadm trigger"
        if has_rules
        else "sudo apt install --reinstall axclhost",
        facts,
        _PERMISSION,
    )
