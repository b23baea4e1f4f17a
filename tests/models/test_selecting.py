"""What is chosen from a repository, and what has to be asked first."""

import pytest

from axchat.errors import ModelChoice, ModelError
from axchat.models.hub_files import HubFile, Listing
from axchat.models.selecting import EXCLUDED, OTHER_MODEL, Selection, Wishes, select
from axchat.models.vendor_files import ANOTHER_HOST, EXAMPLE, FURNITURE, ON_CHIP
from support.hub_server import REPO, vendor_files

AARCH64, X86 = "axcl_aarch64", "axcl_x86"
TWO_MODELS = ("int4-ax650/x_l0_together.axmodel", "int8-ax650/x_l0_together.axmodel")
STARTS = ("main_axcl_aarch64", "run_x_axcl_aarch64.sh")


def listing(*paths: str, repo: str = "AXERA-TECH/Some", size: int = 1000) -> Listing:
    """A repository of files of this size."""
    return Listing(repo, "main", "c" * 40, "https://hub", tuple(HubFile(path, size) for path in paths))


def whole() -> Listing:
    """A real repository's names."""
    return listing(*vendor_files(), repo=REPO)


def paths(selection: Selection) -> set[str]:
    """What is fetched."""
    return {file.path for file in selection.files}


def reasons(selection: Selection) -> dict[str, set[str]]:
    """What is not, and why."""
    return {why: {file.path for file in left} for why, left in selection.left_out.items()}


@pytest.mark.parametrize(("arch", "mine", "other"), [(AARCH64, "aarch64", "x86"), (X86, "x86", "aarch64")])
def test_each_host_gets_its_own(arch: str, mine: str, other: str) -> None:
    """The host's runner, script, weights and tokenizer are chosen, and nothing for others."""
    selection = select(whole(), arch, Wishes())
    assert {f"main_axcl_{mine}", f"run_qwen2.5_1.5b_gptq_int4_axcl_{mine}.sh"} < paths(selection)
    assert "qwen/qwen2_p128_l3_together.axmodel" in paths(selection)
    assert "qwen2.5_tokenizer/tokenizer.json" in paths(selection)
    assert reasons(selection) == {
        ANOTHER_HOST: {f"main_axcl_{other}", f"run_qwen2.5_1.5b_gptq_int4_axcl_{other}.sh"},
        ON_CHIP: {"main_prefill", "run_qwen2.5_1.5b_gptq_int4_ax650.sh"},
        EXAMPLE: {"ssd_car.jpg"},
        FURNITURE: {".gitattributes"},
    }
    assert selection.model == ""


def test_several_models_are_listed_with_their_sizes() -> None:
    """Two quantisations are not fetched both; each line is the option that chooses it."""
    with pytest.raises(ModelChoice, match="holds 2 models") as caught:
        select(listing(*TWO_MODELS, *STARTS, size=1_200_000_000), AARCH64, Wishes())
    assert caught.value.facts["choices"] == [
        "  1.1 GiB  --include 'int4-ax650/*'",
        "  1.1 GiB  --include 'int8-ax650/*'",
    ]


@pytest.mark.parametrize("pattern", ["int8-ax650/*", "int8-ax650", "int8-ax650/", "*int8*"])
def test_one_of_several_is_included(pattern: str) -> None:
    """--include takes one of them, with what serves them all."""
    selection = select(listing(*TWO_MODELS, *STARTS), AARCH64, Wishes(include=(pattern,)))
    assert paths(selection) == {TWO_MODELS[1], *STARTS}
    assert reasons(selection) == {OTHER_MODEL: {TWO_MODELS[0]}}


def test_one_of_several_is_excluded() -> None:
    """--exclude of all but one chooses as well."""
    selection = select(listing(*TWO_MODELS, *STARTS), AARCH64, Wishes(exclude=("int4*",)))
    assert paths(selection) == {TWO_MODELS[1], *STARTS}
    assert reasons(selection) == {EXCLUDED: {TWO_MODELS[0]}}


def test_include_adds_what_rules_leave_out() -> None:
    """A picture is fetched when it is named, and the rest as always."""
    selection = select(whole(), AARCH64, Wishes(include=("*.jpg",)))
    assert paths(selection) == paths(select(whole(), AARCH64, Wishes())) | {"ssd_car.jpg"}


def test_everything_can_be_had() -> None:
    """--include '*' takes all, whatever the host."""
    assert paths(select(whole(), None, Wishes(include=("*",)))) == set(vendor_files())


def test_a_repository_without_a_runner_for_the_host_is_refused() -> None:
    """Runners for x86 only are told to a host with aarch64 before gigabytes come."""
    repo = listing("main_axcl_x86", "run_v_axcl_x86.sh", "main_ax650", "run_v_ax650.sh", "v/x_l0_a.axmodel")
    assert "main_axcl_x86" in paths(select(repo, X86, Wishes()))
    with pytest.raises(ModelError, match="a host with aarch64") as caught:
        select(repo, AARCH64, Wishes())
    assert "run_v_axcl_x86.sh" in (caught.value.hint or "")
    assert "run_v_ax650.sh" not in (caught.value.hint or "")


