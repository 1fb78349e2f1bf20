"""Cases in SillyTavern's own words (world-info entries and settings), run by this engine.

A case holds `chat` (newest first), `entries` and perhaps `settings`, `maxContext`, `trigger`, `glob` and more; the
outcome has the form `{before, after, depth, em, anTop, anBottom, outlets, activated}`.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass

from characters.cards import fields, worldinfo
from characters.cards.book import LoreBook, Position
from characters.cards.limits import Json, JsonObject
from characters.lorebook.compile import CompiledBook
from characters.lorebook.placement import LoreText
from characters.lorebook.request import Filler, ScanMessage, ScanRequest, ScanSettings, Sources
from characters.lorebook.result import ScanResult
from characters.lorebook.rounds import scan
from characters.lorebook.timed import TimedState

MAX_CONTEXT = 100_000
_CHARS_PER_TOKEN = 3.35
_NUMBERS = (
    *("order", "position", "depth", "role", "probability", "selectiveLogic", "groupWeight", "scanDepth"),
    *("sticky", "cooldown", "delay", "delayUntilRecursion"),
)
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,9})?")
_SOURCES = {
    "personaDescription": "persona_description",
    "characterDescription": "character_description",
    "characterPersonality": "character_personality",
    "characterDepthPrompt": "character_depth_prompt",
    "scenario": "scenario",
    "creatorNotes": "creator_notes",
}


def proxy_tokens(text: str) -> int:
    """Return the token count the cases were made with: one for every 3.35 of JavaScript's characters, rounded up."""
    return math.ceil(len(text.encode("utf-16-le", "surrogatepass")) / 2 / _CHARS_PER_TOKEN)


def entry_of(raw: JsonObject) -> JsonObject:
    """Return a world-info entry as an entry of a card's book; one that is that already is read as well."""
    own = fields.mapping(raw, "extensions")
    raw = {**raw, **{name: _coerced(raw[name]) for name in _NUMBERS if name in raw}}
    ext: JsonObject = {new: raw[old] for old, new in worldinfo.EXTENSIONS.items() if raw.get(old) is not None}
    ext = {"selectiveLogic": 0, "position": 0, **own, **ext}
    disabled = raw.get("disable", raw.get("disabled"))
    return {
        "id": raw.get("uid", raw.get("id", 0)),
        "keys": _list(raw, "key", "keys"),
        "secondary_keys": _list(raw, "keysecondary", "secondary_keys"),
        "content": fields.text(raw, "content"),
        "comment": fields.text(raw, "comment"),
        "enabled": not disabled if disabled is not None else fields.flag(raw, "enabled", default=True),
        "constant": fields.flag(raw, "constant"),
        "selective": fields.flag(raw, "selective", default=True),
        "insertion_order": fields.number(raw, "order", fields.number(raw, "insertion_order", 100)),
        "priority": raw.get("priority"),
        "extensions": ext,
    }


