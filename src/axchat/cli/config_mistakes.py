"""What is wrong with a setting's value of which the schema knows no more than that it is text."""

from axchat.config.schema import options
from axchat.config.sources import Found
from axchat.deadline import duration
from axchat.engines.registry import refuse_unknown
from axchat.errors import UsageError


def mistake(found: Found) -> str | None:
    """What is wrong with a value that was found, with the setting's key; None where nothing is."""
    key = next(option.key for option in options() if option.name == found.name)
    wrong = mistake_in(key, found.value)
    return None if wrong is None else f"{key}: {wrong}"


def mistake_in(key: str, value: object) -> str | None:
    """What is wrong with the value of a key; None where nothing is."""
    try:
        if key == "engine" and value != "auto":
            refuse_unknown(str(value))
        if key == "keep_alive":
            duration(str(value))
    except UsageError as error:
        return error.message
    except ValueError as error:
        return str(error)
    return None
