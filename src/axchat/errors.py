"""Every error that axchat raises on purpose; imports nothing, so that all may import it.

* AxchatError
    * UsageError                 what was asked cannot be done as asked
        * PromptRefused          this engine cannot carry this prompt
        * Forbidden              this client may not ask here
        * KeyRefused             the API key is missing or wrong
        * BodyRefused            a request's body is too large, too slow, or too deep
        * NotSupported           axchat does not do this at all
        * ModelChoice            a repository holds several models and one has to be named
    * ConfigError                a setting is wrong; names its source and key
    * ModelError                 model directory or file missing or unusable
        * SourceNotFound         the server has no such repository, revision or file
        * SourceRefused          the server wants a token, or terms that were not accepted
        * SourceUnreachable      no connection, a server that fails, or one that asks to wait
        * DownloadDamaged        what came is not what the server says it is
    * DeviceError
        * NoDevice               no card, or no driver for it
        * DevicePermission       the card's nodes may not be opened
        * DeviceBusy             something else holds the card
            * QueueFull          too many requests wait for it
            * QueueTimeout       the request waited too long for its turn
            * HolderStopping     the holder ends and takes no more requests
        * DeviceFailed           dead card, refused port, NPU fault
    * EngineFault
        * EngineUnavailable      the engine cannot run on this machine
        * RunnerFailed           the runner crashed or said something it may not say
        * RunnerTimeout          no answer in time
        * TokenizerFault         the tokenizer service is missing or answers badly
        * HolderFailed           the background process that owns the card cannot be started or reached
            * HolderOutdated     it is of another version, idle, and makes room
    * ContextOverflow            the prompt does not fit the context
    * Truncated                  the answer reached the token limit (only with --strict)
    * NoCodeBlock                the answer has none of what --extract was to take out of it
    * Interrupted                the user stopped it

Anything else that reaches the user is a bug and keeps its traceback.
"""


