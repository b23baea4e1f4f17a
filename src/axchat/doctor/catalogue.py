"""All that the doctor can report: each id with its layer, question, statuses, and where the cure lies.

The table in docs/doctor.md is made from this (``python -m axchat.doctor.catalogue``).
"""

from typing import NamedTuple

LAYERS = (
    "host",
    "bus",
    "link",
    "driver",
    "firmware",
    "nodes",
    "permission",
    "port",
    "card",
    "process",
    "memory",
    "model files",
    "runner",
    "tokenizer",
    "CPU engine",
    "axchat",
)
"""In the order of the report."""


class Entry(NamedTuple):
    """One id.

    Attributes:
        id: stable, ``group.thing``.
        layer: one of ``LAYERS``.
        check: the check (registry) that reports it.
        asks: what it looks at, one question.
        statuses: all that it can be.
        hint: where its hint points; "" when it never needs one.
        exits: exit statuses of its failures.
    """

    id: str
    layer: str
    check: str
    asks: str
    statuses: tuple[str, ...]
    hint: str = ""
    exits: tuple[int, ...] = ()


def _entry(row: str) -> Entry:
    name, layer, check, statuses, exits, hint, asks = (part.strip() for part in row.split("|"))
    numbers = tuple(int(number) for number in exits.split())
    return Entry(name, layer, check, asks, tuple(statuses.split()), hint, numbers)


