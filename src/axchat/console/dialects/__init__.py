"""One table of readers per console dialect."""

from axchat.console.dialects.axllm import AXLLM as AXLLM
from axchat.console.dialects.context import CONTEXT as CONTEXT
from axchat.console.dialects.legacy import LEGACY as LEGACY
