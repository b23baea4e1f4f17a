"""A vendor directory's tokenizer.json, with vocabularies trained here."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from axchat.errors import ModelError
from axchat.tokenizer import huggingface

LINES = ["Hello world, hello token.", "深圳你好", "def f(x): return x"] * 4
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CONFIG = {"bos_token": None, "eos_token": "<|im_end|>", "chat_template": "{{ messages }}"}


def byte_level() -> str:
    """A byte-level BPE in Qwen's style."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        LINES,
        trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=SPECIALS,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    made.add_tokens([AddedToken("<think>", normalized=False)])
    return made.to_str()


def byte_fallback() -> str:
    """A sentencepiece-style BPE as Llama's: a leading space, and bytes for unknown characters."""
    vocabulary = {"<unk>": 0, "</s>": 1} | {f"<0x{byte:02X}>": byte + 2 for byte in range(256)}
    for piece in ["▁", *"Helo", "▁H", "lo"]:
        vocabulary.setdefault(piece, len(vocabulary))
    model = models.BPE(
        vocab=vocabulary,
        merges=[("▁", "H"), ("l", "o")],
        unk_token="<unk>",
        byte_fallback=True,
        fuse_unk=True,
    )
    made = Tokenizer(model)
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    made.add_special_tokens(["</s>"])
    return made.to_str()


TOKENIZERS = {
    "byte-level": huggingface.HuggingFaceTokenizer(byte_level(), eos="<|im_end|>"),
    "byte-fallback": huggingface.HuggingFaceTokenizer(byte_fallback(), eos="</s>"),
}


@pytest.mark.parametrize("kind", TOKENIZERS)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30), size=st.integers(1, 5))
def test_any_text_comes_back_in_any_chunking(kind: str, text: str, size: int) -> None:
    """No replacement character, no lost or added space."""
    tokenizer = TOKENIZERS[kind]
    ids = tokenizer.encode_plain(text)
    detokenizer = tokenizer.detokenizer()
    said = "".join(detokenizer.add(ids[at : at + size]) for at in range(0, len(ids), size))

    # Llama's own normalizer has its mark for a space.
    assert said + detokenizer.finish() == (text if kind == "byte-level" else text.replace("▁", " "))


@pytest.mark.parametrize("text", ["<|im_end|>", "a<|im_start|>b", "<think>x"])
def test_spellings_are_tokens_only_where_they_are_asked_for(text: str) -> None:
    """The same text is control tokens with encode and ordinary text with encode_plain."""
    tokenizer = TOKENIZERS["byte-level"]

    assert set(tokenizer.encode(text)) & set(tokenizer.added.values())
    assert not set(tokenizer.encode_plain(text)) & set(tokenizer.added.values())
    assert tokenizer.decode(tokenizer.encode_plain(text)) == text


def test_special_tokens_are_hidden_and_other_added_ones_shown() -> None:
    """A reasoning mark is text, the end of a turn is not."""
    tokenizer = TOKENIZERS["byte-level"]

    assert tokenizer.decode(tokenizer.encode("<think>a<|im_end|>")) == "<think>a"
    assert tokenizer.decode([-1, 10**6, 2**40]) == ""


def test_bytes_that_are_no_character_are_kept() -> None:
    """A byte-fallback token alone comes out as its byte."""
    tokenizer = TOKENIZERS["byte-fallback"]

    assert tokenizer.decode([0xE6 + 2]).encode("utf-8", "surrogateescape") == b"\xe6"


@pytest.mark.parametrize("place", [".", "qwen2.5_tokenizer"])
def test_a_directory_is_loaded_with_its_specials_and_template(tmp_path: Path, place: str) -> None:
    """Root or tokenizer folder; the ends of an answer come from both configurations."""
    folder = tmp_path / place
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer.json").write_text(byte_level())
    (folder / "tokenizer_config.json").write_text(json.dumps(CONFIG))
    (folder / "generation_config.json").write_text('{"eos_token_id": [2, 0]}')
    tokenizer = huggingface.load(tmp_path)

    assert (tokenizer.bos_id, tokenizer.eos_id, tokenizer.eos_ids) == (-1, 2, {2, 0})
    assert tokenizer.template == "{{ messages }}"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("other.txt", b"", "no tokenizer.json"),
        ("tokenizer.model", b"", "only a sentencepiece tokenizer.model"),
        ("qwen3_tokenizer.txt", b"", "only axllm's own qwen3_tokenizer.txt"),
        ("tokenizer.json", b"version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer"),
        ("tokenizer.json", b'{"model": ', "is broken"),
        ("tokenizer.json", b"[" * 100_000, "is broken"),
        ("tokenizer.json", b"{}", "not a tokenizer"),
    ],
)
def test_an_unusable_directory_is_named_with_its_cause(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """The message says what is there, the hint what to do."""
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ModelError, match=said) as caught:
        huggingface.load(tmp_path)
    assert caught.value.hint


def test_a_link_out_of_the_directory_is_refused(tmp_path: Path) -> None:
    """A downloaded directory cannot make axchat read another file."""
    (tmp_path / "secret.json").write_text(byte_level())
    model = tmp_path / "model"
    model.mkdir()
    (model / "tokenizer.json").symlink_to(tmp_path / "secret.json")

    with pytest.raises(ModelError, match="leads out"):
        huggingface.load(model)


def test_an_absurdly_large_file_is_refused(tmp_path: Path) -> None:
    """A sparse file of 200 MB is not read."""
    with (tmp_path / "tokenizer.json").open("wb") as file:
        file.truncate(200 * 1024 * 1024)

    with pytest.raises(ModelError, match="larger than 100 MiB"):
        huggingface.load(tmp_path)
