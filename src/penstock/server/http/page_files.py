"""The files of the web UI: read once and kept in memory, so that no request's path ever reaches the disk."""

import asyncio
import gzip
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "ui_dist"
"""Where the build of the web UI is put, in a clone and in the wheel alike."""
INDEX = "index.html"

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_COMPRESSED_ALREADY = frozenset({".ico", ".png", ".webp", ".woff2"})
_WORTH_COMPRESSING = 1024
"""Smaller files, in bytes, travel in one packet either way."""


class PageFile:
    """One file, as it is sent."""

    def __init__(self, name: str, body: bytes) -> None:
        suffix = Path(name).suffix
        self.body = body
        self.media_type = _MEDIA_TYPES.get(suffix, "application/octet-stream")
        self.tag = hashlib.sha256(body).hexdigest()[:32]
        self.compresses = suffix not in _COMPRESSED_ALREADY and len(body) >= _WORTH_COMPRESSING
        self._compressed: bytes | None = None

    async def compressed(self) -> bytes:
        """The body by gzip, made when it is first asked for, while others are served."""
        if self._compressed is None:
            self._compressed = await asyncio.to_thread(gzip.compress, self.body, 9, mtime=0)
        return self._compressed


def is_built(folder: Path | None = None) -> bool:
    """Whether there is a build of the web UI, in this folder or in the package."""
    return (folder or FOLDER).joinpath(INDEX).is_file()


def read_page_files(folder: Path) -> dict[str, PageFile]:
    """All files of a build by their names in it, such as `assets/index-x.js`; none where there is no build.

    What is hidden is left out, and so is what a link names outside of the folder.
    """
    if not is_built(folder):
        return {}
    return {name: PageFile(name, path.read_bytes()) for name, path in _walk(folder)}


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    root = folder.resolve()
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(place, name) for name in names if not name.startswith(".")):
            if path.resolve().is_relative_to(root):
                yield path.relative_to(folder).as_posix(), path
