"""Files of a repository in a directory: whole, broken, gone on with, wrong, twice at once, without room."""

import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from axchat.errors import DownloadDamaged, ModelError, SourceNotFound, SourceRefused, SourceUnreachable
from axchat.models import manifest as notes
from axchat.models.download import Progress
from axchat.models.hub import list_files
from axchat.models.patience import MAX_BREAKS, MAX_WAIT_S, MAX_WAITS, Surroundings
from axchat.models.place import SPARE_BYTES
from axchat.models.pull import pull
from axchat.models.selecting import Wishes, select
from support.hub_server import LARGE_BYTES, REPO, STORAGE, Fault, HubServer, layer, pointer, vendor_files

LAYER = "qwen/qwen2_p128_l1_together.axmodel"
BIG = 4000  # bytes of a layer


@pytest.fixture
def hub() -> Iterator[HubServer]:
    """A hub with one repository."""
    with HubServer().running() as hub:
        yield hub


class Recorded:
    """Surroundings that keep what they are told."""

    def __init__(self, free_bytes: Callable[[Path], int] = lambda _: 2**40) -> None:
        self.progress: list[Progress] = []
        self.told: list[str] = []
        self.waited: list[float] = []
        self.around = Surroundings(self.progress.append, self.told.append, self.waited.append, free_bytes)


def get(
    hub: HubServer,
    folder: Path,
    recorded: Recorded | None = None,
    *,
    token: str | None = None,
    revision: str | None = None,
) -> int:
    """Pull what a host with aarch64 needs."""
    around = (recorded or Recorded()).around
    listing = list_files(REPO, revision, endpoint=hub.endpoint, token=token)
    files = select(listing, "axcl_aarch64", Wishes()).files
    return pull(listing, files, folder, around, token=token)


def wanted() -> dict[str, bytes]:
    """What has to be there."""
    left_out = ("x86", "ax650.sh", "prefill", ".jpg", ".git")
    return {
        path: content
        for path, content in vendor_files().items()
        if not any(word in path for word in left_out)
    }


