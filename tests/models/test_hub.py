"""What a hub says of a repository, over real connections."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest

from axchat.errors import ModelError, SourceNotFound, SourceRefused, SourceUnreachable
from axchat.models.hub import file_url, list_files, listing_of
from axchat.models.hub_files import HubFile, Listing
from support.hub_server import REPO, Fault, HubServer, git_sha1, layer, pointer, vendor_files


@pytest.fixture
def hub() -> Iterator[HubServer]:
    """A hub with one repository."""
    with HubServer().running() as hub:
        yield hub


def ask(hub: HubServer, repo: str = REPO, revision: str | None = None, token: str | None = None) -> Listing:
    """The repository's list."""
    return list_files(repo, revision, endpoint=hub.endpoint, token=token)


def test_the_list_of_a_repository(hub: HubServer) -> None:
    """One question gives the commit and every file with its size and hash."""
    listing = ask(hub)
    assert (listing.repo, listing.revision, listing.commit) == (REPO, "main", hub.commit(REPO))
    files = {file.path: file for file in listing.files}
    assert set(files) == set(vendor_files())
    content, path = layer(2), "qwen/qwen2_p128_l2_together.axmodel"
    sha256 = hashlib.sha256(content).hexdigest()
    assert files[path] == HubFile(path, len(content), sha256, git_sha1(pointer(content)))
    assert files["config.json"] == HubFile("config.json", 0, "", git_sha1(b""))
    assert len(hub.asked) == 1


def test_the_server_is_what_the_library_takes_for_a_hub(hub: HubServer, tmp_path: Path) -> None:
    """The library's own download gets the same files from it, so the tests ask a hub."""
    huggingface_hub.snapshot_download(
        REPO, endpoint=hub.endpoint, local_dir=tmp_path, token=False, tqdm_class=None, max_workers=2
    )
    assert {path: (tmp_path / path).read_bytes() for path in vendor_files()} == vendor_files()


def test_a_revision(hub: HubServer) -> None:
    """A tag has its own files; one that is not there is told with the server's name."""
    hub.old[REPO] = {"config.json": b"{}"}
    listing = ask(hub, revision="v1")
    assert (listing.revision, [file.path for file in listing.files]) == ("v1", ["config.json"])
    assert f"/resolve/{listing.commit}/" in file_url(listing, "config.json")
    with pytest.raises(SourceNotFound, match=f"no revision v2 at {hub.endpoint}"):
        ask(hub, revision="v2")


def test_a_repository_that_is_not_there(hub: HubServer) -> None:
    """Whoever sends no token is told that it may be private; with one it is not there."""
    with pytest.raises(SourceRefused, match=f"no public repository a/b at {hub.endpoint}") as caught:
        ask(hub, "a/b")
    assert "check the spelling" in (caught.value.hint or "")
    with pytest.raises(SourceNotFound, match=f"no repository a/b at {hub.endpoint}"):
        ask(hub, "a/b", token="hf_right")


def test_private_and_gated_repositories(hub: HubServer) -> None:
    """A token opens a private one; terms are accepted on the page that the hint names."""
    hub.private.add(REPO)
    with pytest.raises(SourceRefused, match="no public repository"):
        ask(hub)
    assert ask(hub, token="hf_right").files
    with pytest.raises(SourceRefused) as caught:
        ask(hub, token="hf_wrong")
    assert "HF_TOKEN is not accepted" in (caught.value.hint or "")
    hub.private.clear()
    hub.gated.add(REPO)
    for token in (None, "hf_right"):
        with pytest.raises(SourceRefused, match="gated") as caught:
            ask(hub, token=token)
        assert f"{hub.endpoint}/{REPO}" in (caught.value.hint or "")


def test_no_token_but_the_one_that_is_given(
    hub: HubServer, isolated_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that another program stored is not sent, and neither is a list of installed packages."""
    stored = isolated_home / ".cache/huggingface/token"
    stored.parent.mkdir(parents=True)
    stored.write_text("hf_stored")
    monkeypatch.setenv("HF_TOKEN", "hf_elsewhere")
    ask(hub)
    ask(hub, token="hf_right")
    assert [it.authorization for it in hub.asked] == ["", "Bearer hf_right"]
    assert all(it.agent.startswith("axchat/") and " " not in it.agent for it in hub.asked)


def test_too_many_requests(hub: HubServer) -> None:
    """429 is asked once, and the time to wait is told."""
    hub.faults[""] = [Fault(429, {"Retry-After": "31"})]
    with pytest.raises(SourceUnreachable, match="answers 429") as caught:
        ask(hub)
    assert caught.value.facts["retry_after_s"] == 31
    assert len(hub.asked) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_server(hub: HubServer, status: int) -> None:
    """It is named with its answer, at once."""
    hub.faults[""] = [Fault(status)]
    with pytest.raises(SourceUnreachable, match=f"{hub.endpoint} answers {status}"):
        ask(hub)


def test_no_server() -> None:
    """The server and the system's reason are named."""
    with HubServer().running() as hub:
        pass
    with pytest.raises(SourceUnreachable, match=f"cannot reach {hub.endpoint}: .*refused") as caught:
        ask(hub)
    assert "HF_ENDPOINT" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>log in to the wireless network</html>",
        b"[]",
        b'"text"',
        b'{"id": "a/b"}',
        b'{"id": "a/b", "sha": "../x", "siblings": []}',
        b'{"id": "a/b", "sha": "abc", "siblings": [{"rfilename": "x"}]}',
        b'{"id": "a/b", "sha": "abc", "siblings": [{"rfilename": "x", "size": -1, "blobId": "%s"}]}'
        % (b"0" * 40),
        b'{"id": "a/b", "sha": "abc", "siblings": [{"rfilename": "x", "size": 1, "blobId": "z"}]}',
        b'{"id": "a/b", "sha": "abc", "siblings": [7]}',
        b"\xff\xfe",
    ],
)
def test_no_hub(hub: HubServer, body: bytes) -> None:
    """A proxy's page and lists without sizes or hashes are no answer of a hub."""
    hub.faults[""] = [Fault(body=body)]
    with pytest.raises(ModelError, match="does not answer as a hub does"):
        ask(hub)


def test_a_connection_that_breaks(hub: HubServer) -> None:
    """Half a list is no list."""
    hub.faults[""] = [Fault(cut_after=20)]
    with pytest.raises(SourceUnreachable, match=f"cannot reach {hub.endpoint}"):
        ask(hub)


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a\x1b]0;x\x07", "a/../../b", ".axchat-model.json"]
)
def test_hostile_names(hub: HubServer, name: str) -> None:
    """A list with a name that leaves the directory is refused whole."""
    hub.repos[REPO][name] = b"x"
    with pytest.raises(ModelError, match="a file whose name"):
        ask(hub)


def test_an_answer_without_files() -> None:
    """An empty repository is an empty list."""
    info = huggingface_hub.ModelInfo(id="a/b", sha="abc", siblings=None)
    assert listing_of(info, "a/b", None, "https://hub").files == ()
