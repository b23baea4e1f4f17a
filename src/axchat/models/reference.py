"""What a user typed for a model of a hub: a name, an address, or a name of another hub. Pure."""

import re
import urllib.parse
from dataclasses import dataclass

from axchat.errors import UsageError

DEFAULT_ENDPOINT = "https://huggingface.co"
_HUB_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co", "hf-mirror.com"})
_MODELSCOPE_HOSTS = frozenset({"modelscope.cn", "www.modelscope.cn", "modelscope.ai", "www.modelscope.ai"})
_MODELSCOPE_WORDS = ("modelscope:", "modelscope/", "ms:")
# Stricter than the hub, which has no name that begins with a dot or a dash.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,95}")
_QUANT = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_NOT_A_MODEL = frozenset({"datasets", "spaces", "collections", "docs", "api", "papers", "blog"})
_FILE_WORDS = ("blob", "resolve", "raw")


@dataclass(frozen=True, slots=True)
class Reference:
    """A repository, and what the address said beside it.

    Attributes:
        repo: ``ORG/NAME``.
        revision: branch, tag or commit; None for the server's default.
        file: one file of the repository.
        quant: a GGUF's quantisation, as in ``ORG/NAME:Q4_K_M``.
    """

    repo: str
    revision: str | None = None
    file: str | None = None
    quant: str | None = None


def parse(text: str, endpoint: str = DEFAULT_ENDPOINT) -> Reference:
    """The repository that a name or address means.

    Args:
        text: ``ORG/NAME``, ``ORG/NAME:QUANT``, or an address of the hub as a browser shows it.
        endpoint: the server that will be asked; addresses on it are understood, too.

    Raises:
        UsageError: it is neither; for ModelScope the hint says what to do instead.
    """
    text = text.strip()
    for word in _MODELSCOPE_WORDS:
        if text.lower().startswith(word):
            raise _modelscope(_two_names(text[len(word) :].lstrip("/").split("/")))
    if "://" not in text and text.partition("/")[0].lower() in _HUB_HOSTS | _MODELSCOPE_HOSTS:
        text = f"https://{text}"
    if "://" in text:
        return _of_address(text, endpoint)
    name, colon, quant = text.partition(":")
    parts = name.split("/")
    repo = _two_names(parts) if len(parts) == 2 else None
    if repo is None or (colon and not _QUANT.fullmatch(quant)):
        raise UsageError(
            f"not a repository: {text[:120]}",
            hint="write it as the hub does: ORG/NAME, for example AXERA-TECH/Qwen2.5-1.5B-Instruct",
        )
    return Reference(repo, quant=quant or None)


def _of_address(text: str, endpoint: str) -> Reference:
    try:
        parts = urllib.parse.urlsplit(text)
    except ValueError as exc:
        raise UsageError(f"not an address: {text[:120]}", hint="name the model: ORG/NAME") from exc
    host = (parts.hostname or "").lower()
    names = [urllib.parse.unquote(part) for part in parts.path.split("/") if part]
    if host in _MODELSCOPE_HOSTS:
        raise _modelscope(_two_names(names[1:] if names[:1] == ["models"] else names))
    if names[:1] and names[0] in _NOT_A_MODEL:
        raise UsageError(f"not a model's address: {text[:120]}", hint="name the model: ORG/NAME")
    last, _, quant = names[1].partition(":") if len(names) > 1 else ("", "", "")
    repo = _two_names([*names[:1], last])
    if repo is None or (quant and not _QUANT.fullmatch(quant)):
        raise UsageError(f"no repository in the address {text[:120]}", hint="name the model: ORG/NAME")
    if host not in _HUB_HOSTS and host != urllib.parse.urlsplit(endpoint).hostname:
        raise UsageError(
            f"{host[:80] or 'this address'} is not the hub that axchat asks ({endpoint})",
            hint=f"if it is a mirror: HF_ENDPOINT={parts.scheme}://{parts.netloc} axchat models pull {repo}",
        )
    revision = names[3] if len(names) > 3 and names[2] in {"tree", *_FILE_WORDS} else None
    file = "/".join(names[4:]) if len(names) > 4 and names[2] in _FILE_WORDS else None
    return Reference(repo, revision, file, quant or None)


def _two_names(parts: list[str]) -> str | None:
    two = parts[:2]
    fits = len(two) == 2 and all(_NAME.fullmatch(part) and ".." not in part for part in two)
    return "/".join(two) if fits else None


def _modelscope(repo: str | None) -> UsageError:
    name = repo or "ORG/NAME"
    return UsageError(
        "axchat asks Hugging Face, not ModelScope, which has its own protocol",
        hint=f"most models have the same name there: axchat models pull {name}; or with ModelScope's own "
        f"program: modelscope download --model {name} --local_dir DIR, then axchat models verify DIR",
    )


def endpoint_of(value: str | None) -> str:
    """The server to ask, from the value of ``HF_ENDPOINT``; Hugging Face when it is unset or empty.

    Raises:
        UsageError: not an http or https address.
    """
    if not value or not value.strip():
        return DEFAULT_ENDPOINT
    address = value.strip().rstrip("/")
    try:
        parts = urllib.parse.urlsplit(address)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a broken IPv6 address
        is_address = False
    if not is_address or not address.isprintable() or any(sign in address for sign in "?# @"):
        raise UsageError(
            f"HF_ENDPOINT is not an http address: {value[:120]}",
            hint="for example HF_ENDPOINT=https://hf-mirror.com; unset it for https://huggingface.co",
        )
    return address


def checked_revision(revision: str | None) -> str | None:
    """The revision, if it can be one (git-check-ref-format).

    Raises:
        UsageError: empty, too long, or with signs that no branch, tag or commit has.
    """
    if revision is None:
        return None
    has_wrong_sign = not revision.isprintable() or any(sign in revision for sign in " ~^:?*[\\")
    if has_wrong_sign or not 0 < len(revision) <= 200 or ".." in revision:
        raise UsageError(f"not a revision: {revision[:80]!r}", hint="a branch, a tag or a commit")
    return revision
