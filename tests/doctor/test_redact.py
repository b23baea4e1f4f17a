"""What leaves the machine in a bundle names nobody."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.doctor.bundle import LOG_LIMIT_BYTES
from axchat.doctor.redact import Names, Redactor

NAMES = Names(
    users=("anna", "anna-maria", "Anna Example"), hosts=("kitchen-pi",), homes=("/home/anna", "/root")
)
redact = Redactor(NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/anna/models/x", "<home>/models/x"),
        ("/home/berta/x", "<home>/x"),
        ("HOME=/root", "HOME=<home>"),
        ("/rooted/anna", "/rooted/<user-3>"),
        ("anna anna-maria Anna Example", "<user-3> <user-2> <user-1>"),
        ("log_anna.txt susanna annabel", "log_<user-3>.txt susanna annabel"),
        ("Kitchen-Pi kernel: x kitchen-pi.local", "<host> kernel: x <host>.local"),
        ("from 192.168.1.17 port 22", "from <ipv4> port 22"),
        ("http://127.0.0.1:8000 0.0.0.0", "http://127.0.0.1:8000 0.0.0.0"),
        ("fe80::1c2d:3e4f, ::1 [2001:db8::7]:80", "<ipv6>, ::1 [<ipv6>]:80"),
        ("::ffff:192.168.1.17 inet6 addr:fe80::1", "<ipv6> inet6 addr:<ipv6>"),
        ("eth0 dc:a6:32:01:02:03 DC-A6-32-01-02-03", "eth0 <mac> <mac>"),
        ("Serial\t\t: 100000003d1d1c4e", "Serial\t\t: <serial>"),
        ('"serial": "AB12"', '"serial": "<serial>"'),
        ("usb 1-1: SerialNumber: 12AB", "usb 1-1: SerialNumber: <serial>"),
        ("uid: 0x1234567890abcdef", "uid: <serial>"),
        ("uid 0x1234567890abcdef", "uid <serial>"),
        ("a@b.org 0123456789abcdef0123456789abcdef", "<email> <machine>"),
        ("root=PARTUUID=01234567-89ab-cdef-0123-456789abcdef", "root=PARTUUID=<uuid>"),
        ("http://me:secret@proxy:3128", "http://<credentials>@proxy:3128"),
        ("token hf_abcdefghijklmnopqrst", "token <token>"),
    ],
)
def test_what_names_somebody_is_replaced(text: str, expected: str) -> None:
    """Names, homes, addresses, serials, credentials; loopback addresses stay."""
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "0001:11:00.0 0000:03:00.0 1f4b:0650",
        "[2025-11-09 09:00:00.123][77][W][device manager][listen][292]: device 1 is dead",
        "V3.10.2_20251215140224 6.12.62+rpt-rpi-2712 5.0 GT/s",
        "{0x80300186} [0x162915000] : 0x4a300 bytes",
        "std::vector<int> Raspberry Pi 5 Model B Rev 1.0",
        "300.1.1.1 and 1.2.3.4.5",
    ],
)
def test_what_the_diagnosis_needs_stays(text: str) -> None:
    """PCI addresses, times, versions, codes and program text are no addresses of anybody."""
    assert redact(text) == text


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6), st.sampled_from([" {} ", "[{}]", "at {},", "{}"]))
def test_every_address_is_replaced(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, around: str
) -> None:
    """All of IPv4 and IPv6 but this machine's own loopback."""
    shown = redact(around.format(address))
    if not (address.is_loopback or address.is_unspecified or str(address) == "255.255.255.255"):
        assert str(address) not in shown
        assert "<ipv" in shown


@given(st.binary(min_size=6, max_size=6), st.sampled_from(":-"))
def test_every_hardware_address_is_replaced(octets: bytes, separator: str) -> None:
    """In either spelling."""
    assert redact(f"link/ether {octets.hex(separator)} brd") == "link/ether <mac> brd"


@given(
    st.text("bcdfghjkqvwxyz", min_size=4, max_size=12),
    st.text("BCDFGHJKQVWXYZ", min_size=4, max_size=12),
    st.text(" /:=@\n\t.-_()", min_size=1, max_size=3),
)
def test_no_name_survives_wherever_it_stands(user: str, host: str, between: str) -> None:
    """Between any separators, names are found; the host's in either case."""
    own = Redactor(Names((user,), (host,), (f"/srv/{user}",)))
    text = f"{between}{user}{between}{host.lower()}{between}/srv/{user}/x{between}{host}"
    shown = own(text)
    assert user not in shown
    assert host.lower() not in shown.lower()


@given(st.text() | st.text(alphabet="0123456789abcdef:.-<>/@ serialuid=anna\n", max_size=200))
def test_redacting_twice_changes_nothing(text: str) -> None:
    """Replacements are not searched again, and no text makes it fail."""
    once = redact(text)
    assert redact(once) == once


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["ab:", ":", "1.", "a@", "serial ", "a", "ab-", "://", "/home/"])
def test_a_long_line_takes_no_long_time(piece: str) -> None:
    """A log of the largest size, made of what nearly matches, is done within the test's time limit."""
    assert redact(piece * (LOG_LIMIT_BYTES // len(piece))) is not None
