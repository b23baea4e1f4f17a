"""The address of an OpenAI-compatible server, as people write it. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from axchat.errors import UsageError

_PORTS = {"http": 80, "https": 443}
_API = "/v1"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an API is: ``path`` is what stands before ``/chat/completions``."""

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    def __str__(self) -> str:
        scheme = "https" if self.is_tls else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[scheme] else f":{self.port}"
        return f"{scheme}://{host}{port}{self.path}"


def parse_address(url: str) -> Address:
    """An address, with or without ``/v1`` or ``/chat/completions`` at its end; http when it names no scheme.

    Raises:
        UsageError: it is none, or holds a user name or a query. The message never repeats the address, as
            it may hold a password.
    """
    text = url.strip()
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        raise _wrong("it is no http address") from exc
    if parts.scheme not in _PORTS or not host or not text.isascii() or not text.isprintable() or " " in text:
        raise _wrong("it is no http address")
    if parts.username is not None or parts.password is not None:
        raise _wrong("it holds a user name; give the key by AXCHAT_OPENAI_KEY or openai.key_file")
    if parts.query or parts.fragment:
        raise _wrong("it has a query; only a path may follow the host")
    path = parts.path.rstrip("/").removesuffix("/chat/completions").rstrip("/")
    if not path:
        path = _API
    return Address(parts.scheme == "https", host, port if port is not None else _PORTS[parts.scheme], path)


def _wrong(why: str) -> UsageError:
    return UsageError(f"openai.url cannot be used: {why}", hint="for example: http://127.0.0.1:8080/v1")
