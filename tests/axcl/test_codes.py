"""AXCL error codes: decoding, finding them in logs, and the errors they become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.axcl.codes import decode, error_for, find_codes
from axchat.axcl.names import COMMON, KNOWN, PARTS
from axchat.errors import DeviceBusy, DeviceError, DeviceFailed, DevicePermission, NoDevice

# Signed and unsigned forms as seen with the vendor's programs.
SEEN = [
    (0x8030010B, -2144337653, "AXCL_ERR_DEVICE_OPEN"),
    (0x80300180, -2144337536, "AXCL_ERR_DEVICE_QUERY_DEVICE"),
    (0x80300181, -2144337535, "AXCL_ERR_DEVICE_NO_CONNECT"),
    (0x80300183, -2144337533, "AXCL_ERR_DEVICE_NOT_ACTIVE"),
    (0x80300184, -2144337532, "AXCL_ERR_DEVICE_INVALID_ID"),
    (0x80300185, -2144337531, "AXCL_ERR_DEVICE_NO_ACTIVE_DEVICE"),
    (0x80300186, -2144337530, "AXCL_ERR_DEVICE_PORT_ALLOCATE"),
    (0x80300187, -2144337529, "AXCL_ERR_DEVICE_REBOOT"),
    (0x80300284, -2144337276, "AXCL_ERR_CONTEXT_NO_BIND_CONTEXT"),
    (0x80300703, -2144336125, "AXCL_ERR_ENGINE_ILLEGAL_PARAM"),
    (0x8030070C, -2144336116, "AXCL_ERR_ENGINE_EXECUTE_FAIL"),
    (0x8030090C, -2144335604, "AXCL_ERR_SYSCTRL_EXECUTE_FAIL"),
    (0x800B0018, -2146762728, "AX_ERR_CMM_NOMEM"),
]


@pytest.mark.parametrize(
    ("code", "causes", "action"),
    [
        (0x80305001, "the program was built for the AX8860's SDK (axhelix)", "use a program built for AXCL"),
        (0x80300105, "the card is busy with another program", "try once more; then run: axchat doctor"),
        (0x80020018, "another model is still loaded", "stop the other model, then run: axchat doctor"),
        (0x80070003, "", "the card's own log says more: axcl-smi log -d 0 -o DIR"),
        (0x80310C29, "", "run: axchat doctor"),
        (0x80300188, "", "run: axchat doctor"),
        (0x12345678, "", "run: axchat doctor"),
    ],
)
def test_what_to_do_about_a_code_without_experience_is_that_of_its_kind(
    code: int, causes: str, action: str
) -> None:
    """Of another product's, of AXCL's by its error, of the card's own software, of none."""
    decoded = decode(code)
    assert (bool(decoded.causes), decoded.action) == (bool(causes), action)
    assert "".join(decoded.causes).startswith(causes)


@pytest.mark.parametrize(("unsigned", "signed", "name"), SEEN)
def test_both_forms_of_a_code_decode_alike(unsigned: int, signed: int, name: str) -> None:
    """The signed and the unsigned form of a seen code give one name, with causes and an action."""
    decoded = decode(signed)
    assert decoded == decode(unsigned)
    assert (decoded.code, decoded.name) == (unsigned, name)
    assert decoded.causes
    assert decoded.action


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0x80300188, "AXCL_ERR_DEVICE_PORT_DESTROY"),
        (0x80300283, "AXCL_ERR_CONTEXT_BIND_THREAD"),
        (0x80300384, "AXCL_ERR_STREAM_OR_EVENT_WAIT"),
        (0x80300481, "AXCL_ERR_TASK_SUBMIT"),
        (0x80300581, "AXCL_ERR_MEMORY_NOT_DEVICE_MEMORY"),
        (0x80300681, "AXCL_ERR_CONFIG_LOAD"),
        (0x80300781, "AXCL_ERR_ENGINE_INVALID_INDEX"),
        (0x80300B03, "AXCL_ERR_P2P_VERIFY_FAIL"),
        (0x80300B05, "AXCL_ERR_P2P_TIMEOUT"),
        (0x80300C87, "AXCL_ERR_USRWORK_BUFFER_TOO_SMALL"),
        (0x81300105, "AXCL_ERR_NATIVE_VDEC_TIMEOUT"),
        (0x82300D83, "AXCL_ERR_LITE_IVPS_START_DISPATCH"),
        (0x82300B81, "AXCL_ERR_LITE_SYS_NO_LINKED"),
    ],
)
def test_parts_of_the_layers_have_names(code: int, name: str) -> None:
    """Private errors come before common ones, per part of each layer."""
    assert decode(code).name == name


def test_every_named_error_decodes_to_its_own_name() -> None:
    """No two codes of the tables share a name, and none is called unknown."""
    codes = [
        layer << 24 | 0x30 << 16 | number << 8 | error
        for layer, parts in PARTS.items()
        for number, part in parts.items()
        for error in {*part.errors, *COMMON}
    ]
    decoded = [decode(code) for code in codes]
    assert len({d.name for d in decoded}) == len(codes)
    assert not [d for d in decoded if "unknown" in d.meaning]


