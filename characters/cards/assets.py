"""The assets of a card: how they are addressed, which one is the face, and what of them is worth a line."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from characters.cards import fields
from characters.cards.limits import Json, JsonObject
from characters.cards.report import Line, Note, ReportBuilder

EMBEDDED = "embeded://"  # the specification's own spelling
DEFAULT = "ccdefault:"
KNOWN = frozenset(("type", "uri", "name", "ext"))
KINDS = {"icon", "background", "emotion", "user_icon"}
FOLDERS = {
    "images": ("png", "jpg", "jpeg", "webp", "gif", "avif", "apng", "bmp"),
    "audio": ("mp3", "wav", "ogg", "oga", "m4a", "flac", "opus"),
    "video": ("mp4", "webm", "mov", "mkv"),
    "l2d": ("moc3", "moc", "cmo3"),
    "3d": ("mmd", "pmx", "obj", "glb", "gltf", "vrm", "fbx"),
    "ai": ("safetensors", "ckpt", "onnx", "gguf"),
    "fonts": ("otf", "ttf", "woff", "woff2"),
    "code": ("lua", "js", "py", "ts"),
}
_FOLDER_OF = {ext: folder for folder, exts in FOLDERS.items() for ext in exts}
_ADDRESS = re.compile(r"(?:embeded|embedded)://(.+)|__asset:(.+)", re.DOTALL)
_DATA = re.compile(r"data:[\w.+/-]*;base64,", re.IGNORECASE)
_TYPES = {
    b"\x89PNG": ("image/png", "png"),
    b"\xff\xd8\xff": ("image/jpeg", "jpeg"),
    b"RIFF": ("image/webp", "webp"),
    b"GIF8": ("image/gif", "gif"),
}


def of(data: JsonObject) -> tuple[JsonObject, ...]:
    """Return the assets a card lists, as objects; what is no object is left out."""
    return fields.objects(data, "assets")


def embedded_path(uri: str) -> str | None:
    """Return the path in the archive that `uri` names, in any of its spellings, or None."""
    found = _ADDRESS.fullmatch(uri)
    return (found[1] or found[2]) if found else None


def main_icon(assets: tuple[JsonObject, ...]) -> int | None:
    """Return the index of the icon to show: the one named main, else the first, else None."""
    icons = [i for i, asset in enumerate(assets) if asset.get("type") == "icon"]
    named = [i for i in icons if assets[i].get("name") == "main"]
    return next(iter(named or icons), None)


def media_type(raw: bytes) -> tuple[str, str]:
    """Return (MIME type, extension) of a picture told from its first bytes."""
    for start, found in _TYPES.items():
        if raw.startswith(start):
            return found
    return "application/octet-stream", "bin"


def is_svg(path: str, raw: bytes) -> bool:
    """Whether a file is SVG by name or by content."""
    head = raw[:1024].lower()
    return path.lower().endswith((".svg", ".svgz")) or b"<svg" in head


def home(asset: JsonObject, path: str) -> str:
    """Return the folder in which an asset belongs by the specification: `assets/{type}/{images|…}`."""
    kind = fields.text(asset, "type")
    if kind not in KINDS and not re.fullmatch(r"x_[a-z0-9_]{1,40}", kind):
        kind = "other"
    ext = fields.text(asset, "ext").lower()
    suffix = PurePosixPath(path).suffix.lower().removeprefix(".")
    return f"assets/{kind}/{_FOLDER_OF.get(ext) or _FOLDER_OF.get(suffix) or 'other'}"


def as_data_url(raw: bytes) -> str:
    return f"data:{media_type(raw)[0]};base64,{base64.b64encode(raw).decode()}"


def from_data_url(uri: str) -> bytes | None:
    """Return the bytes of a base64 data URL, or None where it is no sound one."""
    found = _DATA.match(uri)
    if not found:
        return None
    try:
        return base64.b64decode(uri[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        return None


def shown(uri: str) -> bytes | None:
    """Return the picture in a data URL, or None where it is none of a kind we read."""
    raw = from_data_url(uri)
    return raw if raw and media_type(raw)[1] != "bin" else None


def with_uri(data: JsonObject, index: int, uri: Json) -> JsonObject:
    """Return `data` with the address of the asset at `index` (counted among all items of the list) changed."""
    listed = data.get("assets")
    items = list(listed) if isinstance(listed, list) else []
    items[index] = {**asset, "uri": uri} if isinstance(asset := items[index], dict) else asset
    return {**data, "assets": items}


def readdressed(data: JsonObject, change: Callable[[int, str], str | None]) -> JsonObject:
    """Return `data` whose assets are where `change(index, address)` says; None leaves one where it is."""
    listed = data.get("assets")
    if not isinstance(listed, list):
        return data
    items: list[Json] = []
    for i, asset in enumerate(listed):
        uri = asset.get("uri") if isinstance(asset, dict) else None
        new = change(i, uri) if isinstance(uri, str) else None
        items.append({**asset, "uri": new} if isinstance(asset, dict) and new is not None else asset)
    return {**data, "assets": items}


def drop_svg(files: dict[str, bytes], where: str, report: ReportBuilder) -> dict[str, bytes]:
    """Return `files` without SVG, which can carry programs; each one left out is reported."""
    kept = {}
    for path, raw in files.items():
        if is_svg(path, raw):
            report.warnings.append(Line(f"{where}.{path}", Note.ASSET_SVG))
        else:
            kept[path] = raw
    return kept


def note(data: JsonObject, files: Mapping[str, bytes], report: ReportBuilder) -> None:
    """Report embedded assets whose file is absent, icons of which none is the main one, and unknown keys."""
    listed = data.get("assets")
    for i, asset in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(asset, dict):
            continue
        report.kept.extend(Line(f"data.assets[{i}].{name}", Note.UNKNOWN_KEY) for name in asset if name not in KNOWN)
        uri = asset.get("uri")
        path = embedded_path(uri) if isinstance(uri, str) else None
        if path is not None and path not in files:
            report.warnings.append(Line(f"data.assets[{i}].uri", Note.ASSET_MISSING, path[:120]))
    icons = [asset for asset in of(data) if asset.get("type") == "icon"]
    if len(icons) > 1 and sum(asset.get("name") == "main" for asset in icons) != 1:
        report.warnings.append(Line("data.assets", Note.ASSET_NO_MAIN, str(len(icons))))