class AxchatError(Exception):
    """A failure with a cause the user can act on.

    Attributes:
        id: stable name for programs and documentation.
        exit_status: what the command line exits with (table in docs/exit-codes.md).
        http_status: what the HTTP server answers with.
        message: one line, lower-case, names the cause.
        hint: the next command or action, or None.
        facts: values behind the message, for ``--json``.
    """

    id = "error"
    exit_status = 1
    http_status = 500

    def __init__(self, message: str, *, hint: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts

    def as_dict(self) -> dict[str, object]:
        """The error as JSON-ready values: id, message, hint, exit_status, facts."""
        return {
            "id": self.id,
            "message": self.message,
            "hint": self.hint,
            "exit_status": self.exit_status,
            "facts": self.facts,
        }


class UsageError(AxchatError):
    """What was asked cannot be done as asked."""

    id = "usage"
    exit_status = 2
    http_status = 400


class PromptRefused(UsageError):
    """This engine cannot carry this prompt; nothing was sent."""

    id = "prompt-refused"


class NotSupported(UsageError):
    """Something of another program's API that axchat does not do at all."""

    id = "not-supported"
    http_status = 501


class ModelChoice(UsageError):
    """A repository holds several models for this machine; nothing was fetched."""

    id = "model-choice"


class Forbidden(UsageError):
    """This client may not ask here; nothing was read."""

    id = "forbidden"
    http_status = 403


class KeyRefused(UsageError):
    """The API key is missing or wrong."""

    id = "key-refused"
    http_status = 401


class BodyRefused(UsageError):
    """A request's body is too large, too slow, or too deep; it was not parsed."""

    id = "body-refused"

    def __init__(self, message: str, *, http_status: int = 400, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.http_status = http_status


class ConfigError(AxchatError):
    """A setting is wrong; the message names its source and key."""

    id = "config"
    exit_status = 3


class ModelError(AxchatError):
    """The model directory or file is missing or unusable."""

    id = "model"
    exit_status = 4
    http_status = 404


class SourceNotFound(ModelError):
    """The server has no such repository, revision or file."""

    id = "source-not-found"


class SourceRefused(ModelError):
    """The server wants a token, or terms that this account has not accepted."""

    id = "source-refused"
    http_status = 403


class SourceUnreachable(ModelError):
    """The server cannot be reached, fails, or asks to come back later."""

    id = "source-unreachable"
    http_status = 503


class DownloadDamaged(ModelError):
    """What came is not what the server says it is; it was deleted and nothing else was touched."""

    id = "download-damaged"
    http_status = 502


class DeviceError(AxchatError):
    """The card cannot be used."""

    id = "device"
    exit_status = 8
    http_status = 503


class NoDevice(DeviceError):
    """No card is there, or no driver is bound to it."""

    id = "no-device"
    exit_status = 5


class DevicePermission(DeviceError):
    """The card's device nodes may not be opened by this user."""

    id = "device-permission"
    exit_status = 6


class DeviceBusy(DeviceError):
    """Another process holds the card or its memory."""

    id = "device-busy"
    exit_status = 7


class QueueFull(DeviceBusy):
    """Too many requests wait for the card; this one was not taken."""

    id = "queue-full"
    http_status = 429


class QueueTimeout(DeviceBusy):
    """The request waited as long as it may for its turn; nothing was generated."""

    id = "queue-timeout"


class HolderStopping(DeviceBusy):
    """The holder was told to stop before this request's turn; nothing was generated."""

    id = "holder-stopping"


class DeviceFailed(DeviceError):
    """The card is dead, refuses ports, or its NPU failed."""

    id = "device-failed"


class EngineFault(AxchatError):
    """The engine failed; the request got no full answer."""

    id = "engine"
    exit_status = 9
    http_status = 502


class EngineUnavailable(EngineFault):
    """The engine cannot run on this machine (a library or an instruction set is missing)."""

    id = "engine-unavailable"
    http_status = 503


class RunnerFailed(EngineFault):
    """The runner ended early, crashed, or broke its own protocol."""

    id = "runner-failed"


class RunnerTimeout(EngineFault):
    """The runner did not answer in time."""

    id = "runner-timeout"
    http_status = 504


class TokenizerFault(EngineFault):
    """The tokenizer service that the runner needs is missing or answers badly."""

    id = "tokenizer"


class HolderFailed(EngineFault):
    """The background process that owns the card cannot be started or reached."""

    id = "holder"


class HolderOutdated(HolderFailed):
    """The holder is of another version than the command that asks; it is idle and can be ended."""

    id = "holder-version"
    http_status = 409


class ContextOverflow(AxchatError):
    """The prompt does not fit the model's context."""

    id = "context-overflow"
    exit_status = 10
    http_status = 400


class Truncated(AxchatError):
    """The answer stopped at the token limit; only an error with ``--strict``."""

    id = "truncated"
    exit_status = 11


class NoCodeBlock(AxchatError):
    """The answer has no code block, and only that was asked for (``--extract``)."""

    id = "no-code-block"
    exit_status = 13


class Interrupted(AxchatError):
    """The user stopped the command."""

    id = "interrupted"
    exit_status = 130
    http_status = 499


class StoreError(AxchatError):
    """The store of conversations cannot be used; a chat goes on without it."""

    id = "store"
    exit_status = 12


class StoreLocked(StoreError):
    """Another program holds it."""

    id = "store-locked"


class StoreReadOnly(StoreError):
    """It cannot be made or written."""

    id = "store-read-only"


class StoreFull(StoreError):
    """There is no room for what is to be stored."""

    id = "store-full"


class StoreCorrupt(StoreError):
    """The file is damaged, or another program's."""

    id = "store-corrupt"


class StoreNewer(StoreError):
    """A newer axchat has changed the file."""

    id = "store-newer"


class ConversationUnknown(StoreError):
    """No stored conversation has this name."""

    id = "conversation-unknown"
