from axchat.ui.bench_host import host_lines

CARD = {
    "name": "AX650N", "firmware": "V3.6.5", "driver": "V3.6.5",
    "link_speed": "5.0 GT/s PCIe", "link_width": "1",
    "max_link_speed": "8.0 GT/s PCIe", "max_link_width": "4", "temperature_c": 61, "temperature_after_c": 70,
    "cmm_used_mib": 18, "cmm_total_mib": 7040, "npu_used_percent": 3,
}  # fmt: skip


def test_what_is_known_is_told_in_two_lines() -> None:
    """A link that is narrower than the card's says so."""
    host = {"machine": "Raspberry Pi 5", "cores": 4, "governor": None, "kernel": "6.12", "card": CARD}
    machine, card = host_lines(host)
    assert machine == "host: Raspberry Pi 5, 4 cores, kernel 6.12"
    assert card.split(", ") == [
        "card: AX650N",
        "firmware V3.6.5",
        "driver V3.6.5",
        "PCIe gen 2 x1 (the card can gen 3 x4)",
        "CMM 18 of 7040 MiB used",
        "NPU 3 % busy before",
        "61 °C before",
        "70 °C after",
    ]


def test_cores_that_axchat_may_not_use_are_told() -> None:
    """Where it may use all of them there is nothing to tell."""
    assert host_lines({"cores": 8, "cores_usable": 4}) == ["host: 8 cores, 4 of them for axchat"]
    assert host_lines({"cores": 8, "cores_usable": 8}) == ["host: 8 cores"]


def test_what_is_not_known_is_not_told() -> None:
    """A full link says nothing of what it could be; no value is called None, no line is empty."""
    link = {"link_speed": "5.0 GT/s PCIe", "link_width": "2"}
    full = {**link, "max_link_speed": "5.0 GT/s PCIe", "max_link_width": "2"}
    assert host_lines({"card": full}) == ["card: PCIe gen 2 x2"]
    assert host_lines({"card": link}) == ["card: PCIe gen 2 x2"]
    assert host_lines({"card": {"link_speed": "Unknown", "link_width": "0"}}) == ["card: PCIe Unknown x0"]
    assert host_lines({"card": {"link_speed": "5 GT/s", "cmm_total_mib": 7040}}) == ["card: CMM of 7040 MiB"]
    assert host_lines({"card": {"name": None}}) == []


def test_names_of_a_machine_are_not_obeyed() -> None:
    """A device tree is written by whoever made the board."""
    assert host_lines({"machine": "evil\x1b[2J\nboard", "card": None}) == ["host: evil board"]
