"""Who may ask over TCP: decisions of values, and the application that applies them."""

import hmac
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from axchat.errors import AxchatError, Forbidden, KeyRefused
from axchat.server.connections import LOCAL
from axchat.server.shapes import refused

OPEN_PATHS = frozenset({"/health"})
"""Need no key: a load balancer asks before it knows any."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a request over TCP needs.

    Attributes:
        key: what ``Authorization: Bearer`` has to carry; None for no key.
        hosts: names that ``Host`` may carry; None for any. Other sites may have names that lead here.
        origins: sites whose pages may ask.
    """

    key: bytes | None = None
    hosts: frozenset[str] | None = None
    origins: frozenset[str] = frozenset()


LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def site_refusal(rules: Rules, path: str, headers: Headers) -> AxchatError | None:
    """Why a request is refused for the name it came by or the page it came from; None when it is not."""
    del path
    host = headers.get("host")
    if rules.hosts is not None and host is not None and not _is_ours(host, rules.hosts):
        return Forbidden(
            "the Host header names another machine", hint="ask at the address that axchat serve listens at"
        )
    origin = headers.get("origin")
    if origin is not None and _is_page(origin) and origin not in rules.origins:
        return Forbidden(
            "pages of this origin may not ask here", hint="allow it with the setting serve.origins"
        )
    return None


def key_refusal(rules: Rules, path: str, headers: Headers) -> AxchatError | None:
    """Why a request is refused for its key; None when it is not."""
    if path not in OPEN_PATHS and not has_key(rules, headers):
        return KeyRefused("the API key is missing or wrong", hint="send Authorization: Bearer KEY")
    return None


def _is_page(origin: str) -> bool:
    """Whether a page of the web has this origin; programs with a window have their own schemes, or none."""
    return origin == "null" or origin.lower().startswith(("http:", "https:"))


def _is_ours(host: str, names: frozenset[str]) -> bool:
    name = re.sub(r":\d*$", "", host).strip("[]").lower().removesuffix(".")
    if name in names:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def has_key(rules: Rules, headers: Headers) -> bool:
    """Whether a request carries the key, where one is set."""
    if rules.key is None:
        return True
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # both compared always, and by a digest's rule: how much of a guess is right takes no less time
    is_equal = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), rules.key)
    return is_equal and scheme.lower() == "bearer"


class Guard:
    """Refuses what a rule refuses of the requests that come over TCP.

    Args:
        app: what answers the others.
        rules: see ``Rules``.
        refusal: the rule; why a request to a path with these headers is refused, or None.
    """

    def __init__(
        self, app: ASGIApp, rules: Rules, refusal: Callable[[Rules, str, Headers], AxchatError | None]
    ) -> None:
        self._app = app
        self._rules = rules
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        is_local = scope["state"].get(LOCAL, False)
        refusal = None if is_local else self._refusal(self._rules, scope["path"], Headers(scope=scope))
        await (self._app if refusal is None else refused(scope["path"], refusal))(scope, receive, send)


def hosts_of(listening: Iterable[str]) -> frozenset[str]:
    """The names that ``Host`` may carry for these addresses."""
    return LOOPBACK_HOSTS | {host.lower() for host in listening}


def origins_of(setting: str | None) -> frozenset[str]:
    """The origins in the setting ``serve.origins``."""
    return frozenset(filter(None, (part.strip().rstrip("/") for part in (setting or "").split(","))))
