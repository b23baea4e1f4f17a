"""Images that came in a request, as files for the engine; gone when the answer is over."""

import base64
import re
import shutil
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from axchat.errors import Interrupted

_DATA_URL = re.compile(r"data:image/([a-z]+);base64,")


class ImageFiles:
    """A private folder (0700) for one request's images, made with the first one; a context manager.

    Images are written in a thread that nobody can stop: one that still writes when its client has gone is
    waited for, and the next one is refused.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        self._folder: Path | None = None
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was written; may be called twice."""
        with self._lock:
            self._is_closed = True
            folder, self._folder = self._folder, None
            if folder is not None:
                shutil.rmtree(folder)

    def write(self, url: str) -> str:
        """Write the image of a ``data:`` URL that was checked before (``schemas.openai_messages.IMAGE_URL``).

        Returns:
            The path of the file, named for the image's kind.

        Raises:
            Interrupted: the request is over.
        """
        begin = _DATA_URL.match(url)
        assert begin is not None, "the body was checked"
        with self._lock:
            if self._is_closed:
                raise Interrupted("the request is over")
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="axchat-images-"))
            self._count += 1
            path = self._folder / f"{self._count}.{begin[1]}"
            path.write_bytes(base64.b64decode(url[begin.end() :], validate=True))
        return str(path)
