"""Characters of other products, read into the shape of a V3 card: LobeChat agents and RealChar configurations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from characters.cards import fields
from characters.cards.examples import Exchange, render
from characters.cards.limits import JsonObject
from characters.cards.report import Line, Note, ReportBuilder

Reader = Callable[[JsonObject, ReportBuilder], JsonObject]

LOBE, REALCHAR = "lobechat", "realchar"


def reader_of(value: JsonObject) -> Reader | None:
    """Return the reader for a document of another product, None where it is none we know."""
    config, meta = fields.mapping(value, "config"), fields.mapping(value, "meta")
    if fields.text(config, "systemRole") and fields.text(meta, "title"):
        return _lobe
    if fields.text(value, "character_name") and fields.text(value, "system"):
        return _realchar
    return None


def _lobe(agent: JsonObject, report: ReportBuilder) -> JsonObject:
    """Return `data` of a LobeChat agent: its system role describes it, the rest keeps its place in an extension."""
    report.spec = LOBE
    config, meta = fields.mapping(agent, "config"), fields.mapping(agent, "meta")
    data: JsonObject = {
        "name": fields.text(meta, "title"),
        "description": fields.text(config, "systemRole"),
        "first_mes": fields.text(config, "openingMessage"),
        "mes_example": _examples(agent),
        "creator_notes": fields.text(meta, "description") or fields.text(agent, "summary"),
        "creator": fields.text(agent, "author"),
        "tags": list(fields.texts(meta, "tags")),
        "group_only_greetings": [],
    }
    if homepage := fields.text(agent, "homepage"):
        data["source"] = [homepage]
    if (created := _seconds(fields.text(agent, "createdAt"))) is not None:
        data["creation_date"] = created
    moved = {
        "meta.title": "name",
        "config.systemRole": "description",
        "config.openingMessage": "first_mes",
        "examples": "mes_example",
        "meta.description": "creator_notes",
        "author": "creator",
        "meta.tags": "tags",
    }
    _say(agent, moved, report)
    rest: JsonObject = {name: value for name, value in agent.items() if name not in {"config", "meta"}}
    rest["config"] = {name: value for name, value in config.items() if name not in {"systemRole", "openingMessage"}}
    rest["meta"] = {name: value for name, value in meta.items() if name not in {"title", "tags"}}
    return {**data, "extensions": {LOBE: rest}}


def _examples(agent: JsonObject) -> str:
    exchanges: list[Exchange] = []
    asked = ""
    for line in fields.objects(agent, "examples"):
        words = fields.text(line, "content").strip()
        if fields.text(line, "role") == "user":
            if asked:
                exchanges.append(Exchange(asked, ""))
            asked = words
        elif words:
            exchanges.append(Exchange(asked, words))
            asked = ""
    if asked:
        exchanges.append(Exchange(asked, ""))
    return render(exchanges)


def _seconds(day: str) -> int | None:
    try:
        return int(datetime.strptime(day[:10], "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _realchar(config: JsonObject, report: ReportBuilder) -> JsonObject:
    """Return `data` of a RealChar configuration: `system` describes it; the template of a turn is kept, not run."""
    report.spec = REALCHAR
    taken = {"character_name": "name", "system": "description", "author_name": "creator"}
    _say(config, taken, report)
    data: JsonObject = {ours: fields.text(config, theirs) for theirs, ours in taken.items()}
    rest: JsonObject = {name: value for name, value in config.items() if name not in taken}
    return {**data, "group_only_greetings": [], "extensions": {REALCHAR: rest}}


def _say(document: JsonObject, moved: dict[str, str], report: ReportBuilder) -> None:
    """Report where each field that is there went."""
    for theirs, ours in moved.items():
        holder, dot, name = theirs.rpartition(".")
        if name in (fields.mapping(document, holder) if dot else document):
            report.warnings.append(Line(theirs, Note.ADAPTED, f"data.{ours}"))