def content(folder: Path) -> dict[str, bytes]:
    """What is there, but axchat's own."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".axchat-")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_plain_files_in_a_directory(hub: HubServer, tmp_path: Path) -> None:
    """The chosen files are there whole, as files and not as links, with progress up to the total."""
    recorded = Recorded()
    assert get(hub, tmp_path / "m", recorded) == len(wanted())
    assert content(tmp_path / "m") == wanted()
    assert not any(path.is_symlink() for path in (tmp_path / "m").rglob("*"))
    done = [report.done for report in recorded.progress]
    assert done == sorted(done)
    assert recorded.progress[-1] == Progress(total := sum(map(len, wanted().values())), total, "download")


def test_programs_and_scripts_can_be_executed(hub: HubServer, tmp_path: Path) -> None:
    """A hub keeps no executable bit; the runner and its script have one, the rest has not."""
    get(hub, tmp_path)
    executable = {path for path in wanted() if (tmp_path / path).stat().st_mode & stat.S_IXUSR}
    assert executable == {"main_axcl_aarch64", "run_qwen2.5_1.5b_gptq_int4_axcl_aarch64.sh"}


def test_the_note_says_where_it_is_from(hub: HubServer, tmp_path: Path) -> None:
    """Repository, commit, server, and every file are beside the files."""
    get(hub, tmp_path)
    note = notes.read(tmp_path)
    assert note is not None
    assert (note.repo, note.commit, note.endpoint) == (REPO, hub.commit(REPO), hub.endpoint)
    assert {file.path for file in note.files} == set(wanted())


def test_what_is_here_is_not_fetched(hub: HubServer, tmp_path: Path) -> None:
    """A second pull asks for the list and for no file, and reads none either."""
    get(hub, tmp_path)
    before, recorded = len(hub.fetched()), Recorded()
    assert get(hub, tmp_path, recorded) == 0
    assert len(hub.fetched()) == before
    assert recorded.progress == []


def test_what_is_damaged_is_fetched_again(hub: HubServer, tmp_path: Path) -> None:
    """A changed file of the same size, a short one and a missing one come again; nothing else does."""
    get(hub, tmp_path)
    hub.asked.clear()
    (tmp_path / LAYER).write_bytes(b"x" * BIG)
    (tmp_path / "main_axcl_aarch64").write_bytes(b"")
    (tmp_path / "post_config.json").unlink()
    assert get(hub, tmp_path) == 3
    assert content(tmp_path) == wanted()
    assert {path for path, _ in hub.fetched()} == {LAYER, "main_axcl_aarch64", "post_config.json"}


def test_a_directory_of_another_download_is_completed(hub: HubServer, tmp_path: Path) -> None:
    """Files that another program fetched are read, found right, and kept."""
    (tmp_path / "qwen").mkdir()
    (tmp_path / LAYER).write_bytes(layer(1))
    recorded = Recorded()
    get(hub, tmp_path, recorded)
    assert LAYER not in {path for path, _ in hub.fetched()}
    assert recorded.progress[0].stage == "check"


def test_a_break_is_gone_on_with_at_once(hub: HubServer, tmp_path: Path) -> None:
    """A connection that breaks after some bytes is made anew, and only the rest is asked for."""
    hub.faults[LAYER] = [Fault(cut_after=1000), Fault(cut_after=500)]
    get(hub, tmp_path)
    assert content(tmp_path) == wanted()
    ranges = [wanted for path, wanted in hub.fetched() if path == LAYER]
    assert ranges == ["", "bytes=1000-", "bytes=1500-"]


def test_an_interrupted_pull_goes_on_in_the_next_run(hub: HubServer, tmp_path: Path) -> None:
    """What came stays and is told; the next run asks for the rest of that file and for what is missing."""
    hub.faults[LAYER] = [Fault(cut_after=1000), Fault(cut_after=0)]
    with pytest.raises(SourceUnreachable, match=f"broke off after 1000 of {BIG} bytes.* are here") as caught:
        get(hub, tmp_path)
    assert "run the same command again" in (caught.value.hint or "")
    first = {path for path, _ in hub.fetched()}
    hub.asked.clear()
    get(hub, tmp_path)
    assert content(tmp_path) == wanted()
    second = dict(hub.fetched())
    assert second[LAYER] == "bytes=1000-"
    assert first & set(second) == {LAYER}


def test_breaks_come_to_an_end(hub: HubServer, tmp_path: Path) -> None:
    """A server that breaks every time is given up, with what came in all tries."""
    hub.faults[LAYER] = [Fault(cut_after=10) for _ in range(100)]
    with pytest.raises(SourceUnreachable, match=f"after {10 * (MAX_BREAKS + 1)} of"):
        get(hub, tmp_path)


def test_another_version_does_not_go_on_with_these_bytes(hub: HubServer, tmp_path: Path) -> None:
    """Between the break and the next run the file changed: it comes whole, and the old bytes go."""
    hub.faults[LAYER] = [Fault(cut_after=1000), Fault(cut_after=0)]
    (tmp_path / "qwen").mkdir()
    (tmp_path / "qwen/qwen2_post.axmodel").write_bytes(b"of another version")
    behind = ("_l1_", "_l2_", "_l3_", "_post.", "tokenizer", "run_")  # in the order of the repository
    before = sum(len(it) for path, it in wanted().items() if not any(word in path for word in behind))
    with pytest.raises(SourceUnreachable, match=f"{(before + 1000) / 1024:.1f} KiB of 17.6 KiB are here"):
        get(hub, tmp_path)
    hub.repos[REPO][LAYER] = b"new" * 1000
    get(hub, tmp_path)
    assert content(tmp_path) == {**wanted(), LAYER: b"new" * 1000}


def test_wrong_bytes_cost_nothing_that_was_good(hub: HubServer, tmp_path: Path) -> None:
    """A file with another hash is deleted; the good one that it should replace stays, like the rest."""
    get(hub, tmp_path)
    hub.repos[REPO][LAYER] = b"new" * 1000
    hub.faults[LAYER] = [Fault(wrong=True)]
    with pytest.raises(DownloadDamaged, match="sha256"):
        get(hub, tmp_path)
    assert content(tmp_path) == wanted()
    get(hub, tmp_path)
    assert content(tmp_path)[LAYER] == b"new" * 1000


def test_a_small_file_is_checked_too(hub: HubServer, tmp_path: Path) -> None:
    """What git keeps itself is compared with its name in git."""
    hub.faults["post_config.json"] = [Fault(wrong=True)]
    with pytest.raises(DownloadDamaged, match="git sha1"):
        get(hub, tmp_path)


def test_a_wait_that_the_server_asks_for(hub: HubServer, tmp_path: Path) -> None:
    """A short Retry-After is told and waited for; the pull goes on then."""
    hub.faults[LAYER] = [Fault(429, {"Retry-After": "7"}), Fault(503, {"Retry-After": "2"})]
    recorded = Recorded()
    get(hub, tmp_path, recorded)
    assert recorded.waited == [7, 2]
    assert "asks to wait 7 s" in recorded.told[0]
    assert content(tmp_path) == wanted()


def test_a_long_wait_is_the_users(hub: HubServer, tmp_path: Path) -> None:
    """A longer one, or one too many, is told instead."""
    recorded = Recorded()
    hub.faults[LAYER] = [Fault(429, {"Retry-After": str(MAX_WAIT_S + 1)})]
    with pytest.raises(SourceUnreachable, match="answers 429") as caught:
        get(hub, tmp_path, recorded)
    assert f"wait {MAX_WAIT_S + 1} s" in (caught.value.hint or "")
    hub.faults[LAYER] = [Fault(429, {"Retry-After": "1"}) for _ in range(MAX_WAITS + 1)]
    with pytest.raises(SourceUnreachable, match="answers 429"):
        get(hub, tmp_path, recorded)
    assert recorded.waited == [1] * MAX_WAITS


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, SourceNotFound), (401, SourceRefused), (500, SourceUnreachable), (400, ModelError)],
)
def test_a_server_that_refuses_a_file(
    hub: HubServer, tmp_path: Path, status: int, kind: type[ModelError]
) -> None:
    """The answer names the file's address, and nothing of it is kept."""
    hub.faults[LAYER] = [Fault(status)]
    with pytest.raises(kind, match=f"l1_together.axmodel answers {status}"):
        get(hub, tmp_path)
    assert LAYER not in content(tmp_path)