# id | layer | check | statuses | exit statuses of failures | where the hint points | what it looks at
_ROWS = """
host.machine | host | host | ok fail | 5 | a 64-bit arm64 or x86-64 system | is there a runner for this kind of machine, and is the system 64-bit?
host.page-size | host | host | ok skip | | | which size has a memory page? (16 KiB on a Pi 5 is fine)
host.container | host | host | ok warn fail | 5 6 | the devices and folders to pass in | was this container given the card's nodes, and may it open them?
host.selinux | host | host | ok fail | 6 | a policy for the nodes | does SELinux keep this user from nodes that are open to all?
host.suspend | host | host | ok fail | 8 | mask the sleep targets, then restart | was the host asleep, and is the card dead since?
host.power | host | power | ok warn fail skip | 8 | the supply to use | was the supply too weak (Raspberry Pi)? Warns while the card lives
host.iommu | host | dma | ok fail | 8 | iommu=pt, or a newer host package | does an IOMMU translate for a driver older than V3.4.0?
host.memory | host | dma | ok fail skip | 8 | more contiguous memory | did the kernel refuse the driver contiguous memory?
host.secure-boot | host | secure-boot | ok fail | 5 | sign the modules, or turn Secure Boot off | does Secure Boot keep a built driver from being loaded?
pci.pi5-port | bus | raspberry | ok fail | 5 | dtparam=pciex1 | is the Pi 5's PCIe port on?
pci.device | bus | pci | ok fail skip | 5 | seat the card again with the power off | is a card (1f4b:0650) on the PCI bus?
pci.link | link | pci | ok warn fail | 8 | restart; power off; reseat | does it answer there now? Warns when slower or narrower than card and slot can; one lane is normal on a Pi 5
pci.interrupts | link | dma | ok | | | which CPU serves the card?
pci.pi5-msi | driver | raspberry | ok fail | 5 | dtoverlay=pciex1-compat-pi5,no-mip | does an old driver lack interrupts on a Pi 5?
pci.driver | driver | pci | ok fail skip | 5 | the driver's lines in the kernel log; unbind vfio | has the driver `ax_pcie_dev_host` taken it?
driver.package | driver | package | ok fail skip | 5 | install axclhost | is the card's software installed?
driver.build | driver | package | ok fail skip | 5 | kernel headers, then build again | did building the driver for this kernel fail?
driver.vermagic | driver | package | ok fail skip | 5 | build again for this kernel | is the driver on disk made for this kernel?
driver.path | driver | package | ok warn | | the full path of axcl-smi | does PATH find `axcl-smi`?
driver.modules | driver | modules | ok fail skip | 5 7 | modprobe, or wait while it starts | are the five modules built for this kernel and loaded, and is the driver done with starting the card?
driver.versions | driver | versions | ok warn fail skip | 8 | one version for all, then power off | are driver, library, `axcl-smi` and firmware of one version, and is the loaded driver the one on disk?
driver.crash | driver | liveness | fail | 8 | restart; a newer host package | did the driver crash in the kernel?
driver.firmware | firmware | firmware | ok warn fail skip | 8 | install axclhost again | is the firmware file there and whole? Warns while the card lives
card.handshake | firmware | liveness | ok fail skip | 8 | power off for ten seconds | did the card finish its start?
driver.nodes | nodes | nodes | ok warn fail skip | 5 6 8 | modprobe; the udev rule | do `/dev/axcl_host`, `msg_userdev`, `ax_mmb_dev`, `p2p` exist, and may this user open them?
card.ports | port | liveness | ok fail | 7 8 | stop programs; restart the card | does the card grant ports?
card.heartbeat | card | liveness | ok fail skip | 8 | the recovery steps, gentlest first | do the logs call the card dead?
card.answers | card | axcl-smi | ok warn fail skip | 5 6 7 8 | what fits its answer | does `axcl-smi` list every card? Its exit code is always 0, so its text is judged
card.temperature | card | axcl-smi | ok warn skip | | air for the card | is the card at 90 °C or more?
card.last-run | card | last-run | ok warn skip | | the card's own log | does the runtime's log end with an NPU fault or with full card memory?
card.holders | process | holders | ok warn skip | | kill PID of what is left over | who has the card open; is one of them left over?
card.memory | memory | axcl-smi | ok warn skip | | restart the card | is card memory in use that no process holds? 18 MiB are usual
model.memory | memory | runner | ok warn fail skip | 7 | stop the other model | does the model fit into the card's free memory?
model.directory | model files | model-dir | ok fail skip | 4 | -m DIR | is the path a model directory?
model.files | model files | model-dir | ok | | | is everything there that the run script or `config.json` names?
model.script-unusable | model files | model-dir | fail | 4 | another script of the directory | no script for this machine, or one that is not a single runner command
model.file-missing | model files | model-dir | fail | 4 | download it | a layer, the embeddings or another named file is not there
model.empty-file | model files | model-dir | fail | 4 | download it again | a named file has 0 bytes
model.empty-config | model files | model-dir | fail | 4 | download it again | an axllm directory's `config.json` has 0 bytes
model.lfs-pointer | model files | model-dir | fail | 4 | git lfs pull | a git-lfs pointer lies in the file's place
model.truncated | model files | runner | fail | 4 | download it again | a layer is shorter than the others
model.incomplete | model files | runner | ok warn | | finish the download | do unfinished downloads lie in the directory?
model.unreadable | model files | model-dir | fail | 4 | who owns it | this user cannot read a named file
model.wrong-kind | model files | model-dir | fail | 4 | download it again | a directory where a file should be, or the reverse
model.bad-template | model files | model-dir | fail | 4 | mend the script | the layer template or the number of layers makes no sense
model.leaves-directory | model files | model-dir | fail | 4 | mend the script | the script names a path outside its directory; it is not followed
model.runner-missing | runner | model-dir | fail | 4 | download the runner | the runner that the script starts is not there
model.not-executable | runner | model-dir | fail | 4 | chmod +x FILE | the runner lost its executable bit, as downloads do
model.not-a-program | runner | model-dir | fail | 4 | download it again | the runner is not a program (a saved web page, for example)
model.wrong-machine | runner | model-dir | fail | 4 | the runner for this machine | the runner is built for another kind of machine
model.noexec | runner | runner | ok fail | 4 | move it to another disk | is the disk mounted so that no program starts from it?
model.libraries | runner | runner | ok fail skip | 4 | ldconfig, or the missing package | are the libraries there that the runner needs?
model.glibc | runner | runner | ok fail skip | 4 | a newer system | is the system's glibc new enough for the runner?
model.tokenizer-port | tokenizer | model-dir | fail | 9 | make the ports agree | a tokenizer runs, but on another port than the script asks
model.tokenizer | tokenizer | model-dir | ok warn fail | 9 | start the tokenizer | does a tokenizer answer at the script's address, or can axchat serve the model's tokenizer.json? Warns when the directory holds a server to start
cpu.package | CPU engine | cpu-engine | ok warn fail skip | 9 | pip install 'axchat[cpu]' | is `xllamacpp` installed? Fails only with `--engine cpu`
cpu.libgomp | CPU engine | cpu-engine | ok warn fail | 9 | install libgomp1 | is the system library libgomp there? Fails only with `--engine cpu`
cpu.instructions | CPU engine | cpu-engine | ok warn fail skip | 9 | another machine | does an x86 CPU have AVX2? Fails only with `--engine cpu`
cpu.model | CPU engine | cpu-engine | ok warn | | axchat models pull smollm2 | is the small model there?
host.runtime-log | host | surroundings | ok warn | | remove it as its owner | can the vendor's runtime write its log?
host.port-8000 | host | surroundings | ok warn | | stop the services | do StackFlow's services hold the port?
host.proxy | host | surroundings | ok warn | | export no_proxy=localhost,127.0.0.1 | does a proxy get requests to this machine?
axchat.holder | axchat | holder | ok warn fail | 7 9 | axchat stop --now | does axchat's own background process live and answer, is it of this version, did its last request work, what has it loaded? A socket that was left behind is fine
axchat.runtime-folder | axchat | holder | ok fail | 9 | chmod 700 of the folder | is the folder of the holder's socket this user's alone?
axchat.other-users | axchat | holder | ok warn | | ask that user, or share one holder | does another user run `axchat serve`? Warns when that one has the card
axchat.config | axchat | surroundings | ok warn | | mend the line | is the configuration file valid TOML?
axchat.storage | axchat | surroundings | ok warn skip | | owner, mount, free room | can models and histories be kept?
"""  # noqa: E501 - a table

ENTRIES = tuple(_entry(row) for row in _ROWS.strip().splitlines())
BY_ID = {entry.id: entry for entry in ENTRIES}


def layer_of(result_id: str, exit_status: int = 0) -> str:
    """The layer that an id belongs to; a node that is closed to the user is a matter of permission.

    An id that is not in the catalogue is a crashed check: a bug in ``axchat``.
    """
    if result_id == "driver.nodes" and exit_status == 6:
        return "permission"
    entry = BY_ID.get(result_id)
    return entry.layer if entry else "axchat"


def as_markdown() -> str:
    """The table of docs/doctor.md."""
    lines = ["| id | layer | looks at | can be | fails with | hint points to |", "| --- " * 6 + "|"]
    for layer in LAYERS:
        for entry in ENTRIES:
            if entry.layer == layer:
                exits = ", ".join(map(str, entry.exits))
                cells = (f"`{entry.id}`", layer, entry.asks, " ".join(entry.statuses), exits, entry.hint)
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(as_markdown())  # noqa: T201 - this is how the table is made
