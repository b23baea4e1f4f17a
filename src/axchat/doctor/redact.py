"""Takes out of a text what names a person, a machine or a place in a network. Pure.

One pass, so that a replacement is never searched again; a text that was redacted stays as it is.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

_EDGE_BEFORE, _EDGE_AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_PAIR = "[0-9A-Fa-f]{2}"
_IPV6 = (
    r"(?<![0-9A-Za-z.])(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,39}"
    r"(?:(?:\.[0-9]{1,3}){3})?(?![0-9A-Za-z:])"
)
_RULES = (
    ("kept", r"<[a-z0-9-]{1,12}>"),
    ("credentials", r"(?<=://)[^\s/@]{1,200}(?=@)"),
    ("token", r"\b(?:hf_|ghp_|github_pat_|sk-)[A-Za-z0-9_-]{12,200}"),
    (
        "serial",
        r"(?i:serial(?:[ _-]?(?:number|num|no))?)[\"']?[ \t]{0,20}[:=][ \t]{0,20}[\"']?[^\s\"',;]{1,200}",
    ),
    ("uid", r"\buid\b[ \t]{0,20}[:=]?[ \t]{0,20}0x[0-9a-fA-F]{8,64}"),
    ("email", r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"),
    ("uuid", r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"),
    ("machine", r"\b[0-9a-f]{32}\b"),
    ("mac", rf"(?<![0-9A-Fa-f:-]){_PAIR}(?:(?::{_PAIR}){{5}}|(?:-{_PAIR}){{5}})(?![0-9A-Fa-f])"),
    ("ipv6", _IPV6),
    ("ipv4", r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9]|\.[0-9])"),
)
_PREFIX = re.compile(r"[^:=]*[:=][ \t]*[\"']?")
_PUBLIC_IPV4 = ("127.", "0.0.0.0", "255.255.255.255")  # noqa: S104 - says nothing about anybody


@dataclass(frozen=True, slots=True)
class Names:
    """What this machine and its people are called.

    Attributes:
        users: log-in and full names.
        hosts: host names, matched in either case.
        homes: home directories.
    """

    users: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()


class Redactor:
    """Replaces names, addresses, serial numbers and home paths by ``<user-1>``, ``<host>``, ``<ipv4>``, ...

    Args:
        names: of this machine; addresses and serials are found by their form.
    """

    def __init__(self, names: Names) -> None:
        self._numbers = {user: n for n, user in enumerate(_usable(names.users), 1)}
        homes = "|".join(
            [
                *(re.escape(home) for home in _usable(names.homes) if home.strip("/")),
                r"(?:/home|/Users|/var/home)/[^/\s:;,\"'<>()\[\]]{1,64}",
            ]
        )
        called = [("home", rf"(?:{homes})(?![A-Za-z0-9_.-])")]
        for kind, words in (("host", _usable(names.hosts)), ("user", tuple(self._numbers))):
            if words:
                case = "(?i:" if kind == "host" else "(?:"
                called.append((kind, f"{_EDGE_BEFORE}{case}{'|'.join(map(re.escape, words))}){_EDGE_AFTER}"))
        self._names = _compiled(called)
        self._all = _compiled([*_RULES, *called])

    def __call__(self, text: str) -> str:
        """The text without them."""
        return self._all.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        kind, found = str(match.lastgroup), match[0]
        if kind == "kept":
            return found
        if kind in ("ipv4", "ipv6") and not _names_somebody(kind, found):
            return self._names.sub(self._named, found)  # such as :bert: between colons
        if kind in ("serial", "uid"):
            prefix = _PREFIX.match(found)
            return f"{prefix[0] if prefix else 'uid '}<serial>"
        return self._named(match)

    def _named(self, match: re.Match[str]) -> str:
        kind = str(match.lastgroup)
        return f"<user-{self._numbers[match[0]]}>" if kind == "user" else f"<{kind}>"


def _compiled(rules: Sequence[tuple[str, str]]) -> re.Pattern[str]:
    """One pattern; ``lastgroup`` is the kind that matched, since no rule has a group of its own."""
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in rules))


def _names_somebody(kind: str, text: str) -> bool:
    if kind == "ipv4":
        return not text.startswith(_PUBLIC_IPV4) and all(int(part) < 256 for part in text.split("."))
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _usable(words: tuple[str, ...]) -> tuple[str, ...]:
    """Longest first, so that a name within another does not hide it; one letter names nobody."""
    return tuple(
        sorted({w for w in words if len(w) > 1 and w.lower() != "localhost"}, key=lambda w: (-len(w), w))
    )
