"""Puts a holder together from settings, and lives it."""

import contextlib
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axchat.cli import holding
from axchat.cli.context import AppContext
from axchat.cli.offering import offered
from axchat.config import paths
from axchat.config.load import Loaded
from axchat.config.schema import Settings
from axchat.config.serve_key import serve_key
from axchat.errors import UsageError
from axchat.server.activation import listen_sockets
from axchat.server.holder import Holder
from axchat.server.life import Plan, hold, report
from axchat.server.listen import is_loopback, listen_tcp
from axchat.server.sd_notify import notify
from axchat.server.security import Rules, hosts_of, origins_of
from axchat.server.tally import Tally
from axchat.server.waiting import Limits
from axchat.ui.stderr import Reporter
from axchat.wire.holder import ModelSpec

INLINE = "inline"
"""Where ``<think>`` blocks go over HTTP: the setting serve.reasoning."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What ``axchat serve`` was told.

    Attributes:
        loaded: the settings.
        fetch: gives the file of a known model.
        host: for TCP; None listens on the Unix socket only.
        port: for TCP; 0 is any free one.
        is_insecure: another address than loopback without a key is meant.
        is_background: started by a command; ends when nothing is loaded.
        report_fd: where to tell that it listens; None tells nobody.
    """

    loaded: Loaded
    fetch: Callable[[str], Path]
    host: str | None
    port: int
    is_insecure: bool
    is_background: bool
    report_fd: int | None


def live(serving: Serving, context: AppContext, reporter: Reporter) -> None:
    """Be the holder until told to end.

    Raises:
        AxchatError: it cannot listen, or another holder has the card.
    """
    settings = serving.loaded.settings
    limits = Limits(
        settings.serve_max_queue,
        settings.serve_max_wait_s,
        holding.seconds(settings.keep_alive, serving.loaded.origins["keep_alive"]),
        keep_alive_of=keep_alive_of(serving.loaded),
    )
    rules, tally = _rules(serving, context.env), Tally()
    with contextlib.ExitStack() as stack:
        handed = _handed_over(stack)
        may_have_none = serving.is_background or handed is not None
        known = offered(serving.loaded, serving.fetch, may_have_none=may_have_none)
        tcp = []
        if serving.host is not None:
            tcp = [stack.enter_context(listen_tcp(serving.host, serving.port))]
        if serving.is_background:
            os.chdir("/")  # a background process must not keep a disk from being unmounted
        where = holding.place(settings, context.env)
        hold(
            Plan(
                place=where,
                device=holding.card(settings),
                build=holding.build_spec,
                known=known,
                make_public=lambda holder: _public(holder, settings, rules, tally),
                meter=tally,
                load_times=paths.state_dir() / "load-times.json",
                limits=limits,
                is_background=serving.is_background,
                tcp=tcp,
                unix=handed,
                on_ready=lambda: _tell_ready(serving, where.socket, tcp, reporter),
            )
        )


def _handed_over(stack: contextlib.ExitStack) -> socket.socket | None:
    """The Unix socket at which systemd listens for us, if it started us.

    Raises:
        UsageError: it handed over another kind: TCP takes --host and --port, which ask for a key.
    """
    handed = [stack.enter_context(found) for found in listen_sockets(os.environ, os.getpid())]
    if len(handed) > 1 or any(found.family != socket.AF_UNIX for found in handed):
        raise UsageError("the socket unit may have one Unix socket only", hint="for TCP: --host and --port")
    return handed[0] if handed else None


def keep_alive_of(loaded: Loaded) -> Callable[[ModelSpec], float]:
    """How long each model stays loaded, in seconds.

    Raises:
        ConfigError: a time is none, of whatever model.
    """
    for found in (found for layer in loaded.layers for found in layer):
        if found.name == "keep_alive":
            holding.seconds(str(found.value), found.origin)

    def keep_alive_s(spec: ModelSpec) -> float:
        own = loaded.for_model(spec.name, spec.path)
        return holding.seconds(own.settings.keep_alive, own.origins["keep_alive"])

    return keep_alive_s


def _rules(serving: Serving, env: Mapping[str, str]) -> Rules:
    """What requests over TCP need.

    Raises:
        UsageError: everybody could use the card.
        ConfigError: the key cannot be read.
    """
    settings = serving.loaded.settings
    file = settings.serve_key_file
    key = serve_key(None if file is None else paths.expanded(file), env)
    host = serving.host
    is_open = host is not None and not is_loopback(host)
    if is_open and key is None and not serving.is_insecure:
        raise UsageError(
            f"whoever reaches {host} could use the card",
            hint="set a key: --key-file FILE or AXCHAT_SERVE_KEY; without one: --insecure",
        )
    return Rules(
        key=None if key is None else key.encode("ascii"),
        hosts=None if is_open else hosts_of([host] if host else []),
        origins=origins_of(settings.serve_origins),
    )


def _public(holder: Holder, settings: Settings, rules: Rules, tally: Tally) -> Any:
    from axchat.server.app import ApiOptions, create_public

    options = ApiOptions(settings.serve_reasoning == INLINE, rules, holding.card(settings), tally)
    return create_public(holder, options)


def _tell_ready(serving: Serving, path: Path, tcp: list[socket.socket], reporter: Reporter) -> None:
    if serving.report_fd is not None:
        report(serving.report_fd)
    else:
        reporter.line(f"listening at {path}")
        for listener in tcp:
            host, port = listener.getsockname()[:2]
            reporter.line(f"listening at http://{f'[{host}]' if ':' in host else host}:{port}")
    notify("READY=1")  # behind the lines: who waits for it has read where to ask
