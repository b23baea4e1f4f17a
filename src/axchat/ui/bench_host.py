"""The host and the card of a bench in a few lines, of what is known; pure."""

from collections.abc import Iterator, Mapping

from axchat.ui.escapes import for_terminal


def host_lines(host: Mapping[str, object]) -> list[str]:
    """A line for the machine and one for its card, safe for a terminal."""
    card = host.get("card")
    lines = ["host: " + ", ".join(_host(host))]
    if isinstance(card, Mapping):
        lines.append("card: " + ", ".join(_card(card)))
    return [for_terminal(line).replace("\n", " ") for line in lines]


def _host(host: Mapping[str, object]) -> Iterator[str]:
    for key, words in (
        ("machine", "{}"),
        ("cpu", "{}"),
        ("cores", "{} cores"),
        ("cpu_max_mhz", "at most {:.0f} MHz"),
        ("governor", "governor {}"),
        ("memory_mib", "{} MiB of memory"),
        ("os", "{}"),
        ("kernel", "kernel {}"),
        ("arch", "{}"),
        ("python", "Python {}"),
    ):
        if host.get(key) is not None:
            yield words.format(host[key])


def _card(card: Mapping[str, object]) -> Iterator[str]:
    for key, words in (("name", "{}"), ("firmware", "firmware {}"), ("driver", "driver {}")):
        if card.get(key) is not None:
            yield words.format(card[key])
    if card.get("link_speed") is not None:
        yield f"link {card['link_speed']} x{card.get('link_width')}{_at_most(card)}"
    if card.get("cmm_total_mib") is not None:
        yield f"CMM {card.get('cmm_used_mib')} of {card['cmm_total_mib']} MiB used"
    before, after = card.get("temperature_c"), card.get("temperature_after_c")
    if before is not None:
        yield f"{before} °C before" + (f", {after} °C after" if after is not None else "")


def _at_most(card: Mapping[str, object]) -> str:
    now = (card.get("link_speed"), card.get("link_width"))
    most = (card.get("max_link_speed"), card.get("max_link_width"))
    return "" if now == most or None in most else f" (the card can {most[0]} x{most[1]})"
