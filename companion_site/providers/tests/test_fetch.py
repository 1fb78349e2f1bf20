import hashlib
import io
import os
import socket
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from companion_site.core.ports import free_port
from companion_site.providers.embedded import catalogue
from companion_site.providers.embedded.catalogue import ModelFile, UrlSource, WheelPart, WheelSource, is_verified
from companion_site.providers.embedded.fetch import FetchFailed, fetch
from companion_site.providers.embedded.progress import Progress

DATA = bytes(range(256)) * 4096


class FileServer(BaseHTTPRequestHandler):
    """Serves DATA; `breaks` connections break off after a third, `ranges` says whether it can go on."""

    breaks = 0
    ranges = True
    data = DATA
    asked: list[str]

    def do_GET(self):
        start = 0
        self.asked.append(self.headers.get("Range", ""))
        if self.ranges and (wanted := self.headers.get("Range")):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(self.data) - 1}/{len(self.data)}")
        else:
            self.send_response(200)
        body = self.data[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if type(self).breaks:
            type(self).breaks -= 1
            body = body[: len(DATA) // 3]
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def served():
    handler = type("Handler", (FileServer,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    handler.url = f"http://127.0.0.1:{server.server_port}/file"
    yield handler
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _cache(settings, tmp_path, monkeypatch):
    settings.MODEL_CACHE_DIR = tmp_path / "models"
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def a_file(*where, data=DATA, name="tiny.gguf"):
    return ModelFile(name, "Tiny", len(data), hashlib.sha256(data).hexdigest(), "MIT", ("en",), tuple(where))


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_once_and_then_known(served):
    file = a_file(UrlSource(served.url))

    assert fetch(file, io.StringIO()) is True
    assert fetch(file, io.StringIO()) is False

    assert file.path.read_bytes() == DATA
    assert served.asked == [""]
    assert files_in(file.path.parent) == ["tiny.gguf", "tiny.gguf.lock", "tiny.gguf.verified"]


def test_a_broken_download_goes_on_where_it_stopped(served):
    served.breaks = 2
    file = a_file(UrlSource(served.url))

    fetch(file, io.StringIO())

    third = len(DATA) // 3
    assert file.path.read_bytes() == DATA
    assert served.asked == ["", f"bytes={third}-", f"bytes={2 * third}-"]


def test_what_an_interrupted_run_left_is_used(served):
    file = a_file(UrlSource(served.url))
    file.path.parent.mkdir()
    file.beside(".part-url").write_bytes(DATA[:1000])

    fetch(file, io.StringIO())

    assert file.path.read_bytes() == DATA
    assert served.asked == ["bytes=1000-"]


def test_a_server_without_ranges_sends_everything_again(served):
    served.ranges = False
    file = a_file(UrlSource(served.url))
    file.path.parent.mkdir()
    file.beside(".part-url").write_bytes(b"x" * 1000)

    fetch(file, io.StringIO())

    assert file.path.read_bytes() == DATA


@pytest.mark.parametrize("wrong", [DATA[:-1] + b"!", DATA + b"more"], ids=["other bytes", "too long"])
def test_wrong_bytes_are_never_installed(served, wrong):
    served.data = wrong
    file = a_file(UrlSource(served.url))

    with pytest.raises(FetchFailed) as caught:
        fetch(file, io.StringIO())

    assert not file.path.exists()
    assert not is_verified(file)
    assert file.sha256 in str(caught.value)


def test_the_next_source_is_tried_when_one_does_not_answer(served):
    dead = UrlSource(f"http://127.0.0.1:{free_port('127.0.0.1', 18500)}/file")
    file = a_file(dead, UrlSource(served.url))
    out = io.StringIO()

    fetch(file, out)

    assert file.path.read_bytes() == DATA
    assert "does not answer" in out.getvalue()


def test_a_machine_without_a_name_server_fails_soon(monkeypatch):
    def no_name(*args):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", no_name)

    with pytest.raises(FetchFailed, match="no name server answers"):
        fetch(a_file(UrlSource("https://models.example/file")), io.StringIO())


def test_a_file_put_there_by_hand_is_checked_and_taken():
    file = a_file()
    file.path.parent.mkdir()
    file.path.write_bytes(DATA)

    assert fetch(file, io.StringIO()) is True

    assert is_verified(file)


def test_a_changed_file_is_noticed_without_reading_it():
    file = a_file()
    file.path.parent.mkdir()
    file.path.write_bytes(DATA)
    fetch(file, io.StringIO())

    os.utime(file.path, (1, 1))

    assert not is_verified(file)


def wheel(folder, number, data):
    name = f"tiny_part{number}-1.0-py3-none-any.whl"
    info = f"tiny_part{number}-1.0.dist-info"
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr(f"tiny_part{number}/data.bin", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    content = (folder / name).read_bytes()
    return WheelPart(
        package=f"tiny-part{number}==1.0",
        sha256=hashlib.sha256(content).hexdigest(),
        wheel_size=len(content),
        member=f"tiny_part{number}/data.bin",
        size=len(data),
    )


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder of wheels in place of a package index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def test_parts_are_read_out_of_wheels_and_put_together(index):
    middle = len(DATA) // 2
    parts = (wheel(index, 1, DATA[:middle]), wheel(index, 2, DATA[middle:]))
    file = a_file(WheelSource(parts))

    fetch(file, io.StringIO())

    assert file.path.read_bytes() == DATA
    assert files_in(file.path.parent) == ["tiny.gguf", "tiny.gguf.lock", "tiny.gguf.verified"]


def test_only_missing_parts_are_fetched_again(index):
    middle = len(DATA) // 2
    parts = (wheel(index, 1, DATA[:middle]), wheel(index, 2, DATA[middle:]))
    file = a_file(WheelSource(parts))
    file.path.parent.mkdir()
    file.beside(".part-wheels").write_bytes(DATA[: middle + 100])
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()

    fetch(file, io.StringIO())

    assert file.path.read_bytes() == DATA


def test_a_wheel_with_another_checksum_is_refused(index):
    part = wheel(index, 1, DATA)
    wheel(index, 1, DATA[::-1])

    with pytest.raises(FetchFailed, match="pip"):
        fetch(a_file(WheelSource((part,))), io.StringIO())


def test_an_index_without_the_package_is_a_plain_word(index):
    part = WheelPart("no-such-package==1.0", "0" * 64, 10, "x/data.bin", 10)

    with pytest.raises(FetchFailed, match="package index: pip"):
        fetch(a_file(WheelSource((part,))), io.StringIO())


def test_a_full_disk_is_said_before_anything_is_fetched(served, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10))

    with pytest.raises(FetchFailed, match="MODEL_CACHE_DIR"):
        fetch(a_file(UrlSource(served.url)), io.StringIO())

    assert served.asked == []


def test_the_catalogue_is_whole(settings):
    chat = catalogue.chat_model_file()
    _, files = catalogue.read_catalogue(Path(settings.FIXTURES_DIR) / "models.yaml")

    assert (chat.size, chat.licence) == (491_400_064, "Apache-2.0")
    for file in files.values():
        for source in file.sources:
            if isinstance(source, WheelSource):
                assert sum(part.size for part in source.parts) == file.size
        assert len(file.sha256) == 64


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_a_bar_on_a_terminal_and_lines_in_a_log():
    terminal, log = Terminal(), io.StringIO()

    for out in (terminal, log):
        with Progress("Tiny", 1_000_000, out) as progress:
            for done in range(0, 1_000_001, 50_000):
                progress.update(done)

    assert terminal.getvalue().endswith("100% 1/1 MB\x1b[K\n")
    assert log.getvalue().splitlines()[:3] == ["  Tiny: 0 %", "  Tiny: 10 %", "  Tiny: 20 %"]
    assert len(log.getvalue().splitlines()) == 11
