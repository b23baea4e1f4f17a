"""What config.txt asks for."""

import pytest

from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.pi_config import asks_for_port, pi_settings


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("dtparam=pciex1\n", ["pciex1"]),
        ("[all]\ndtparam=pciex1=on  # card\r\n", ["pciex1=on"]),
        ("[pi4]\ndtparam=pciex1\n[pi5]\ndtparam=pciex1_gen=3\n", ["pciex1_gen=3"]),
        ("dtoverlay=pciex1-compat-pi5,no-mip\n", ["pciex1-compat-pi5", "no-mip"]),
        ("#dtparam=pciex1\n  dtparam=audio=on\n[CM5]\ndtparam=nvme\n", ["audio=on", "nvme"]),
        ("", []),
    ],
)
def test_only_lines_that_hold_for_a_pi_5_count(text: str, settings: list[str]) -> None:
    """Comments, other models' sections and spacing are left out."""
    assert pi_settings(FakeProbes(files={"/boot/firmware/config.txt": text})) == settings


def test_the_old_place_is_looked_at_too() -> None:
    """Before Raspberry Pi OS 12 it was in /boot; without either nothing is known."""
    assert pi_settings(FakeProbes(files={"/boot/config.txt": "dtparam=nvme"})) == ["nvme"]
    assert pi_settings(FakeProbes()) is None


@pytest.mark.parametrize(
    ("settings", "asked"),
    [(["pciex1"], True), (["nvme"], True), (["pciex1=off"], False), (["pciex1_gen=3"], False), (None, False)],
)
def test_the_port_has_two_names(settings: list[str] | None, asked: bool) -> None:
    """A speed alone does not turn it on."""
    assert asks_for_port(settings) is asked
