"""Pages of reference name what there is: addresses and parameters of the APIs, exit statuses, error ids."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from axchat.config.schema import options
from axchat.config.sources import _OTHER_ENV, _OTHER_ENV_PREFIXES
from axchat.doctor.catalogue import BY_ID
from axchat.server.app import create_app
from axchat.server.schemas.ollama import ChatBody, GenerateBody
from axchat.server.schemas.openai import ChatRequest, CompletionRequest, ForeignParameters
from support.error_docs import errors
from support.page_blocks import ROOT, pages
from support.page_inline import spans

DOCS = ROOT / "docs"
API_PAGES = ("api.md", "api-ollama.md", "serve.md")
NOT_PARAMETERS = {"image_url", "input_audio", "file"}
"""Parts of a message, in a table of parameters."""
NOT_DESCRIBED = {"/api/", "/api/pull"}
"""What is answered with 404 and 501, and is not in the OpenAPI document."""
FILES = ("json", "model", "py", "md", "db", "toml", "log")
"""Endings of names that look like keys."""
UNPLANNED = {0, 1, 141, 143, 129}
"""Statuses that no error class has: success, a bug, signals."""


def rows(page: str) -> Iterator[list[str]]:
    """The cells of every table of a page, heads left out."""
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def addresses() -> set[str]:
    """Every address of the public application; the rest of a path is ``NAME``."""
    anything: Any = object()
    return {re.sub(r"\{.*\}", "NAME", path) for path in create_app(anything).openapi()["paths"]}


def test_every_address_stands_in_a_table_and_every_address_in_a_table_is_there() -> None:
    """Of both APIs, and those for who watches the server."""
    there = addresses()
    named = {span for page in API_PAGES for cells in rows(page) for span in spans(cells[0])}
    paths = {path for span in named for path in re.findall(r"/[\w./]*", span)}
    text = " ".join(span for page in API_PAGES for span in spans((DOCS / page).read_text(encoding="utf-8")))
    assert {path for path in there if not re.search(rf"{path}\b|^{path} ", text) and path != "/"} == set()
    assert {path for path in paths if path.startswith(("/v1", "/api"))} - there == NOT_DESCRIBED


@pytest.mark.parametrize(
    ("page", "models"),
    [("api.md", (ChatRequest, CompletionRequest)), ("api-ollama.md", (ChatBody, GenerateBody))],
)
def test_every_parameter_is_told_what_becomes_of_it(page: str, models: tuple[Any, ...]) -> None:
    """By its name or by the ``*`` at its end; of other servers' parameters the page names some."""
    fields = {name for model in models for name in model.model_fields} - set(ForeignParameters.model_fields)
    known = {re.split(r"[.:]", span)[0] for span in spans((DOCS / page).read_text(encoding="utf-8"))}
    beginnings = tuple(name[:-1] for name in known if name.endswith("*"))
    assert {name for name in fields if name not in known and not name.startswith(beginnings or "-")} == set()


def test_every_parameter_in_the_table_of_openais_api_is_taken() -> None:
    """A name that the server would refuse as unknown is not documented as one that it takes."""
    taken = {*ChatRequest.model_fields, *CompletionRequest.model_fields} | NOT_PARAMETERS
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    table = text[text.index("## Parameters") : text.index("## Answers")]
    named = {
        re.split(r"[.:]", span)[0]
        for line in table.splitlines()
        if line.startswith("| `")
        for span in spans(line.split("|")[1])
    }
    assert {name for name in named if not name.endswith("*")} - taken == set()


def test_every_exit_status_is_in_the_table_and_every_one_in_the_table_can_be() -> None:
    """The first table: one row a status, or several in one."""
    first = []
    for cells in rows("exit-codes.md"):
        if cells[0].startswith("`"):
            break
        first += [int(code) for code in re.findall(r"\d+", cells[0])]
    assert len(first) == len(set(first))
    assert set(first) == {kind.exit_status for kind in errors()} | UNPLANNED


def test_ids_beside_a_status_have_that_status() -> None:
    """Where a table of the page gives an id with its exit status and its HTTP status."""
    statuses = {kind.id: (str(kind.exit_status), str(kind.http_status)) for kind in errors()}
    told = [cells for cells in rows("exit-codes.md") if len(cells) == 4 and cells[1].isdigit()]
    assert told
    assert [cells[0] for cells in told if tuple(cells[1:3]) != statuses[cells[0].strip("`")]] == []


def test_every_variable_and_every_setting_that_is_named_is_one() -> None:
    """``AXCHAT_...`` anywhere, and dotted keys between backticks whose first part is a table of settings."""
    known = {option.env for option in options()} | set(_OTHER_ENV)
    keys = {option.key for option in options()}
    tables = {key.split(".")[0] for key in keys if "." in key}
    wrong = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"\bAXCHAT_[A-Z][A-Z_]*[A-Z]\b", text))
        wrong += [name for name in named - known if not name.startswith(_OTHER_ENV_PREFIXES)]
        dotted = (re.match(r"([a-z]+)\.([a-z_]+)(?: = .*)?$", span) for span in spans(text))
        named = {f"{it[1]}.{it[2]}" for it in dotted if it and it[1] in tables and it[2] not in FILES}
        wrong += sorted(named - keys - set(BY_ID))
    assert wrong == []
