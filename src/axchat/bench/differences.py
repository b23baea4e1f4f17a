"""What else is not the same between two reports: a change may come from there; pure."""

from collections.abc import Iterator

from axchat.bench.reading import Json, SavedModel, host_of, is_complete, models, number, text_of

MUCH = 0.05
"""Numbers of a host (clock rates, sizes) that differ by no larger share are the same."""

MUCH_CELSIUS = 5.0
"""Cards throttle by temperature; fewer degrees are the weather."""

_UNITS = {"_c": "°C", "_mib": "MiB", "_mhz": "MHz", "_s": "s"}

DEEPEST = 8
"""No fact is nested deeper; what is comes from somebody who tries."""

_VOLATILE = frozenset({"at", "free", "used", "available", "uptime", "hostname", "pid", "bus"})
"""Words in the names of facts that differ from minute to minute, or say nothing of speed."""

_WARMTH = frozenset({"temperature", "temperatures", "temp", "celsius"})


def differences(a: Json, b: Json) -> tuple[str, ...]:
    """A line for each: stopped reports, versions, facts of the host, what the bench was told to do."""
    lines = [
        f"{name} was stopped before its end; what it has is compared"
        for name, document in (("A", a), ("B", b))
        if not is_complete(document)
    ]
    lines += _told("axchat", text_of(a, "axchat_version") or None, text_of(b, "axchat_version") or None)
    return (*lines, *_host(host_of(a), host_of(b)), *_settings(a, b))


def _host(a: Json, b: Json) -> Iterator[str]:
    for name in dict.fromkeys((*a, *b)):
        first, second = a.get(name), b.get(name)
        if bool(first) != bool(second) and isinstance(first or second, dict):
            there, missing = ("A", "B") if first else ("B", "A")
            yield f"{_named((name,))}: known of {there}, not of {missing}"
            continue
        of_a, of_b = dict(_leaves(first, (name,))), dict(_leaves(second, (name,)))
        for path in dict.fromkeys((*of_a, *of_b)):
            if not _words(path) & _VOLATILE:
                yield from _told(_named(path), of_a.get(path), of_b.get(path), _words(path))


def _settings(a: Json, b: Json) -> Iterator[str]:
    of_b = {(model.model, model.engine): model for model in models(b)}
    for model in models(a):
        other = of_b.get((model.model, model.engine))
        if other is not None:
            yield from _of_model(model, other)


def _of_model(a: SavedModel, b: SavedModel) -> Iterator[str]:
    of_a, of_b = dict(_leaves(a.settings)), dict(_leaves(b.settings))
    for path in dict.fromkeys((*of_a, *of_b)):
        if of_a.get(path) != of_b.get(path):
            yield f"{a.model}, {_named(path)}: {_shown(of_a.get(path))} in A, {_shown(of_b.get(path))} in B"


def _told(name: str, a: object, b: object, words: frozenset[str] = frozenset()) -> Iterator[str]:
    if not _is_same(a, b, words):
        yield f"{name}: {_shown(a)} in A, {_shown(b)} in B"


def _is_same(a: object, b: object, words: frozenset[str]) -> bool:
    of_a, of_b = number(a), number(b)
    if of_a is None or of_b is None:
        return a == b
    if words & _WARMTH:
        return abs(of_a - of_b) <= MUCH_CELSIUS
    return abs(of_a - of_b) <= MUCH * max(abs(of_a), abs(of_b))


def _leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every value that holds no other, by the names on the way to it; null is as if it were not there."""
    if len(path) >= DEEPEST:
        yield path, "(more)"
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, str(place)))
    elif value is not None:
        yield path, value


def _named(path: tuple[str, ...]) -> str:
    """The way to a fact in words; its unit, which ends its name, in brackets."""
    words = " ".join(path)
    for end, unit in _UNITS.items():
        if words.endswith(end):
            return f"{words.removesuffix(end).replace('_', ' ')} ({unit})"
    return words.replace("_", " ")


def _words(path: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for name in path for word in name.lower().split("_"))


def _shown(value: object) -> str:
    return "unknown" if value is None else str(value)
