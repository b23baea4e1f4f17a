"""Names of the parts of an AXCL error code, and what is known of single codes.

A code is ``1 | layer(7 bits) | 0x30 | part(8) | error(8)``: 0x8030.... runtime, 0x8130.... native,
0x8230.... lite. Facts: axcl-runtime V3.10.2 headers (axcl_base.h, axcl_rt_*.h), the vendor's online
decoder, and runs of the vendor's own programs without a card.
"""

from typing import NamedTuple


class Part(NamedTuple):
    """One part of a layer: its name and its private errors, number to (name, meaning)."""

    name: str
    errors: dict[int, tuple[str, str]]


class Known(NamedTuple):
    """What experience adds to one code: a lower-case meaning, causes, and what to do."""

    meaning: str
    causes: tuple[str, ...]
    action: str


AXCL_MODULE = 0x30
RUNTIME, NATIVE, LITE = 0x80, 0x81, 0x82
CMM_NO_MEMORY = 0x800B0018
PORT_ALLOCATE = 0x80300186
DEVICE_OPEN = 0x8030010B
BUSY, NO_MEMORY = 0x06, 0x07

LAYERS = {RUNTIME: "runtime", NATIVE: "native", LITE: "lite"}

COMMON: dict[int, tuple[str, str]] = {
    0x00: ("SUCC", "success"),
    0x01: ("FAIL", "it failed without saying why"),
    0x02: ("NULL_POINTER", "a null pointer was passed"),
    0x03: ("ILLEGAL_PARAM", "a parameter is not legal"),
    0x04: ("UNSUPPORT", "not supported"),
    0x05: ("TIMEOUT", "no answer in time"),
    0x06: ("BUSY", "something else is using it"),
    0x07: ("NO_MEMORY", "no memory left"),
    0x08: ("ENCODE", "a message to the card could not be packed"),
    0x09: ("DECODE", "a message from the card could not be unpacked"),
    0x0A: ("UNEXPECT_RESPONSE", "the card answered something unexpected"),
    0x0B: ("OPEN", "it could not be opened"),
    0x0C: ("EXECUTE_FAIL", "execution failed"),
    0x7F: ("BUTT", "the end mark of the common errors"),
}

_STREAM_OR_EVENT = {
    0x81: ("CREATE", "a stream or event could not be created"),
    0x82: ("DESTROY", "a stream or event could not be destroyed"),
    0x83: ("SYNC_TIMEOUT_OR_RECORD", "a stream did not finish in time, or an event could not be recorded"),
    0x84: ("WAIT", "waiting for an event failed"),
}

PARTS: dict[int, dict[int, Part]] = {
    RUNTIME: {
        0x01: Part(
            "DEVICE",
            {
                0x80: ("QUERY_DEVICE", "the driver could not list the cards"),
                0x81: ("NO_CONNECT", "the driver is there but no card is bound to it"),
                0x82: ("PROBE", "probing for cards failed"),
                0x83: ("NOT_ACTIVE", "this program has not taken the card"),
                0x84: ("INVALID_ID", "there is no card with this id"),
                0x85: ("NO_ACTIVE_DEVICE", "this thread has not taken a card"),
                0x86: ("PORT_ALLOCATE", "card refused a port"),
                0x87: ("REBOOT", "the card could not be rebooted"),
                0x88: ("PORT_DESTROY", "a port of the card could not be given back"),
            },
        ),
        0x02: Part(
            "CONTEXT",
            {
                0x81: ("CREATE", "a context could not be created"),
                0x82: ("DESTROY", "a context could not be destroyed"),
                0x83: ("BIND_THREAD", "a context could not be bound to a thread"),
                0x84: ("NO_BIND_CONTEXT", "this thread has no context"),
            },
        ),
        0x03: Part("STREAM_OR_EVENT", _STREAM_OR_EVENT),
        0x04: Part("TASK", {0x81: ("SUBMIT", "a task could not be submitted")}),
        0x05: Part("MEMORY", {0x81: ("NOT_DEVICE_MEMORY", "an address is not memory of the card")}),
        0x06: Part("CONFIG", {0x81: ("LOAD", "the runtime's configuration could not be loaded")}),
        0x07: Part("ENGINE", {0x81: ("INVALID_INDEX", "an index of the model is not valid")}),
        0x08: Part("SYSLOG", {}),
        0x09: Part("SYSCTRL", {}),
        0x0A: Part("LATENCY", {}),
        0x0B: Part(
            "P2P",
            {
                0x03: ("VERIFY_FAIL", "a card-to-card copy did not verify"),
                0x0B: ("INIT", "card-to-card copying could not start"),
                0x0C: ("BWT", "the card-to-card bandwidth test failed"),
            },
        ),
        0x0C: Part(
            "USRWORK",
            {
                0x81: ("OPEN_FILE", "a file for the card could not be opened"),
                0x82: ("EMPTY_FILE", "a file for the card is empty"),
                0x83: ("PROCESS_NOT_FOUND", "the process on the card was not found"),
                0x84: ("INVALID_PATH", "a path on the card is not valid"),
                0x85: ("OPEN_CHANNEL", "a channel to the card could not be opened"),
                0x86: ("SEND_DATA", "data could not be sent to the card"),
                0x87: ("BUFFER_TOO_SMALL", "a buffer is too small"),
            },
        ),
    },
    NATIVE: {
        0x00: Part("SYS", {}),
        0x01: Part("VDEC", {}),
        0x02: Part("VENC", {}),
        0x03: Part("IVPS", {}),
        0x04: Part("IVE", {}),
        0x05: Part("ENGINE", {}),
        0x06: Part("DMADIM", {}),
        0x7F: Part("UNKNOWN", {}),
    },
    LITE: {
        0x00: Part(
            "PPL",
            {
                0x81: ("NOT_STARTED", "the pipeline is not started"),
                0x82: ("CREATE", "the pipeline could not be created"),
                0x83: ("INVALID_PPL", "the pipeline is not valid"),
            },
        ),
        0x07: Part(
            "VENC",
            {
                0x82: ("INVALID_CHN", "a channel is not valid"),
                0x83: ("START_DISPATCH", "dispatching could not start"),
                0x84: ("STOP_DISPATCH", "dispatching could not stop"),
            },
        ),
        0x08: Part(
            "VDEC",
            {
                0x81: ("INVALID_GRP", "a group is not valid"),
                0x82: ("INVALID_CHN", "a channel is not valid"),
                0x83: ("NOT_STARTED", "decoding is not started"),
                0x84: ("NOT_REGISTED", "no receiver is registered"),
                0x85: ("START_DISPATCH", "dispatching could not start"),
                0x86: ("STOP_DISPATCH", "dispatching could not stop"),
            },
        ),
        0x0B: Part("SYS", {0x81: ("NO_LINKED", "the modules are not linked")}),
        0x0D: Part(
            "IVPS",
            {
                0x81: ("INVALID_GRP", "a group is not valid"),
                0x82: ("INVALID_CHN", "a channel is not valid"),
                0x83: ("START_DISPATCH", "dispatching could not start"),
                0x84: ("STOP_DISPATCH", "dispatching could not stop"),
            },
        ),
    },
}

