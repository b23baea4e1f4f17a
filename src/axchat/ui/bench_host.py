"""The host and the card of a bench in a few lines, of what is known; pure."""

from collections.abc import Iterator, Mapping

from axchat.ui.escapes import for_terminal

PCIE = {"2.5": 1, "5": 2, "8": 3, "16": 4, "32": 5, "64": 6}
"""Generations of PCI Express by gigatransfers a second of a lane."""


def host_lines(host: Mapping[str, object]) -> list[str]:
    """A line for the machine and one for its card, safe for a terminal."""
    card = host.get("card")
    facts = {"host": list(_host(host)), "card": list(_card(card)) if isinstance(card, Mapping) else []}
    lines = [f"{what}: {', '.join(known)}" for what, known in facts.items() if known]
    return [for_terminal(line).replace("\n", " ") for line in lines]


def _host(host: Mapping[str, object]) -> Iterator[str]:
    for key, words in (
        ("machine", "{}"),
        ("cpu", "{}"),
        ("cores", "{} cores"),
        ("cores_usable", "{} of them for axchat"),
        ("cpu_max_mhz", "at most {:.0f} MHz"),
        ("governor", "governor {}"),
        ("memory_mib", "{} MiB of memory"),
        ("os", "{}"),
        ("kernel", "kernel {}"),
        ("arch", "{}"),
        ("python", "Python {}"),
    ):
        is_said = key == "cores_usable" and host.get(key) == host.get("cores")
        if host.get(key) is not None and not is_said:
            yield words.format(host[key])


def _card(card: Mapping[str, object]) -> Iterator[str]:
    for key, words in (("name", "{}"), ("firmware", "firmware {}"), ("driver", "driver {}")):
        if card.get(key) is not None:
            yield words.format(card[key])
    now = _link(card.get("link_speed"), card.get("link_width"))
    most = _link(card.get("max_link_speed"), card.get("max_link_width"))
    if now is not None:
        yield f"PCIe {now}" + (f" (the card can {most})" if most not in (None, now) else "")
    used, total = card.get("cmm_used_mib"), card.get("cmm_total_mib")
    if total is not None:
        yield f"CMM of {total} MiB" if used is None else f"CMM {used} of {total} MiB used"
    if card.get("npu_used_percent"):
        yield f"NPU {card['npu_used_percent']} % busy before"
    for when, key in (("before", "temperature_c"), ("after", "temperature_after_c")):
        if card.get(key) is not None:
            yield f"{card[key]} °C {when}"


def _link(speed: object, width: object) -> str | None:
    """``gen 2 x1`` of ``5.0 GT/s PCIe`` and ``1``; the kernel's own words for a speed without a number."""
    if speed is None or width is None:
        return None
    generation = PCIE.get(str(speed).partition(" ")[0].removesuffix(".0"))
    return f"{speed if generation is None else f'gen {generation}'} x{width}"