def test_unknown_codes_say_so_and_name_the_known_parts() -> None:
    """An unknown error of a known part names the part; a foreign number is called unknown."""
    assert decode(0x8030019A).meaning == "unknown error 0x9a in the DEVICE part of AXCL's runtime layer"
    assert "an unknown part" in decode(0x80304406).meaning
    assert "module 0x3c" in decode(0x803C0010).meaning
    assert decode(5).meaning.startswith("unknown code")
    assert decode(2**40).meaning.startswith("unknown code")


def test_zero_is_success() -> None:
    """Code 0 is the vendor's AXCL_SUCC."""
    assert decode(0).name == "AXCL_SUCC"


@given(st.integers(min_value=-(2**63), max_value=2**64 - 1))
def test_any_64_bit_number_decodes(code: int) -> None:
    """Decoding never fails and always says something, in one line."""
    decoded = decode(code)
    assert decoded.code >= 0
    assert decoded.name
    assert "\n" not in decoded.meaning
    assert isinstance(error_for(code), DeviceError)


def test_codes_are_found_in_every_spelling() -> None:
    """Braces, either case and negative decimals are found; repeats and non-codes are not."""
    log = (
        "Get AXCL device failed{0x       0}, find total 0 device.\n"
        "[E][ init][ 386]: Set AXCL device failed{0x80300186}.\n"
        "[ERROR] Init axcl failed{0x8030010B}. ret = 0x8030010b\n"
        "Failed to initialize axcl runtime. -2144337536.\n"
        "OpenMsgPort fail, ret = 0xffffffff [0x162915000] : 0x4a300 bytes 0x80300186\n"
        "create CMM fail 0x800B0018, 0x8030010b00, a-2144337653, 0x00000000"
    )
    assert find_codes(log) == [0x80300186, 0x8030010B, 0x80300180, 0x800B0018]


@pytest.mark.parametrize(
    "text",
    ["", "{0x       0}", "0x8030018", "-12", "x0x80300186", "-2144337653.5", "-0000000001", "-6439304949"],
)
def test_what_only_resembles_a_code_is_none(text: str) -> None:
    """Short, padded or embedded numbers are no codes."""
    assert find_codes(text) == []


@given(st.text() | st.from_regex(r"(0x[0-9a-f]{6,10}|-[0-9]{9,11}| )*"))
def test_any_text_can_be_searched(text: str) -> None:
    """Searching never fails, and gives each code once."""
    found = find_codes(text)
    assert len(found) == len(set(found))
    assert all(0x80000000 <= code < 0x83000000 for code in found)


@pytest.mark.parametrize(
    ("code", "context", "kind"),
    [
        (0x80300186, "errno: 1 Operation not permitted", DeviceFailed),
        (0x80300181, "", NoDevice),
        (0x80300182, "", NoDevice),
        (0x80300184, "", NoDevice),
        (0x80300185, "", NoDevice),
        (0x8030010B, "", NoDevice),
        (0x8030010B, "open /dev/axcl_host fail, errno: 2 No such file or directory", NoDevice),
        (0x8030010B, "open /dev/axcl_host fail, errno: 13 Permission denied", DevicePermission),
        (-2144337653, "open /dev/axcl_host fail, errno: 13 Permission denied", DevicePermission),
        (0x8030010B, "errno: 130", NoDevice),
        (0x8030010B, "open /dev/axcl_host fail, errno: 16 Device or resource busy", DeviceBusy),
        (0x8030010B, "[pcie][handshake_with_ep][1100]: handshake to 1 timeout", DeviceFailed),
        (0x80300106, "", DeviceBusy),
        (0x80300507, "", DeviceBusy),
        (0x81300006, "", DeviceBusy),
        (0x800B0018, "", DeviceBusy),
        (0x8030070C, "", DeviceFailed),
        (0x80300187, "", DeviceFailed),
        (0x12345678, "", DeviceFailed),
    ],
)
def test_a_code_becomes_the_error_of_its_layer(code: int, context: str, kind: type[DeviceError]) -> None:
    """The class, and with it the exit status, follows from code and log."""
    error = error_for(code, context=context)
    assert type(error) is kind
    assert f"{decode(code).hex} {decode(code).name}" in error.message
    assert error.hint
    assert error.facts["code"] == decode(code).hex


def test_a_refused_port_is_no_permission_problem() -> None:
    """PORT_ALLOCATE explains the driver's errno 1 and sends nobody to root or chmod."""
    error = error_for(0x80300186, context="errno: 1 Operation not permitted")
    assert error.message.startswith("card refused a port (0x80300186 AXCL_ERR_DEVICE_PORT_ALLOCATE)")
    assert "not a permission problem" in error.message
    assert error.hint is not None
    assert error.hint.endswith("axchat doctor")
    for text in (error.message, error.hint, *decode(0x80300186).causes):
        assert "chmod" not in text
        assert "root" not in text
        assert "sudo" not in text


def test_texts_are_one_lower_case_line() -> None:
    """Every known meaning can stand in a message."""
    for known in KNOWN.values():
        assert known.meaning == known.meaning.strip()
        assert known.meaning[0].islower() or known.meaning.startswith("NPU")
        assert "\n" not in known.meaning
