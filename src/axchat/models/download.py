"""Downloads one file of known size and hash, and goes on where an earlier run stopped."""

import hashlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from axchat import __version__
from axchat.errors import DownloadDamaged, ModelError, SourceUnreachable
from axchat.models.http_refusal import AGAIN, refusal_of, wait_in

# Without one byte for this long the connection is taken for dead.
STALL_TIMEOUT_S = 30.0
_READ_BYTES = 256 * 1024

_RANGE_NOT_SATISFIABLE = 416


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes done of a total; ``stage`` is ``check``, ``download`` or ``unpack``."""

    done: int
    total: int
    stage: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The file to get: its size in bytes and its SHA-256, hex, or its blob's name in git where that is ""."""

    name: str
    size: int
    sha256: str
    git_sha1: str = ""

    def digest_of(self, path: Path) -> str:
        """The file's hash of the kind that is known.

        Raises:
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            if self.sha256:
                return hashlib.file_digest(file, "sha256").hexdigest()
            # git names a blob by a header and its content
            start = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
            return hashlib.file_digest(file, start.copy).hexdigest()

    def is_at(self, path: Path) -> bool:
        """Whether the file there has the size and the hash.

        Raises:
            OSError: it cannot be read.
        """
        return path.stat().st_size == self.size and self.digest_of(path) == (self.sha256 or self.git_sha1)


def download(
    url: str,
    partial: Path,
    wanted: Wanted,
    on_progress: Callable[[Progress], None],
    *,
    token: str | None = None,
) -> None:
    """Complete ``partial`` from the address, and check it.

    What is there already is kept and asked for no more. A connection that breaks leaves it for the next
    run; a wrong hash deletes it. Proxies come from the environment, certificates from the system.

    Args:
        url: http or https.
        partial: where the bytes go; its directory exists.
        wanted: what it must become.
        on_progress: called after each piece.
        token: sent to this address, and nowhere that it leads to.

    Raises:
        SourceNotFound: the server has not the file.
        SourceRefused: it wants a token, or another one.
        SourceUnreachable: no connection, it broke, or the server fails; facts: ``retry_after_s`` where the
            server named a time, ``done`` bytes when it broke.
        DownloadDamaged: the content is wrong.
        ModelError: the address is not of the web.
        OSError: the file cannot be written.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise ModelError(f"cannot download from {shown(url)}: not an http address")
    if _size(partial) > wanted.size:
        partial.unlink()
    if wanted.size == 0:
        partial.touch()
    if _size(partial) < wanted.size:
        _transfer(url, partial, wanted, on_progress, token)
    got = wanted.digest_of(partial)
    if got != (wanted.sha256 or wanted.git_sha1):
        partial.unlink()
        kind = "sha256" if wanted.sha256 else "git sha1"
        raise DownloadDamaged(
            f"{shown(url)} is not the file that it should be and was deleted: "
            f"{kind} {got} instead of {wanted.sha256 or wanted.git_sha1}",
            hint="run the same command again; if it comes wrong again, the server or a proxy changes it",
        )


def _transfer(
    url: str,
    partial: Path,
    wanted: Wanted,
    on_progress: Callable[[Progress], None],
    token: str | None,
) -> None:
    done = _size(partial)
    # identity: a compressed transfer would have other offsets
    headers = {"Accept-Encoding": "identity", "User-Agent": f"axchat/{__version__}"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http only, checked above
    if done:
        request.add_header("Range", f"bytes={done}-")
    if token:
        # Not with add_header: a hub redirects to storage of others, and urllib would take it along.
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        response = urllib.request.urlopen(request, timeout=STALL_TIMEOUT_S)  # noqa: S310 - as above
    except urllib.error.HTTPError as exc:
        exc.close()
        if exc.code == _RANGE_NOT_SATISFIABLE and done:
            partial.unlink()
            _transfer(url, partial, wanted, on_progress, token)
            return
        message = f"{shown(url)} answers {exc.code} {exc.reason}"
        raise refusal_of(exc.code, message, wait_in(exc.headers)) from exc
    # ValueError: a redirect to no address
    except (OSError, http.client.HTTPException, ValueError) as exc:
        hint = f"check the network; {AGAIN}"
        raise SourceUnreachable(f"cannot download {shown(url)}: {_cause(exc)}", hint=hint) from exc
    with response:
        if not _starts_at(response, done):
            done = 0
        with partial.open("r+b" if done else "wb") as file:
            file.seek(done)
            _copy(response, file, url, wanted, on_progress)


def _copy(
    response: http.client.HTTPResponse,
    file: IO[bytes],
    url: str,
    wanted: Wanted,
    on_progress: Callable[[Progress], None],
) -> None:
    done = file.tell()
    while done < wanted.size:
        try:
            piece = response.read1(_READ_BYTES)
        except (OSError, http.client.HTTPException) as exc:
            raise _broken(url, done, wanted, _cause(exc)) from exc
        if not piece:
            raise _broken(url, done, wanted, "the server closed the connection")
        file.write(piece[: wanted.size - done])
        done = min(done + len(piece), wanted.size)
        on_progress(Progress(done, wanted.size, "download"))


def _broken(url: str, done: int, wanted: Wanted, cause: str) -> ModelError:
    return SourceUnreachable(
        f"the download of {shown(url)} broke off after {done} of {wanted.size} bytes: {cause}",
        hint=AGAIN,
        done=done,
    )


def _starts_at(response: http.client.HTTPResponse, offset: int) -> bool:
    return (response.headers.get("Content-Range") or "").startswith(f"bytes {offset}-")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _cause(exc: Exception) -> str:
    reason = exc.reason if isinstance(exc, urllib.error.URLError) else exc
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return str(reason) or type(reason).__name__


def shown(url: str) -> str:
    """The address without a user name, password or query."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
