"""What one run of ``axllm`` holds: its settings and the parts that its steps share."""

from typing import NamedTuple

from axchat.standin import clock, faults, script, streams, trace
from axchat.standin.axllm.config import Config
from axchat.standin.axllm.log import Log
from axchat.standin.session import Device


class Parts(NamedTuple):
    """The parts of a run; ``log`` also writes to ``output``."""

    config: Config
    script: script.Script
    faults: faults.Faults
    output: streams.Output
    log: Log
    interrupts: clock.Waits
    device: Device
    trace: trace.Trace
