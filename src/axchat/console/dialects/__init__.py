"""One table of readers per console dialect."""

from axchat.console.dialects.legacy import LEGACY as LEGACY
