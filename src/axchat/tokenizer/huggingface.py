"""A vendor model directory's ``tokenizer.json`` as a ``Tokenizer``, by Hugging Face's ``tokenizers``."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from axchat.errors import ModelError
from axchat.tokenizer import vendor_files
from axchat.tokenizer.base import NO_ID
from axchat.tokenizer.components import refuse_dangerous
from axchat.tokenizer.detokenizer import ByteDetokenizer
from axchat.tokenizer.pieces import byte_alphabet, piece_bytes, piece_reader

if TYPE_CHECKING:
    import tokenizers


class HuggingFaceTokenizer:
    """The vocabulary of one model.

    Args:
        text: the text of ``tokenizer.json``.
        bos: spelling of the token that begins a text, or None.
        eos: spelling of the token that ends an answer, or None.
        more_eos_ids: further ids that end an answer (generation_config.json).
        template: the chat template, or None.

    Raises:
        ModelError: the text is broken or of a kind that is not read.
    """

    def __init__(
        self,
        text: str,
        *,
        bos: str | None = None,
        eos: str | None = None,
        more_eos_ids: Sequence[int] = (),
        template: str | None = None,
    ) -> None:
        self._source: dict[str, Any] = json.loads(text)
        refuse_dangerous(self._source)
        self._whole = _load(text)
        self._plain: tokenizers.Tokenizer | None = None
        self._kind, self._strip = piece_reader(self._source.get("decoder"))
        self._alphabet = byte_alphabet()
        tokens = self._whole.get_added_tokens_decoder()
        self.added = {token.content: number for number, token in tokens.items()}
        self.special = frozenset(token.content for token in tokens.values() if token.special)
        self._hidden = {number for number, token in tokens.items() if token.special}
        self.bos_id = self._id_of(bos)
        self.eos_id = self._id_of(eos)
        self.bos_token, self.eos_token = bos or "", eos or ""
        self.eos_ids = frozenset(number for number in (self.eos_id, *more_eos_ids) if number >= 0)
        self.template = template
        self._bytes: dict[int, bytes] = {}

    def encode(self, text: str) -> list[int]:
        """Return the ids of ``text``; added tokens' spellings become their ids, nothing is put around.

        Raises:
            ModelError: the vocabulary cannot write it, as a broken file's cannot.
        """
        return _ids(self._whole, text)

    def encode_plain(self, text: str) -> list[int]:
        """Return the ids of ``text`` with every spelling taken as ordinary text."""
        if not any(spelling in text for spelling in self.added):
            return self.encode(text)
        if self._plain is None:
            self._plain = _load(json.dumps(self._source | {"added_tokens": [], "post_processor": None}))
        ids = _ids(self._plain, text)
        if not set(self.added.values()).isdisjoint(ids):
            # The model itself knows the spelling: letters one by one cannot become it.
            return [number for letter in text for number in _ids(self._plain, letter)]
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ``ids``; special tokens are hidden."""
        detokenizer = self.detokenizer()
        return detokenizer.add(ids) + detokenizer.finish()

    def detokenizer(self) -> ByteDetokenizer:
        """Return a new detokenizer, at the start of an answer."""
        return ByteDetokenizer(self._bytes_of, strip_spaces=self._strip)

    def _bytes_of(self, number: int) -> bytes:
        if number not in self._bytes:
            known = 0 <= number < 2**32 and number not in self._hidden
            piece = self._whole.id_to_token(number) if known else None
            self._bytes[number] = piece_bytes(piece, self._kind, self._alphabet) if piece else b""
        return self._bytes[number]

    def _id_of(self, spelling: str | None) -> int:
        number = self._whole.token_to_id(spelling) if spelling else None
        return NO_ID if number is None else int(number)


def load(directory: Path) -> HuggingFaceTokenizer:
    """Load the tokenizer of a vendor's model directory.

    Raises:
        ModelError: it has no usable ``tokenizer.json``; the hint says what to do.
    """
    folder = vendor_files.find_folder(directory)
    path = folder / vendor_files.NAME
    vendor_files.read_object(path, vendor_files.MAX_TOKENIZER_BYTES)
    text = vendor_files.read_file(path, vendor_files.MAX_TOKENIZER_BYTES).decode()
    files = vendor_files.read_side_files(directory, folder)
    named = files["special_tokens_map.json"] | files["tokenizer_config.json"]
    generation = files["generation_config.json"].get("eos_token_id")
    more = generation if isinstance(generation, list) else [generation]
    try:
        return HuggingFaceTokenizer(
            text,
            bos=_spelling(named.get("bos_token")),
            eos=_spelling(named.get("eos_token")),
            more_eos_ids=[number for number in more if type(number) is int],
            template=vendor_files.read_template(directory, folder, files["tokenizer_config.json"]),
        )
    except ModelError as error:
        raise ModelError(f"{path}: {error.message}", hint=error.hint) from error


def _load(text: str) -> "tokenizers.Tokenizer":
    import tokenizers

    with _told("not a tokenizer"):
        loaded = tokenizers.Tokenizer.from_str(text)
        loaded.no_truncation()
        loaded.no_padding()
    return loaded


def _ids(tokenizer: "tokenizers.Tokenizer", text: str) -> list[int]:
    with _told("the model's tokenizer.json cannot write this text"):
        return list(tokenizer.encode(_valid(text), add_special_tokens=False).ids)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """The library raises plain Exception, and a PanicException, which is none, where a file surprises it."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        raise ModelError(f"{what}: {error}", hint="download it again") from error


def _spelling(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else None


def _valid(text: str) -> str:
    """Surrogates stand for bytes that no vocabulary can take as text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
