"""Asks a hub what a repository holds. The only importer of ``huggingface_hub``.

One question: ``HfApi.model_info`` with ``files_metadata`` gives the commit and, for the same commit, every
file with its size and hash (huggingface_hub docs, package_reference/hf_api). ``list_repo_tree`` would ask
page by page, and tries 429 and 5xx again by itself for up to half a minute; here the user is told instead.

The files themselves come through ``models.download``: ``hf_hub_download`` does not compare hashes (it checks
the size), draws with tqdm, hands large files to hf-xet, whose interrupted transfers begin again, and keeps a
bookkeeping directory of its own beside the files.
"""

import re
from logging import CRITICAL
from typing import Any

from axchat import __version__
from axchat.errors import AxchatError, ModelError, SourceNotFound, SourceRefused, SourceUnreachable
from axchat.models.http_refusal import refusal_of, wait_in
from axchat.models.hub_files import HubFile, Listing, check_names

ANSWER_TIMEOUT_S = 30.0
"""A list of files is one answer of some 100 kB."""
_COMMIT = re.compile(r"[0-9A-Za-z]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_NOT_FOUND = 404
_UNAUTHORIZED = 401
_FORBIDDEN = 403


def list_files(repo: str, revision: str | None, *, endpoint: str, token: str | None) -> Listing:
    """What the server has of a repository.

    Args:
        repo: ``ORG/NAME``.
        revision: branch, tag or commit; None for the default branch.
        endpoint: the server, without a slash at its end.
        token: sent with the question; no other token is looked for.

    Raises:
        SourceNotFound: no such repository or revision.
        SourceRefused: it is private or gated.
        SourceUnreachable: no connection, a failing server, offline mode.
        ModelError: the answer is not a hub's, or names files that no repository has.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
    from huggingface_hub.utils.logging import set_verbosity

    # What the library would log is in our messages; a server's X-HF-Warning is not for a terminal.
    set_verbosity(CRITICAL)
    # Its own user agent lists the Python packages that are installed.
    agent = {"user-agent": f"axchat/{__version__}"}
    api = HfApi(endpoint=endpoint, token=token or False, headers=agent)
    # httpx.HTTPError up to 1.x, httpx2's from 2.0: the parent of the library's own
    http_error: type[Exception] = HfHubHTTPError.__mro__[1]
    try:
        info = api.model_info(repo, revision=revision, files_metadata=True, timeout=ANSWER_TIMEOUT_S)
    except OfflineModeIsEnabled as exc:
        raise SourceUnreachable(
            f"{endpoint} is not asked: HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set",
            hint="unset it to fetch; what is here is checked with: axchat models verify DIR --offline",
        ) from exc
    except HfHubHTTPError as exc:
        raise _refused(exc.response, repo, revision, endpoint, token) from exc
    except http_error as exc:
        raise SourceUnreachable(
            f"cannot reach {endpoint}: {_cause(exc)}",
            hint="check the network and the proxy; for another server set HF_ENDPOINT=https://...",
        ) from exc
    except (ValueError, LookupError, TypeError, AttributeError) as exc:
        raise _not_understood(endpoint) from exc
    return listing_of(info, repo, revision, endpoint)


def listing_of(info: Any, repo: str, revision: str | None, endpoint: str) -> Listing:
    """The library's answer as values.

    Raises:
        ModelError: it lacks what is needed, or a name in it is refused.
    """
    try:
        commit, siblings = info.sha, list(info.siblings or ())
        check_names(str(each.rfilename) for each in siblings)
        files = tuple(sorted((_file(each) for each in siblings), key=lambda file: file.path))
    except (TypeError, ValueError, AttributeError) as exc:
        raise _not_understood(endpoint) from exc
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise _not_understood(endpoint)
    return Listing(repo, revision or "main", commit, endpoint, files)


def file_url(listing: Listing, path: str) -> str:
    """Where the file is, at the listing's commit."""
    from huggingface_hub import hf_hub_url

    return str(hf_hub_url(listing.repo, path, revision=listing.commit, endpoint=listing.endpoint))


def _file(sibling: Any) -> HubFile:
    lfs, size = sibling.lfs, sibling.size
    if lfs is not None:
        size = lfs.size
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError("a file without a size")
    sha256 = str(lfs.sha256).lower() if lfs is not None else ""
    sha1 = str(sibling.blob_id or "").lower()
    if not (_SHA256.fullmatch(sha256) if lfs is not None else _SHA1.fullmatch(sha1)):
        raise ValueError("a file without a hash")
    return HubFile(str(sibling.rfilename), size, sha256, sha1)


def _refused(response: Any, repo: str, revision: str | None, endpoint: str, token: str | None) -> AxchatError:
    """The error behind an answer of 400 or more.

    The hub names its reason in X-Error-Code; for a repository that is not there it answers 401 to whoever
    sends no token (huggingface_hub, utils/_http.py).
    """
    status, headers = int(response.status_code), response.headers
    code = headers.get("X-Error-Code", "")
    if code == "RevisionNotFound":
        return SourceNotFound(
            f"{repo} has no revision {revision} at {endpoint}",
            hint=f"leave out --revision for the newest, or look at {endpoint}/{repo}/tree/main",
        )
    if code == "GatedRepo" or (status == _FORBIDDEN and code != "RepoNotFound"):
        how = "accept its terms there" if token else "accept its terms there and set HF_TOKEN to your token"
        return SourceRefused(
            f"{repo} is gated or private at {endpoint}: the answer is {status}",
            hint=f"{how}: {endpoint}/{repo}",
        )
    if status == _UNAUTHORIZED:
        more = "HF_TOKEN is not accepted, or does not reach it" if token else "a private one needs HF_TOKEN"
        return SourceRefused(f"no public repository {repo} at {endpoint}", hint=f"check the spelling; {more}")
    if status == _NOT_FOUND:
        also = f", or it has no revision {revision}" if revision else ""
        return SourceNotFound(
            f"no repository {repo} at {endpoint}{also}",
            hint="check the spelling, capitals included; "
            + ("a mirror may lack it: unset HF_ENDPOINT" if "huggingface.co" not in endpoint else "")
            + (
                "the vendor's are at https://huggingface.co/AXERA-TECH"
                if "huggingface.co" in endpoint
                else ""
            ),
        )
    return refusal_of(status, f"{endpoint} answers {status} about {repo}", wait_in(headers))


def _not_understood(endpoint: str) -> ModelError:
    return ModelError(
        f"{endpoint} does not answer as a hub does",
        hint="a proxy's page, or HF_ENDPOINT names no Hugging Face mirror; unset it for https://huggingface.co",
    )


def _cause(exc: Exception) -> str:
    """The innermost reason: the library wraps the system's error several times."""
    reason: BaseException = exc
    while (inner := reason.__cause__ or reason.__context__) is not None:
        reason = inner
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return str(reason) or type(exc).__name__
