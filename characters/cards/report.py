"""What an import did with a file, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Note(StrEnum):
    """Why a field is in the report."""

    UNKNOWN_KEY = "unknown_key"
    MISSING = "missing"
    NULL = "null"
    NULL_BOOK = "null_book"
    NAMED_AFTER_FILE = "named_after_file"
    NUMBER_AS_TEXT = "number_as_text"
    NEWER_SPEC = "newer_spec"
    ODD_SPEC = "odd_spec"
    NO_SPEC = "no_spec"
    TWO_CHUNKS = "two_chunks"
    BOTH_CHUNKS = "both_chunks"
    ODD_TYPE = "odd_type"
    ODD_CHUNK = "odd_chunk"
    RAW_JSON = "raw_json"
    BOM = "bom"
    ANIMATION = "animation"
    NOT_FETCHED = "not_fetched"
    NOT_SHOWN = "not_shown"
    NOT_RUN = "not_run"
    REGEX_OFF = "regex_off"
    DECORATORS = "decorators"
    BACKFILL = "backfill"
    ASSET_MISSING = "asset_missing"
    ASSET_DROPPED = "asset_dropped"
    ASSET_SVG = "asset_svg"
    ASSET_NO_MAIN = "asset_no_main"
    ODD_PATH = "odd_path"
    ADAPTED = "adapted"
    AI_LABEL = "ai_label"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its path in the card, why it is mentioned, and a value worth showing."""

    path: str
    note: Note
    value: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`kept`: unknown fields preserved. `defaulted`: filled in. `unsupported`: kept, not acted on. `warnings`: look."""

    spec: str
    container: str
    kept: tuple[Line, ...] = ()
    defaulted: tuple[Line, ...] = ()
    unsupported: tuple[Line, ...] = ()
    warnings: tuple[Line, ...] = ()


@dataclass(slots=True)
class ReportBuilder:
    """Collects lines while a file is read."""

    container: str = "json"
    spec: str = ""
    kept: list[Line] = field(default_factory=list)
    defaulted: list[Line] = field(default_factory=list)
    unsupported: list[Line] = field(default_factory=list)
    warnings: list[Line] = field(default_factory=list)

    def build(self) -> ImportReport:
        return ImportReport(
            spec=self.spec,
            container=self.container,
            kept=tuple(self.kept),
            defaulted=tuple(self.defaulted),
            unsupported=tuple(self.unsupported),
            warnings=tuple(self.warnings),
        )
