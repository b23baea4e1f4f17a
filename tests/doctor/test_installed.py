"""What is installed of the card's software."""

import gzip
import lzma

import pytest

from axchat.doctor.child import RunResult
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.installed import (
    Package,
    container_kind,
    driver_version,
    find_package,
    module_bytes,
    module_fact,
    modules_on_disk,
    numbers,
    short_version,
    version_in,
)

KO = b"\x7fELF\0vermagic=6.1.0 SMP mod_unload\0srcversion=ABC\0[AXCL version]: axcl_host V3.6.5_20250908 x"
DPKG = """\
Package: axclhost
Status: install ok half-configured
Version: 3.6.5-m5stack1
Depends: dkms

Package: other
Status: install ok installed
Version: 1
"""


@pytest.mark.parametrize("pack", [bytes, lzma.compress, gzip.compress])
def test_modules_are_read_plain_and_packed(pack: object) -> None:
    """As kmod installs them."""
    assert callable(pack)
    content = module_bytes(FakeProbes(files={"/m.ko": pack(KO)}), "/m.ko")
    assert module_fact(content, "vermagic") == "6.1.0 SMP mod_unload"
    assert module_fact(content, "srcversion") == "ABC"
    assert module_fact(content, "missing") is None
    assert version_in(content) == "V3.6.5"


@pytest.mark.parametrize("content", [b"", b"\xfd7zXZ\x00broken", b"\x1f\x8bbroken", b"\x28\xb5\x2f\xfdzstd"])
def test_what_cannot_be_unpacked_tells_nothing(content: bytes) -> None:
    """Broken files, and a packing without a reader."""
    assert version_in(module_bytes(FakeProbes(files={"/m.ko": content}), "/m.ko")) is None


def test_modules_are_found_wherever_packages_put_them() -> None:
    """extra, DKMS, weak-updates; with dashes or underscores, packed or not; other modules are left out."""
    root = "/lib/modules/6.1"
    files: dict[str, bytes | str] = {
        f"{root}/extra/axcl_host.ko": b"",
        f"{root}/updates/dkms/ax_pcie_msg.ko.zst": b"",
        f"{root}/weak-updates/axcl/ax-pcie-mmb.ko.xz": b"",
        f"{root}/extra/other.ko": b"",
        f"{root}/extra/axcl_host.txt": b"",
    }
    found = modules_on_disk(FakeProbes(files=files), "6.1")
    assert set(found) == {"axcl_host", "ax_pcie_msg", "ax_pcie_mmb"}
    assert found["axcl_host"] == f"{root}/extra/axcl_host.ko"


@pytest.mark.parametrize(
    ("probes", "package"),
    [
        (
            FakeProbes(files={"/var/lib/dpkg/status": DPKG}),
            Package("axclhost", "3.6.5-m5stack1", "half-configured"),
        ),
        (FakeProbes(files={"/var/lib/dpkg/status": DPKG.replace("half-configured", "config-files")}), None),
        (FakeProbes(files={"/var/lib/dpkg/status": DPKG.replace("axclhost", "axclhosting")}), None),
        (FakeProbes(), None),
        (
            FakeProbes(
                path={"rpm": "/bin/rpm"},
                programs={"rpm -q axcl_host": RunResult(output="axcl_host-3.10.2-1.x86_64\n", exit_code=0)},
            ),
            Package("axcl_host", "3.10.2-1.x86_64", "installed"),
        ),
        (
            FakeProbes(
                path={"rpm": "/bin/rpm"},
                programs={
                    "rpm -q axcl_host": RunResult(output="package axcl_host is not installed", exit_code=1)
                },
            ),
            None,
        ),
        (
            FakeProbes(
                path={"dpkg-query": "/usr/bin/dpkg-query"},
                programs={
                    "dpkg-query -W -f=${Status} ${Version} axclhost": RunResult(
                        output="install ok installed 3.6.4", exit_code=0
                    )
                },
            ),
            Package("axclhost", "3.6.4", "installed"),
        ),
    ],
)
def test_the_package_is_found(probes: FakeProbes, package: Package | None) -> None:
    """In dpkg's own list, else by asking rpm or dpkg; leftovers of configuration are no package."""
    assert find_package(probes) == package


def test_the_drivers_version_is_that_on_disk_else_the_packages() -> None:
    """For the running kernel."""
    module = {"/lib/modules/6.12.62+rpt-rpi-2712/extra/axcl_host.ko": KO.replace(b"V3.6.5", b"V2.25.0")}
    package = {"/var/lib/dpkg/status": DPKG}
    assert driver_version(FakeProbes(files=module | package)) == "V2.25.0"
    assert driver_version(FakeProbes(files=package)) == "V3.6.5"
    assert driver_version(FakeProbes()) is None


def test_versions_are_compared_as_numbers() -> None:
    """V3.10 is newer than V3.6."""
    assert numbers("V3.10.2") > numbers("V3.6.5") > numbers("V2.25.0")
    assert short_version("V3.6.5_20250908154509") == short_version("3.6.5-m5stack1") == "V3.6.5"
    assert short_version("--") is short_version(None) is None


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"/.dockerenv": ""}, "docker"),
        ({"/run/.containerenv": ""}, "podman"),
        ({"/run/systemd/container": "lxc\n"}, "lxc"),
        ({"/proc/1/environ": "PATH=/bin\0container=systemd-nspawn\0TERM=x"}, "systemd-nspawn"),
        ({"/proc/1/cgroup": "12:pids:/kubepods/pod1\n"}, "kubepods"),
        ({"/proc/1/cgroup": "0::/init.scope\n", "/proc/1/environ": "HOME=/"}, None),
        ({}, None),
    ],
)
def test_containers_are_told_apart(files: dict[str, bytes | str], kind: str | None) -> None:
    """By the marks that each leaves."""
    assert container_kind(FakeProbes(files=files)) == kind
