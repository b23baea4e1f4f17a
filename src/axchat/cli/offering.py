"""The models that clients of ``axchat serve`` may name: the set one, fetched ones, those with a name here."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from axchat.cli import compose, holding
from axchat.cli.model_names import is_known, names_here
from axchat.config import paths
from axchat.config.load import Loaded
from axchat.errors import AxchatError, ModelError
from axchat.models.catalogue import KNOWN
from axchat.models.registry import Registry
from axchat.models.registry import load as load_names
from axchat.models.store import find
from axchat.server.holder import Known
from axchat.wire.holder import ModelSpec

Fetch = Callable[[str], Path]

_log = logging.getLogger(__name__)


def offered(loaded: Loaded, fetch: Fetch, *, may_have_none: bool) -> Known:
    """The models that may be named, with the settings of each.

    Args:
        loaded: the settings.
        fetch: gives the file of a known model; asked for the set one only, others are there or not offered.
        may_have_none: whether it may be that none is set: whoever asks says what he wants.

    Raises:
        AxchatError: the set model cannot be had.
    """
    try:
        default = holding.spec_of(compose.choose(loaded), loaded.settings, fetch)
    except AxchatError:
        if not may_have_none:
            raise
        return Known(None, "", partial(Offer, loaded, fetch, {}))
    typed = loaded.settings.model
    is_named = typed is not None and "/" not in typed and not is_known(typed) and typed in _names().names()
    name = typed if typed is not None and is_named else default.name
    return Known(default, name, partial(Offer, loaded, fetch, {name: default}))


class Offer(Mapping[str, ModelSpec]):
    """Name to model, each looked at when it is asked for; what cannot be had is as if it had no name.

    A name means what it means for ``-m``, after the set model's own. A path is no name.

    Args:
        loaded: the settings.
        fetch: see ``offered``.
        default: the set model by its name; empty where there is none.
    """

    def __init__(self, loaded: Loaded, fetch: Fetch, default: Mapping[str, ModelSpec]) -> None:
        self._loaded = replace(loaded, look_up=names_here())  # names come and go
        self._fetch = fetch
        self._default = default
        offers_all = loaded.settings.serve_any_model
        self._names = _names() if offers_all else Registry({}, {})
        self._known = KNOWN if offers_all else {}

    def __iter__(self) -> Iterator[str]:
        also = {spec.name: None for spec in self._default.values()}  # its directory's name
        return iter(dict.fromkeys([*self._default, *self._known, *self._names.names(), *also]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, name: str) -> ModelSpec:
        if name in self._default:
            return self._default[name]
        try:
            spec = self._look(name)
        except AxchatError as error:
            raise KeyError(name) from error
        found = spec or next((spec for spec in self._default.values() if spec.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def _look(self, name: str) -> ModelSpec | None:
        """A fetched model or one with a name here; None for other names, and for models of another card.

        Raises:
            AxchatError: it cannot be had.
        """
        path = None if name in self._known else self._names.path_of(name)
        is_fetched = name in self._known and find(KNOWN[name], paths.data_dir()) is not None
        if path is None and not is_fetched:
            return None
        own = compose.of_named(self._loaded, name, None if path is None else str(path))
        if holding.card(own.settings) != holding.card(self._loaded.settings):
            return None
        return holding.spec_of(compose.choose(own), own.settings, self._fetch)


def _names() -> Registry:
    """The names of this machine; none where they cannot be read."""
    try:
        return load_names(paths.data_dir())
    except ModelError as error:
        _log.warning("%s", error.message)
        return Registry({}, {})
