"""``axcl-smi info``."""

from hypothesis import given
from hypothesis import strategies as st

from axchat.axcl.info import CardInfo, parse_info

CMM = """Device ID           : 17 (0x11)
CMM Total           :  7208960 KiB
CMM Used            :    18876 KiB
CMM Remain          :  7190084 kiB
"""


def test_the_memory_of_a_card_is_read() -> None:
    """The unit's spelling changes on the last line; the device is the PCI bus number."""
    assert parse_info(CMM) == CardInfo(
        bus=17, cmm_total_kib=7208960, cmm_used_kib=18876, cmm_remain_kib=7190084
    )


def test_heat_and_loads_are_read() -> None:
    """Milli-degrees become degrees; percent signs do not matter."""
    text = "Device ID : 1 (0x1)\ntemperature : 52000\nCPU Usage (%)       : 2.40%\nNPU Usage (%) : 97%%%\n"
    assert parse_info(text) == CardInfo(bus=1, temperature_c=52.0, cpu_percent=2.4, npu_percent=97.0)


def test_a_silent_card_gives_none() -> None:
    """``--`` is no number."""
    assert parse_info("Device ID : 1 (0x1)\nNPU Usage (%)       : --\ntemperature : --\n") == CardInfo(bus=1)


def test_the_first_card_counts() -> None:
    """Of several cards, the one that is asked for comes first."""
    assert parse_info(CMM + CMM.replace("17 (0x11)", "18 (0x12)").replace("18876", "9")).cmm_used_kib == 18876


@given(st.text() | st.text(alphabet="CM TotalUsed:0123456789 KiB-\n%()x", max_size=200))
def test_garbage_gives_an_info(text: str) -> None:
    """Parsing never fails."""
    assert isinstance(parse_info(text), CardInfo)