_LOOK_UP = "run: axchat doctor"

# What an error that every part can give usually comes from, where nothing is known of the single code.
USUAL: dict[int, tuple[tuple[str, ...], str]] = {
    0x03: (
        ("a file is missing or is not what the program expects", "program and libraries differ in version"),
        _LOOK_UP,
    ),
    0x04: (("the program was built for another version of AXCL",), _LOOK_UP),
    0x05: (
        ("the card is busy with another program", "the card is dead: its heartbeat stopped"),
        "try once more; then run: axchat doctor",
    ),
    BUSY: (
        ("another program uses the card",),
        "stop other programs that use the card, then run: axchat doctor",
    ),
    NO_MEMORY: (
        ("another model is still loaded", "the model needs more memory than the card has"),
        "stop the other model, then run: axchat doctor",
    ),
    0x08: (("driver, libraries and firmware differ in version",), _LOOK_UP),
    0x09: (
        ("driver, libraries and firmware differ in version", "the card's memory ran out while it loaded"),
        _LOOK_UP,
    ),
    0x0A: (("driver, libraries and firmware differ in version",), _LOOK_UP),
    0x0C: (("the card's own software failed",), "the card's own log says why: axcl-smi log -d 0 -o DIR"),
}

KNOWN: dict[int, Known] = {
    DEVICE_OPEN: Known(
        "the card's device node could not be opened",
        (
            "the driver is not loaded, so /dev/axcl_host does not exist (errno 2 in the log line)",
            "the node's rights keep this user out (errno 13)",
            "/dev/msg_userdev is missing, or the card did not answer the handshake",
        ),
        "look: ls -l /dev/axcl_host /dev/msg_userdev; then run: axchat doctor",
    ),
    0x80300180: Known(
        "the driver could not list the cards",
        ("driver and library versions differ", "the driver failed while it loaded"),
        _LOOK_UP,
    ),
    0x80300181: Known(
        "the driver is there but no card is bound to it",
        (
            "the card is not seated, not powered, or the PCIe port is off",
            "another driver (vfio-pci) holds it, or its interrupt could not be set up",
        ),
        "look: lspci -k -d 1f4b: ; then run: axchat doctor",
    ),
    0x80300183: Known(
        "this program has not taken the card",
        ("a call came before the card was taken, or after it was given back",),
        "look at the first error above it; then run: axchat doctor",
    ),
    0x80300184: Known(
        "there is no card with this id",
        ("ids are PCI bus numbers (1 for 01:00.0), not 0", "the card fell off the bus"),
        _LOOK_UP,
    ),
    0x80300185: Known(
        "this thread has not taken a card",
        ("taking the card failed before; the first error above names the cause",),
        _LOOK_UP,
    ),
    PORT_ALLOCATE: Known(
        "card refused a port",
        (
            "the card did not answer the port request for 50 s: it is dead or still starting",
            "all ports are taken: too many programs, or ports leaked by earlier time-outs",
            '"errno: 1 Operation not permitted" in the log is the driver\'s plain -1: no rights are missing',
        ),
        "stop other programs that use the card, then run: axchat doctor",
    ),
    0x80300187: Known(
        "the card could not be rebooted",
        ("the link to the card is down", "the driver did not start the card"),
        "reboot the machine; if that does not help, switch its power off for ten seconds",
    ),
    0x80300284: Known(
        "this thread has no context",
        ("a follow-up error: taking the card failed before, the first error above names the cause",),
        _LOOK_UP,
    ),
    0x80300703: Known(
        "the model file was not found or is not a model",
        ("the path is relative to another directory", "the file is missing, cut short or a git-lfs pointer"),
        "run: axchat doctor -m DIR",
    ),
    0x8030070C: Known(
        "the NPU failed while it ran the model",
        ("an NPU fault or hang", "the model was compiled for another version of the tools"),
        "try once more; the card's own log says why: axcl-smi log -d 0 -o DIR",
    ),
    0x8030090C: Known(
        "a command on the card failed",
        ("axcl-smi sh ran a command that the card does not have, or it took too long",),
        "check the command given to axcl-smi sh",
    ),
    CMM_NO_MEMORY: Known(
        "the card's memory is used up",
        (
            "another model is still loaded, or its process ended without giving memory back",
            "the model needs more memory than the card has",
        ),
        "stop the other model, then run: axchat doctor",
    ),
}
