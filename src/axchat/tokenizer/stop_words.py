"""Stop words in a stream of text: held back while they may be coming, found wherever the text is cut."""

from collections.abc import Iterable


class StopWords:
    """Passes text on up to the first stop word to be complete; of two that end together the longer counts."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(word for word in words if word)
        self._held = ""
        self.found = False

    def add(self, text: str) -> str:
        """Return what can no longer belong to a stop word; nothing from a stop word on."""
        if self.found:
            return ""
        text = self._held + text
        spans = [(at + len(word), at) for word in self._words if (at := text.find(word)) >= 0]
        if spans:
            self.found = True
            self._held = ""
            return text[: min(spans)[1]]
        keep = self._longest_beginning(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """Return what was held back: no stop word came of it."""
        held, self._held = self._held, ""
        return held

    def _longest_beginning(self, text: str) -> int:
        longest = 0
        for word in self._words:
            for size in range(min(len(word) - 1, len(text)), longest, -1):
                if text.endswith(word[:size]):
                    longest = size
                    break
        return longest