def test_the_token_goes_to_the_hub_alone(hub: HubServer, tmp_path: Path) -> None:
    """The storage that the hub redirects to does not see it."""
    hub.private.add(REPO)
    get(hub, tmp_path, token="hf_right")
    seen = {(it.host.partition(":")[0], it.authorization) for it in hub.asked}
    assert seen == {("127.0.0.1", "Bearer hf_right"), (STORAGE, "")}


def test_room_is_looked_for_before_the_first_byte(hub: HubServer, tmp_path: Path) -> None:
    """Needed is what is not here yet; one byte too few and no file is asked for."""
    get(hub, tmp_path)
    (tmp_path / LAYER).unlink()
    hub.asked.clear()
    with pytest.raises(ModelError, match="not enough space"):
        get(hub, tmp_path, Recorded(lambda _: BIG + SPARE_BYTES - 1))
    assert hub.fetched() == []
    get(hub, tmp_path, Recorded(lambda _: BIG + SPARE_BYTES))
    assert content(tmp_path) == wanted()


def test_what_came_of_a_file_needs_no_room_again(hub: HubServer, tmp_path: Path) -> None:
    """A pull that broke off on a nearly full disk is gone on with: only its rest is counted."""
    get(hub, tmp_path)
    (tmp_path / LAYER).unlink()
    hub.faults[LAYER] = [Fault(cut_after=1000), Fault(cut_after=0)]
    with pytest.raises(SourceUnreachable):
        get(hub, tmp_path)
    with pytest.raises(ModelError, match="not enough space"):
        get(hub, tmp_path, Recorded(lambda _: BIG - 1000 + SPARE_BYTES - 1))
    get(hub, tmp_path, Recorded(lambda _: BIG - 1000 + SPARE_BYTES))
    assert content(tmp_path) == wanted()


