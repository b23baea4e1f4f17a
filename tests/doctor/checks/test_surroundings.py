"""What stands around a run, where a planted machine cannot show it: room on disks."""

from dataclasses import replace

import pytest

from axchat.doctor.checks import surroundings
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.result import Status
from support.machines import CONTEXT, by_id

HOME = {"/home/pi/.bashrc": ""}


@pytest.mark.parametrize(
    ("free", "check"),
    [({"/tmp": 1000}, "host.runtime-log"), ({"/home/pi": 49 * 1024 * 1024}, "axchat.storage")],
)
def test_a_full_disk_is_a_warning(free: dict[str, int], check: str) -> None:
    """The runtime's log and axchat's own files need some room; nothing else is complained about."""
    found = by_id(surroundings.check(FakeProbes(files=HOME, free=free), CONTEXT))
    assert [name for name, r in found.items() if r.status is Status.WARN] == [check]


def test_axchats_own_folder_counts_once_it_is_there() -> None:
    """Before that its parent decides."""
    made = {**HOME, f"{CONTEXT.data_dir}/models/x": ""}
    probes = FakeProbes(files=made, free={"/home/pi": 0})
    assert by_id(surroundings.check(probes, CONTEXT))["axchat.storage"].status is Status.OK
    full = replace(probes, free={str(CONTEXT.data_dir): 0})
    assert by_id(surroundings.check(full, CONTEXT))["axchat.storage"].status is Status.WARN


def test_a_named_configuration_is_the_one_that_is_read() -> None:
    """AXCHAT_CONFIG before XDG_CONFIG_HOME before the home directory."""
    files = {"/x/axchat/config.toml": "a = 1\n", "/named.toml": "a = [\n"}
    probes = FakeProbes(files=files, environ={"XDG_CONFIG_HOME": "/x"})
    assert by_id(surroundings.check(probes, CONTEXT))["axchat.config"].status is Status.OK
    named = replace(probes, environ={"XDG_CONFIG_HOME": "/x", "AXCHAT_CONFIG": "/named.toml"})
    result = by_id(surroundings.check(named, CONTEXT))["axchat.config"]
    assert (result.status, "/named.toml" in result.summary) == (Status.WARN, True)


def test_the_configuration_of_the_machine_is_read_too() -> None:
    """In /etc/xdg, or in the folders of XDG_CONFIG_DIRS; a mistake in it stops every user's commands."""
    files = {"/etc/xdg/axchat/config.toml": "a = [\n", "/far/axchat/config.toml": "a = 1\n"}
    result = by_id(surroundings.check(FakeProbes(files=files), CONTEXT))["axchat.config"]
    assert (result.status, result.summary) == (
        Status.WARN,
        "/etc/xdg/axchat/config.toml:1: not TOML: Invalid value at the end of the file",
    )
    elsewhere = FakeProbes(files=files, environ={"XDG_CONFIG_DIRS": "/near:/far"})
    result = by_id(surroundings.check(elsewhere, CONTEXT))["axchat.config"]
    assert (result.status, result.summary) == (Status.OK, "/far/axchat/config.toml can be read")
