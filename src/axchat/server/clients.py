"""Who asks, as far as a fair queue needs to know."""

import hashlib

from starlette.requests import Request


def client_of(http: Request, user: str | None = None) -> str:
    """A name for whoever asks: the machine, the key, and the user that the request names.

    Nobody wins by another name more than a place among the others. The key itself is not kept.
    """
    host = http.client.host if http.client is not None else "local"
    key = http.headers.get("authorization", "")
    told = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest() if key else ""
    return f"{host} {told} {user or ''}"
