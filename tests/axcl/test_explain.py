"""Explaining codes that somebody pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.axcl.card_names import AX8860, ERRORS, MODULES, WHOLE
from axchat.axcl.codes import decode
from axchat.axcl.explain import as_json, as_text, explain
from axchat.errors import UsageError

LOG_LINE = (
    "[2025-11-09 09:00:00.123][77][E][device manager][request_ports][490]: request ports from device 1 fail, "
    "errno: 1 Operation not permitted, ret = 0x80300186"
)


@pytest.mark.parametrize(
    "text",
    ["0x80300186", "0X80300186", "80300186", "{0x80300186}", " (0x80300186). ", "-2144337530", "2150629766"],
)
def test_every_spelling_of_a_code_is_understood(text: str) -> None:
    """Hexadecimal with and without braces or prefix, negative and unsigned decimal are one code."""
    [explanation] = explain([text])
    assert explanation.code == decode(0x80300186)


def test_a_pasted_log_line_is_searched() -> None:
    """The code in the line is found; its time stamps and numbers are not taken for codes."""
    [explanation] = explain([LOG_LINE])
    assert explanation.code.code == 0x80300186
    assert "no rights are missing" in as_text([explanation])


def test_several_texts_give_each_code_once_and_in_order() -> None:
    """A code that stands twice is explained once."""
    codes = [
        e.code.code for e in explain(["0x8030010b", LOG_LINE, "-2144337653", "a 0x800B0018 b 0x80300181"])
    ]
    assert codes == [0x8030010B, 0x80300186, 0x800B0018, 0x80300181]


@pytest.mark.parametrize(
    "text", ["", "hello", "-", "0x", "--jsn", "0x123456789", "99999999999", "no code here 12"]
)
def test_a_text_without_a_code_is_refused_in_one_line(text: str) -> None:
    """The error repeats the text and is a usage error, exit status 2."""
    with pytest.raises(UsageError, match="no AXCL error code in") as caught:
        explain(["0x80300186", text])
    assert "\n" not in caught.value.message
    assert caught.value.exit_status == 2


def test_a_pasted_log_of_many_lines_gives_the_codes_of_each() -> None:
    """Lines without a code are passed over, and a line that is only a code counts when the code is known."""
    log = f"Starting\n{LOG_LINE}\n80300181\n12\n-2144337653\n"
    explanations = explain([log])
    assert [e.code.code for e in explanations] == [0x80300186, 0x80300181, 0x8030010B]
    assert explanations[0].source == LOG_LINE


def test_an_unknown_code_says_so() -> None:
    """A lone number is explained as unknown; nothing is made up for it."""
    for text in ("0x12345678", "7", "0x8030019a", "0x80FE0001"):
        [explanation] = explain([text])
        assert not explanation.code.is_known
        assert "unknown" in as_text([explanation])
        assert as_json(explanation)["known"] is False


def test_the_text_has_module_name_meaning_causes_and_action() -> None:
    """All that a user needs stands in one paragraph, the likeliest cause first."""
    assert as_text(explain(["0x80300181"])) == (
        "0x80300181 (-2144337535)  AXCL_ERR_DEVICE_NO_CONNECT\n"
        "  the driver is there but no card is bound to it\n"
        "  reported by: runtime DEVICE\n"
        "  usual causes, the likeliest first:\n"
        "    1. the card is not seated, not powered, or the PCIe port is off\n"
        "    2. another driver (vfio-pci) holds it, or its interrupt could not be set up\n"
        "  -> look: lspci -k -d 1f4b: ; then run: axchat doctor"
    )


def test_every_code_of_the_cards_own_software_has_a_name() -> None:
    """Modules times errors, and the memory, pool, time stamp and link codes, decode to known names."""
    codes = [0x80 << 24 | module << 16 | error for module in MODULES for error in ERRORS if module != 0x30]
    for code in [*codes, *WHOLE, *AX8860]:
        decoded = decode(code)
        assert decoded.is_known, hex(code)
        assert decoded.part
        assert "unknown code" not in decoded.meaning
    assert len({decode(code).name for code in [*codes, *WHOLE, *AX8860]}) == len({*codes, *WHOLE, *AX8860})


def test_the_other_product_is_recognised() -> None:
    """Codes of the AX8860's SDK are told apart, known or not."""
    assert "another product" in decode(0x80305234).meaning
    assert not decode(0x80315FFF).is_known
    assert "another product" in decode(0x80315FFF).meaning


@given(st.integers(2**31, 2**32 - 1))
def test_all_spellings_of_any_code_agree(code: int) -> None:
    """Hexadecimal, braces and signed decimal of one number are explained alike."""
    texts = [f"0x{code:08x}", f"{{0x{code:08X}}}", str(code - 2**32), str(code)]
    assert len({explain([text])[0].code for text in texts}) == 1
    assert len(explain(texts)) == 1


@given(st.text(max_size=300))
def test_any_text_gives_an_explanation_or_a_usage_error(text: str) -> None:
    """Nothing that is pasted is a crash."""
    try:
        explanations = explain([text])
    except UsageError:
        return
    assert as_text(explanations)
    assert all(as_json(e)["name"] for e in explanations)
