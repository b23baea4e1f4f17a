"""``axchat models fit``; the card is a planted directory, what it says was recorded."""

import json
from pathlib import Path

import pytest
import typer

from axchat.cli.context import AppContext
from axchat.cli.models_fit import fit, tell_fit
from axchat.doctor.rooted import RootedProbes
from axchat.errors import ModelError
from support.host_tree import host
from support.named_models import axllm_model, holding, named, with_cmm


@pytest.fixture
def qwen(tmp_path: Path) -> Path:
    """A model with 2000 MiB of weights."""
    folder = axllm_model(tmp_path / "vendor" / "Qwen", weights_mib=2000)
    named(folder, "qwen")
    return folder


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A Raspberry Pi 5 with an idle 8 GB card."""
    return host("pi5").plant(tmp_path / "pi")


def fit_on(root: Path, name: str | None = None) -> None:
    """``axchat models fit`` on the machine that lies in a directory."""
    tell_fit(AppContext(), name, None, json=False, probes=RootedProbes(root))


@pytest.mark.usefixtures("qwen")
def test_without_a_card_it_judges_for_idle_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of each size, and says so; the vendor's models are there too."""
    fit_on(tmp_path)
    out, err = capsys.readouterr()
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in out.splitlines()}
    assert rows["qwen"] == ["2600 MiB", "fits", "fits", "fits"]
    assert rows["qwen3-4b"] == ["6142 MiB", "does not fit", "fits", "fits"]
    assert "no card answers, so this is for idle cards of 4 GB (2926 MiB), 8 GB (7022 MiB)" in err


@pytest.mark.usefixtures("qwen")
def test_the_cards_free_memory_counts(card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As axcl-smi tells it, with the sum of the one that was named."""
    fit_on(card, "qwen")
    out, err = capsys.readouterr()
    assert out == "qwen\t2600 MiB\tfits\n"
    assert "free: 7022 MiB (axcl-smi, card 0, 7040 MiB in all)" in err
    assert "now: fits: weights 2000 + 30 % = 2600 MiB; 128 MiB are kept; free 7022 MiB" in err


@pytest.mark.parametrize(
    ("used", "verdict", "status"), [(4000, "fits", 0), (4400, "tight", 0), (5000, "does not fit", 4)]
)
def test_a_full_card_is_seen(
    qwen: Path, card: Path, capsys: pytest.CaptureFixture[str], used: int, verdict: str, status: int
) -> None:
    """What does not fit ends with 4, so that a script can ask before it loads."""
    with_cmm(card, used)
    try:
        fit_on(card, str(qwen))
        ended = 0
    except typer.Exit as end:
        ended = end.exit_code
    assert capsys.readouterr().out == f"qwen\t2600 MiB\t{verdict}\n"
    assert ended == status


def test_what_the_holder_has_is_unloaded_first(
    qwen: Path, card: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So there are two judgements: now, and for an idle card."""
    with_cmm(card, 5000)
    other = axllm_model(qwen.parent / "Other")
    with holding(other):
        fit_on(card, "qwen")
    out, err = capsys.readouterr()
    assert out == "qwen\t2600 MiB\tdoes not fit\tfits\n"
    assert "the holder has Other on the card and unloads it before another" in err


def test_what_is_loaded_fits(qwen: Path, card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Though the card has no room for it twice."""
    with_cmm(card, 6900)
    with holding(qwen):
        fit_on(card, "qwen")
        named_out, err = capsys.readouterr()
        fit_on(card)
        assert capsys.readouterr().out.startswith(named_out)
    assert named_out == "qwen\t2600 MiB\tfits\tfits\n"
    assert "now: fits: it is loaded; 140 MiB are left beside it" in err


@pytest.mark.usefixtures("qwen")
def test_a_number_takes_the_cards_place(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is asked then."""
    fit("qwen", free=2500, json=True)
    value = json.loads(capsys.readouterr().out)
    assert (value["free_mib"], value["source"]) == (2500, "--free")
    [judged] = value["models"]
    assert judged["fits"]["now"] == {
        "verdict": "tight",
        "needed_mib": 2600,
        "weights_mib": 2000,
        "published_mib": None,
        "kept_mib": 128,
        "free_mib": 2500,
        "is_loaded": False,
    }


def test_a_published_load_counts_where_it_was_larger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Small models with a long context need more than 30 % beside their weights."""
    named(axllm_model(tmp_path / "Qwen3-0.6B", weights_mib=890))
    fit("Qwen3-0.6B", free=2000)
    out, err = capsys.readouterr()
    assert out == "Qwen3-0.6B\t1954 MiB\ttight\n"
    assert "published 1954 MiB" in err


def test_known_trouble_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With its source, for a model that is not here too."""
    fit("qwen3-1.7b", free=7022)
    assert "https://github.com/AXERA-TECH/ax-llm/issues/21" in capsys.readouterr().err


def test_what_is_not_known_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    """No number is made up."""
    fit("gemma-4-e2b-it", free=7022)
    out, err = capsys.readouterr()
    assert out == "gemma-4-e2b-it\t?\tunknown\n"
    assert "now: unknown: the size of the weights is not known" in err
    assert "endless garbage" in err


def test_what_does_not_run_on_the_card_is_refused(tmp_path: Path) -> None:
    """A GGUF file is the processor's."""
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError, match="does not run on the card"):
        fit(str(tmp_path / "tiny.gguf"), free=7022)