def test_a_place_that_cannot_be_written(hub: HubServer, tmp_path: Path) -> None:
    """A directory that the system refuses, or a file in the way, is named with another way."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match="cannot store") as caught:
        get(hub, tmp_path / "file")
    assert "--to DIR" in (caught.value.hint or "")
    (tmp_path / "m" / LAYER).mkdir(parents=True)
    with pytest.raises(ModelError, match="cannot store"):
        get(hub, tmp_path / "m")
    with pytest.raises(ModelError, match=r"cannot (write|store)"):
        get(hub, Path("/proc/axchat/model"))


def test_a_directory_of_another_model(hub: HubServer, tmp_path: Path) -> None:
    """Two models are not mixed in one directory."""
    notes.write(tmp_path, notes.Manifest("other/model", "main", "c", "e", (), ()))
    with pytest.raises(ModelError, match="holds other/model"):
        get(hub, tmp_path)


def test_a_damaged_note_is_written_anew(hub: HubServer, tmp_path: Path) -> None:
    """The note is a help and no need: without it the files are read once more."""
    get(hub, tmp_path)
    (tmp_path / notes.NAME).write_text("{")
    assert get(hub, tmp_path) == 0
    assert notes.read(tmp_path) is not None


def test_two_pulls_at_once_do_one_download(hub: HubServer, tmp_path: Path) -> None:
    """The second says that it waits, and takes what the first fetched."""
    hold, waits = threading.Event(), threading.Event()
    hub.faults[LAYER] = [Fault(wait_for=hold)]
    started = threading.Event()
    first = Surroundings(lambda _: started.set(), lambda _: None, lambda _: None)
    second = Surroundings(lambda _: None, lambda _: waits.set(), lambda _: None)
    listing = list_files(REPO, None, endpoint=hub.endpoint, token=None)
    files = select(listing, "axcl_aarch64", Wishes()).files
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda around=around: counts.append(pull(listing, files, tmp_path, around)))
        for around in (first, second)
    ]
    threads[0].start()
    assert started.wait(60)
    threads[1].start()
    assert waits.wait(60)
    hold.set()
    for thread in threads:
        thread.join(60)
    assert sorted(counts) == [0, len(files)]
    assert len(hub.fetched()) == len([file for file in files if file.size])
    assert content(tmp_path) == wanted()


def test_a_killed_pull_leaves_what_the_next_one_uses(hub: HubServer, tmp_path: Path) -> None:
    """The note is there from the first byte, so that what is missing can be told at any time."""
    hub.faults[LAYER] = [Fault(500)]
    with pytest.raises(SourceUnreachable):
        get(hub, tmp_path)
    note = notes.read(tmp_path)
    assert note is not None
    assert {file.path for file in note.files} == set(wanted())
    assert set(note.seen) == set(content(tmp_path))


def test_an_update_leaves_other_files_alone(hub: HubServer, tmp_path: Path) -> None:
    """A pull of another revision replaces what differs; a file of the user's own stays."""
    hub.old[REPO] = {**vendor_files(), LAYER: b"old" * 900}
    get(hub, tmp_path, revision="v1")
    assert content(tmp_path)[LAYER] == b"old" * 900
    (tmp_path / "mine.txt").write_text("keep")
    assert get(hub, tmp_path) == 1
    assert content(tmp_path) == {**wanted(), "mine.txt": b"keep"}


def test_an_edited_file_is_kept_aside(hub: HubServer, tmp_path: Path) -> None:
    """A script that the user changed is not lost when the repository's comes again; an old version is."""
    script = tmp_path / "run_qwen2.5_1.5b_gptq_int4_axcl_aarch64.sh"
    hub.old[REPO] = {**vendor_files(), "post_config.json": b"{}", script.name: b"short"}
    get(hub, tmp_path, revision="v1")
    script.write_text("mine")
    recorded = Recorded()
    get(hub, tmp_path, recorded)
    assert (tmp_path / f"{script.name}.before-pull").read_text() == "mine"
    assert script.name in recorded.told[0]
    assert not (tmp_path / "post_config.json.before-pull").exists()


@pytest.mark.parametrize("name", ["README.md", "notes.txt"])
def test_a_directory_of_something_else_is_refused(hub: HubServer, tmp_path: Path, name: str) -> None:
    """A directory with files, none of them the model's, is not filled: its README would be replaced."""
    (tmp_path / name).write_text("mine")
    with pytest.raises(ModelError, match="is no download of the model") as caught:
        get(hub, tmp_path)
    assert "--to" in (caught.value.hint or "")
    assert content(tmp_path) == {name: b"mine"}


def test_a_clone_without_lfs_is_completed(hub: HubServer, tmp_path: Path) -> None:
    """Pointers in the place of large files become the files; nothing is put aside."""
    for path, it in wanted().items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(pointer(it) if len(it) >= LARGE_BYTES else it)
    get(hub, tmp_path)
    assert content(tmp_path) == wanted()


def test_two_choices_from_one_repository(hub: HubServer, tmp_path: Path) -> None:
    """The second quantisation joins the first: the note has both, and the options that choose both again."""
    hub.repos["x/a"] = {"a-Q4_0.gguf": b"4" * 900, "a-Q8_0.gguf": b"8" * 900}
    listing = list_files("x/a", None, endpoint=hub.endpoint, token=None)
    for quant in ("Q4_0", "Q8_0"):
        chosen = select(listing, None, Wishes(named=quant))
        options = ["--include", chosen.pattern]
        assert pull(listing, chosen.files, tmp_path, Recorded().around, options=options) == 1
    note = notes.read(tmp_path)
    assert note is not None
    assert {file.path for file in note.files} == {"a-Q4_0.gguf", "a-Q8_0.gguf"} == set(content(tmp_path))
    again = select(listing, None, Wishes(include=note.options[1::2]))
    assert {file.path for file in again.files} == {file.path for file in note.files}