def test_a_repository_for_another_chip_is_refused() -> None:
    """A chip in the repository's name is not the card's: nothing in the files says so."""
    with pytest.raises(ModelError, match="for the AX637"):
        select(listing("x_l0_a.axmodel", "config.json", repo="AXERA-TECH/Qwen3-0.6B-AX637"), X86, Wishes())
    select(listing("x_l0_a.axmodel", "config.json", repo="AXERA-TECH/Qwen3.5-4B-AX650-C128"), X86, Wishes())


def test_a_repository_of_examples_is_refused() -> None:
    """Without a run script and a config.json nothing starts the model."""
    with pytest.raises(ModelError, match="nothing that starts its model") as caught:
        select(listing("infer.py", "m_axmodel/x_l0_a.axmodel"), AARCH64, Wishes())
    assert "no run_*.sh and no config.json" in (caught.value.hint or "")


def test_a_machine_without_runners_is_told() -> None:
    """Another processor needs --arch or everything."""
    with pytest.raises(ModelError, match="no runner for this machine"):
        select(whole(), None, Wishes())


def test_the_newer_form_needs_no_runner() -> None:
    """A flat directory with a config.json is whole without a program."""
    repo = listing("config.json", "x_p128_l0_together.axmodel", "x_tokenizer.txt", "README.md")
    assert len(paths(select(repo, AARCH64, Wishes()))) == 4


def test_a_model_in_a_folder_is_opened_there() -> None:
    """When the run script or config.json is below, so is the model directory."""
    repo = listing("README.md", "int4/config.json", "int4/x_l0_a.axmodel")
    assert select(repo, AARCH64, Wishes()).model == "int4"


def test_nothing_that_runs_here() -> None:
    """Weights for other programs are refused, and come only when they are named."""
    repo = listing("model.safetensors", "config.json")
    with pytest.raises(ModelError, match=r"no \.axmodel and no \.gguf"):
        select(repo, AARCH64, Wishes())
    assert paths(select(repo, AARCH64, Wishes(include=("*.safetensors",)))) == {"model.safetensors"}


def test_nothing_left() -> None:
    """Excluding everything is told."""
    with pytest.raises(ModelError, match="nothing is left"):
        select(whole(), AARCH64, Wishes(exclude=("*",), include=("x",)))


GGUF = listing("a-Q4_K_M.gguf", "a-Q8_0.gguf", "mmproj-a.gguf", "README.md", "config.json", repo="x/a-GGUF")


@pytest.mark.parametrize("named", ["Q4_K_M", "q4_k_m", "a-Q4_K_M.gguf"])
def test_a_gguf_is_named(named: str) -> None:
    """The quantisation or the file chooses; the model is that file."""
    selection = select(GGUF, None, Wishes(named=named))
    assert paths(selection) == {"a-Q4_K_M.gguf", "README.md"}
    assert selection.model == selection.pattern == "a-Q4_K_M.gguf"


def test_no_gguf_is_left() -> None:
    """Excluding every one of them is told, with the options that did it."""
    with pytest.raises(ModelError, match="nothing is left of x/a-GGUF") as caught:
        select(GGUF, None, Wishes(exclude=("*.gguf",)))
    assert caught.value.hint == "see --include and --exclude"


def test_gguf_files_are_listed_with_their_sizes() -> None:
    """Without a name, or with a wrong one, the quantisations are listed and nothing is fetched."""
    for wishes in (Wishes(), Wishes(named="Q5_K_M")):
        with pytest.raises(ModelChoice) as caught:
            select(GGUF, None, wishes)
        assert caught.value.facts["choices"] == [
            "   1000 B  Q4_K_M  a-Q4_K_M.gguf",
            "   1000 B  Q8_0  a-Q8_0.gguf",
        ]
        assert "axchat models pull x/a-GGUF:QUANT" in (caught.value.hint or "")


def test_a_gguf_is_included_or_the_only_one() -> None:
    """Patterns choose like names, and one alone needs no choice."""
    assert paths(select(GGUF, None, Wishes(include=("*Q8_0*",)))) == {"a-Q8_0.gguf", "README.md"}
    assert paths(select(GGUF, None, Wishes(exclude=("*Q8_0*",)))) == {"a-Q4_K_M.gguf", "README.md"}
    assert paths(select(GGUF, None, Wishes(named="Q8_0", include=("mmproj*",)))) == {
        "a-Q8_0.gguf",
        "mmproj-a.gguf",
        "README.md",
    }


def test_a_quantisation_of_axmodels_is_a_folder() -> None:
    """A vendor's repository has no GGUF to choose by name."""
    with pytest.raises(ModelChoice, match="no GGUF"):
        select(whole(), AARCH64, Wishes(named="Q4_0"))
