"""Puts a holder together from settings, and lives it."""

import contextlib
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axchat.cli import compose, holding
from axchat.cli.context import AppContext
from axchat.config import paths
from axchat.config.load import Loaded
from axchat.errors import AxchatError
from axchat.models.catalogue import KNOWN
from axchat.models.store import find
from axchat.server.holder import Holder, Models
from axchat.server.life import Plan, hold, report
from axchat.server.listen import is_loopback, listen_tcp
from axchat.server.owner import Limits
from axchat.ui.stderr import Reporter
from axchat.wire.holder import ModelSpec


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
    )
    known = _known(serving)
    with contextlib.ExitStack() as stack:
        tcp = []
        if serving.host is not None:
            tcp = [stack.enter_context(_tcp(serving, context.env))]
        if serving.is_background:
            os.chdir("/")  # a background process must not keep a disk from being unmounted
        where = holding.place(settings, context.env)
        hold(
            Plan(
                place=where,
                device=holding.card(settings),
                build=holding.build_spec,
                known=known,
                make_public=lambda holder: _public(holder, settings),
                load_times=paths.state_dir() / "load-times.json",
                limits=limits,
                is_background=serving.is_background,
                tcp=tcp,
                on_ready=lambda: _tell_ready(serving, where.socket, tcp, reporter),
            )
        )


def _known(serving: Serving) -> Models:
    """The models that clients may name: the one that is set, and those that were fetched."""
    settings = serving.loaded.settings
    try:
        first = [holding.spec_of(compose.choose(serving.loaded), settings, serving.fetch)]
    except AxchatError:
        if not serving.is_background:
            raise
        first = []  # whoever asks says what he wants

    def models() -> list[ModelSpec]:
        here = (name for name, model in KNOWN.items() if find(model, paths.data_dir()) is not None)
        return first + [
            holding.spec_of(compose.Choice("cpu", name, ""), settings, serving.fetch) for name in here
        ]

    return models


def _tcp(serving: Serving, env: Mapping[str, str]) -> socket.socket:
    assert serving.host is not None
    _ = is_loopback, env
    return listen_tcp(serving.host, serving.port)


def _public(holder: Holder, settings: Any) -> Any:
    from axchat.server.app import ApiOptions, create_app

    return create_app(holder, ApiOptions(reasoning_inline=settings.serve_reasoning == "inline"))


def _tell_ready(serving: Serving, path: Path, tcp: list[socket.socket], reporter: Reporter) -> None:
    if serving.report_fd is not None:
        report(serving.report_fd)
        return
    reporter.line(f"listening at {path}")
    for listener in tcp:
        host, port = listener.getsockname()[:2]
        reporter.line(f"listening at http://{f'[{host}]' if ':' in host else host}:{port}")