def _coerced(value: Json) -> Json:
    """Read a number written as text, as SillyTavern does."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = float(value)
        return int(number) if number.is_integer() else number
    return value


def run_case(case: JsonObject) -> JsonObject:
    """Scan one case; return its outcome as JSON, with the state it leaves where the case brings one."""
    result = scan([_book(case)], _request(case))
    out = outcome(result, _bare(case))
    if "timed" in case:
        out["timed"] = result.state.as_dict()
    return out


def outcome(result: ScanResult, bare: Container[str] = ()) -> JsonObject:
    """Return a result in the form of the golden cases; `bare` are the ids of entries that state no depth."""
    placed = result.placed
    return {
        "before": placed.before,
        "after": placed.after,
        "depth": [*_slots(result.entries, bare)],
        "em": [{"position": 0 if example.is_top else 1, "content": example.content} for example in placed.em],
        "anTop": [*placed.an_top],
        "anBottom": [*placed.an_bottom],
        "outlets": {name: [*texts] for name, texts in placed.outlets.items()},
        "activated": [*result.activated],
    }


def _slots(entries: Iterable[LoreText], bare: Container[str]) -> list[JsonObject]:
    """Group texts in the chat as SillyTavern prints them: one that states no depth opens a slot without a number."""
    slots: list[tuple[int | None, int, list[Json]]] = []
    for entry in sorted(entries, key=lambda entry: -entry.order):
        if not entry.text or entry.place or entry.is_prefill or entry.position is not Position.AT_DEPTH:
            continue
        role = int(entry.role)
        texts = next((texts for depth, of, texts in slots if (depth, of) == (entry.depth, role)), None)
        if texts is None:
            slots.append((None if entry.id in bare else entry.depth, role, texts := []))
        texts.insert(0, entry.text)
    return [
        {**({} if depth is None else {"depth": depth}), "entries": texts, "role": role} for depth, role, texts in slots
    ]


def _bare(case: JsonObject) -> frozenset[str]:
    return frozenset(_id(row) for row in _rows(case) if row.get("depth") is None and "extensions" not in row)


def _rows(case: JsonObject) -> list[JsonObject]:
    entries = case.get("entries")
    rows = list(entries.values()) if isinstance(entries, dict) else _items(case, "entries")
    return [row for row in rows if isinstance(row, dict)]


def _book(case: JsonObject) -> CompiledBook:
    made = [{**entry_of(row), "id": _id(row)} for row in _rows(case)]
    raw: JsonObject = {"entries": [*made]}
    for stated in (fields.mapping(case, "book"), case):
        for name in ("scan_depth", "token_budget", "recursive_scanning"):
            if name in stated:
                raw[name] = stated[name]
    # Without a key of its own: each entry's id names the world it is from.
    return CompiledBook(LoreBook.of(raw), "world", "")


def _id(row: JsonObject) -> str:
    return f"{row.get('world', 'b')}.{row.get('uid', row.get('id', 0))}"


def _request(case: JsonObject) -> ScanRequest:
    settings = ScanSettings.of({name: _coerced(value) for name, value in fields.mapping(case, "settings").items()})
    glob = fields.mapping(case, "glob")
    said = [_message(item) for item in _items(case, "chat")][::-1]
    sources = {new: fields.text(glob, old) or fields.text(case, old) for old, new in _SOURCES.items()}
    length = fields.whole(case, "chatLen")
    replies = fields.whole(case, "assistantCount")
    return ScanRequest(
        messages=said,
        count=proxy_tokens,
        max_context=int(fields.number(case, "maxContext", MAX_CONTEXT)),
        settings=settings,
        fill=_filler(case),
        seed=str(case.get("seed", "")),
        state=TimedState.of(case.get("timed")),
        chat_length=length,
        assistant_count=replies,
        greeting=fields.whole(case, "greeting") or 0,
        trigger=fields.text(case, "trigger") or fields.text(glob, "trigger") or "normal",
        names=frozenset((_name(case), *fields.texts(case, "names"))) - {""},
        tags=_tags(case),
        sources=Sources(**sources),
        injections=fields.texts(case, "inject") or fields.texts(case, "injections"),
        similarity={k: v for k, v in fields.mapping(case, "similarity").items() if isinstance(v, int | float)},
        external=frozenset(fields.texts(case, "external")),
        user_icon=fields.text(case, "userIcon"),
        takes_prefill=fields.flag(case, "prefill"),
        is_instruct=fields.flag(case, "instruct"),
        dry_run=fields.flag(case, "dryRun"),
        roll=_roll(case),
    )


def _message(item: Json) -> ScanMessage:
    """Read a message: a text as it is scanned, or an object of SillyTavern's chat."""
    if not isinstance(item, dict):
        return ScanMessage(str(item))
    role = "user" if item.get("is_user") else fields.text(item, "role", "assistant")
    return ScanMessage(fields.text(item, "mes") or fields.text(item, "text"), fields.text(item, "name"), role)


def _name(case: JsonObject) -> str:
    return next(
        (name for key in ("charFile", "charFilename", "character", "char") if (name := fields.text(case, key))), ""
    )


def _tags(case: JsonObject) -> frozenset[str] | None:
    stated = next((name for name in ("tags", "charTags", "characterTags") if name in case), None)
    return frozenset(fields.texts(case, stated)) if stated is not None else None


def _filler(case: JsonObject) -> Filler:
    """Fill `{{char}}` and `{{user}}` and nothing else, as the cases do."""
    names = {"{{char}}": fields.text(case, "char", "Char"), "{{user}}": fields.text(case, "user", "User")}

    def fill(text: str, _place: str) -> str:
        for macro, name in names.items():
            text = text.replace(macro, name)
        return text

    return fill


@dataclass(slots=True)
class _Draws:
    """Draws given with a case, over and over again."""

    values: itertools.cycle[float]

    def __call__(self, _name: str) -> float:
        return next(self.values)


def _roll(case: JsonObject) -> Callable[[str], float] | None:
    raw = next((case[name] for name in ("random", "rolls", "mathRandom") if name in case), None)
    values = [value for value in (raw if isinstance(raw, list) else [raw]) if isinstance(value, int | float)]
    return _Draws(itertools.cycle(values)) if values else None


def _items(case: Mapping[str, Json], name: str) -> list[Json]:
    value = case.get(name)
    return value if isinstance(value, list) else []


def _list(raw: JsonObject, *names: str) -> list[Json]:
    return next((value for name in names if isinstance(value := raw.get(name), list)), [])
