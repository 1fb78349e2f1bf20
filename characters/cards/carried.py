"""What a file format cannot say, carried in one extension of our own so that the way back is whole.

`extensions["cardia/carried"]` exists in files only: a reader of ours takes it out again.
"""

from __future__ import annotations

from collections.abc import Mapping

from characters.cards import assets, fields, limits
from characters.cards.archive import safe_path
from characters.cards.limits import Json, JsonObject

KEY = "cardia/carried"


def put(data: JsonObject, **said: Json) -> JsonObject:
    """Return `data` with more facts carried; nothing is added where there is nothing to say."""
    said = {name: value for name, value in said.items() if value}
    if not said:
        return data
    extensions = fields.mapping(data, "extensions")
    mine = {**fields.mapping(extensions, KEY), **said}
    return {**data, "extensions": {**extensions, KEY: mine}}


def take(data: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return (`data` without what was carried, what was carried)."""
    extensions = fields.mapping(data, "extensions")
    if KEY not in extensions:
        return data, {}
    rest = {name: value for name, value in extensions.items() if name != KEY}
    return {**data, "extensions": rest}, fields.mapping(extensions, KEY)


def bare(content: str) -> str:
    """Return the content of a lorebook entry without the decorator lines at its start."""
    lines = content.split("\n")
    first = next((i for i, line in enumerate(lines) if not line.startswith("@@")), len(lines))
    return "\n".join(lines[first:]).lstrip("\n") if first else content


def restore(card: JsonObject, files: Mapping[str, bytes]) -> tuple[JsonObject, dict[str, bytes], bytes | None]:
    """Return (`card`, files, face) as they were before an export of ours changed them for its format.

    Only gaps are filled: what another program has changed since then stays changed.
    """
    data = card.get("data")
    if not isinstance(data, dict):
        return card, dict(files), None
    data, said = take(data)
    if not said:
        return card, dict(files), None
    data = {**data, **{name: value for name, value in fields.mapping(said, "v3").items() if name not in data}}
    decorated = fields.mapping(said, "decorated")
    book = data.get("character_book")
    entries = book.get("entries") if isinstance(book, dict) else None
    if decorated and isinstance(book, dict) and isinstance(entries, list):
        whole = [_decorated(entry, decorated.get(str(i))) for i, entry in enumerate(entries)]
        data = {**data, "character_book": {**book, "entries": whole}}
    data, known = _unpack(data, fields.mapping(said, "files"), dict(files))
    data, known = _renamed(data, known, fields.mapping(said, "paths"))
    data, known, face = _hide(data, known, fields.mapping(said, "icon"))
    return {**card, "data": data}, known, face


def _decorated(entry: Json, original: Json) -> Json:
    if isinstance(entry, dict) and isinstance(original, str) and entry.get("content") == bare(original):
        return {**entry, "content": original}
    return entry


def pack_urls(data: JsonObject, files: Mapping[str, bytes], picture: bytes | None, room: int) -> JsonObject:
    """Return `data` for a JSON file: the face, then embedded assets as data URLs as far as they fit into `room`."""
    said: JsonObject = {}
    if picture is not None and limits.fitting({"": picture}, room):
        data, said = show(data, files, assets.as_data_url(picture))
        room -= len(picture) * 4 // 3 + 200 if said else 0
    named = {assets.embedded_path(fields.text(asset, "uri")) for asset in assets.of(data)}
    fitting = limits.fitting({path: raw for path, raw in files.items() if path in named}, room)
    moved: JsonObject = {}

    def packed(index: int, uri: str) -> str | None:
        raw = fitting.pop(assets.embedded_path(uri) or "", None)
        if raw is None:
            return None
        moved[str(index)] = uri
        return assets.as_data_url(raw)

    data = assets.readdressed(data, packed)
    return put(data, files=moved, icon=said)


def show(data: JsonObject, files: Mapping[str, bytes], uri: str) -> tuple[JsonObject, JsonObject]:
    """Return (`data` whose main icon is at `uri`, what it was before); (`data`, {}) where it comes with its icon.

    An address elsewhere is put aside too: nobody fetches it on the way back, and the face would be lost.
    """
    listed = _listed(data)
    objects = [i for i, asset in enumerate(listed) if isinstance(asset, dict)]
    main = assets.main_icon(assets.of(data))
    if main is None:
        first: JsonObject = {"type": "icon", "uri": uri, "name": "main", "ext": _ext(uri)}
        was: JsonObject = {"uri": uri[:200], "was": "none" if "assets" in data else "absent"}
        return {**data, "assets": [first, *listed]}, was
    index = objects[main]
    asset = listed[index]
    old = asset.get("uri") if isinstance(asset, dict) else None
    if not isinstance(old, str) or assets.embedded_path(old) in files or assets.shown(old) is not None:
        return data, {}
    return assets.with_uri(data, index, uri), {"uri": uri[:200], "was": "uri", "old": old, "index": index}


def _ext(uri: str) -> str:
    for ext in ("png", "jpeg", "webp"):
        if f"image/{ext}" in uri or uri.endswith(f".{ext}"):
            return ext
    return "unknown"


def _unpack(data: JsonObject, moved: JsonObject, files: dict[str, bytes]) -> tuple[JsonObject, dict[str, bytes]]:
    def unpacked(index: int, url: str) -> str | None:
        uri = moved.get(str(index))
        path = assets.embedded_path(uri) if isinstance(uri, str) else None
        raw = assets.from_data_url(url) if path is not None else None
        if path is None or raw is None or len(files) >= limits.ARCHIVE_FILES:
            return None
        files[safe_path(path, "data.assets")] = raw
        return uri if isinstance(uri, str) else None

    return (assets.readdressed(data, unpacked) if moved else data), files


def readdress(data: JsonObject, uris: Mapping[str, str]) -> JsonObject:
    """Return `data` whose assets of these paths are at these addresses."""
    return assets.readdressed(data, lambda _index, uri: uris.get(assets.embedded_path(uri) or "")) if uris else data


def _renamed(data: JsonObject, files: dict[str, bytes], paths: JsonObject) -> tuple[JsonObject, dict[str, bytes]]:
    """Give files the names back that the file format could not hold."""
    names = {
        alias: safe_path(path, "data.assets")
        for alias, path in paths.items()
        if isinstance(path, str) and alias in files and path not in files
    }
    back = {names.get(path, path): raw for path, raw in files.items()}
    return readdress(data, {alias: assets.EMBEDDED + path for alias, path in names.items()}), back


def _hide(
    data: JsonObject, files: dict[str, bytes], said: JsonObject
) -> tuple[JsonObject, dict[str, bytes], bytes | None]:
    """Take the face that `show` put into the list out of it again."""
    listed = _listed(data)
    index = fields.whole(said, "index") or 0
    asset = listed[index] if 0 <= index < len(listed) else None
    uri = fields.text(asset, "uri") if isinstance(asset, dict) else ""
    if not uri or uri[:200] != said.get("uri"):
        return data, files, None
    path = assets.embedded_path(uri)
    face = files.pop(path, None) if path else assets.from_data_url(uri)
    was = said.get("was")
    if was == "uri":
        return assets.with_uri(data, index, fields.text(said, "old", assets.DEFAULT)), files, face
    rest: JsonObject = {**data, "assets": listed[1:]}
    if was == "absent" and len(listed) == 1:
        del rest["assets"]
    return rest, files, face


def _listed(data: JsonObject) -> list[Json]:
    listed = data.get("assets")
    return listed if isinstance(listed, list) else []
