"""Message catalogues without GNU gettext: collect strings, merge them into `.po`, compile `.mo`, find gaps.

Django's own commands need the gettext programs, which a bare machine has not; Babel is pure Python.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

APPS = ("companion_site", "accounts", "billing", "moderation", "characters", "chat", "insights", "training")
LOCALES = ("zh_Hans", "en")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]+\}|%[sd]")


def source_files(root: Path) -> Iterator[Path]:
    """Yield the project's Python files and templates, tests and migrations left out, in a stable order."""
    for app in APPS:
        for path in sorted((root / app).rglob("*")):
            parts = set(path.relative_to(root).parts)
            if path.suffix in {".py", ".html", ".txt"} and not parts & {"tests", "migrations", "static"}:
                yield path


def _as_python(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    # Templates become a sequence of gettext calls between blanked-out text; its indentation means nothing.
    return "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())


def collect(root: Path) -> Catalog:
    """Return a catalogue of every translatable string of the project."""
    catalog = Catalog(project="Cardia", charset="utf-8")
    for path in source_files(root):
        stream = io.BytesIO(_as_python(path).encode())
        # Babel's annotation of this generator is not what it yields.
        rows: Any = extract_python(stream, KEYWORDS, [], {"encoding": "utf-8"})
        for _line, function, message, _comments in rows:
            _add(catalog, path.relative_to(root), function, message)
    return catalog


def _add(catalog: Catalog, path: Path, function: str | None, message: str | tuple[str | None, ...]) -> None:
    function = function or "gettext"
    parts = [message] if isinstance(message, str) else [part for part in message if part]
    context = parts.pop(0) if function.lstrip("n").startswith("pgettext") and len(parts) > 1 else None
    if not parts or not parts[0]:
        return
    is_plural = function.startswith(("ngettext", "npgettext")) and len(parts) > 1
    key: str | tuple[str, str] = (parts[0], parts[1]) if is_plural else parts[0]
    catalog.add(key, locations=[(str(path), 0)], context=context, flags=("python-format",) if "%(" in parts[0] else ())


def po_path(root: Path, locale: str) -> Path:
    return root / "locale" / locale / "LC_MESSAGES" / "django.po"


def read(root: Path, locale: str) -> Catalog:
    """Return the locale's catalogue as it stands in the repository, empty when there is none."""
    path = po_path(root, locale)
    if not path.exists():
        return Catalog(locale=locale, project="Cardia", charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale=locale)


def update(root: Path, locale: str, template: Catalog) -> Catalog:
    """Merge the collected strings into the locale's `.po`; obsolete ones go, new ones come empty.

    English is the language of the source, so its empty strings are filled with themselves.
    """
    catalog = read(root, locale)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.header_comment = "# Written by `manage.py messages update`; translate here, then run it again."
    # Dates would make every run a change.
    catalog.creation_date = catalog.revision_date = datetime(2026, 11, 22, tzinfo=UTC)
    if locale == "en":
        for message in catalog:
            if message.id and not _is_translated(message):
                message.string = message.id
    path = po_path(root, locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        write_po(stream, catalog, width=110, sort_output=True, omit_header=False, include_lineno=False)
    return catalog


def compile_locale(root: Path, locale: str) -> bool:
    """Write the locale's `.mo` when it is older than its `.po`; return whether it was written."""
    source = po_path(root, locale)
    target = source.with_suffix(".mo")
    if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
        return False
    catalog = read(root, locale)
    fresh = target.with_suffix(".mo.new")
    with fresh.open("wb") as stream:
        write_mo(stream, catalog)
    fresh.replace(target)
    return True


def _is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(strings) and all(strings)


def gaps(root: Path, locale: str, template: Catalog) -> list[str]:
    """Return what is wrong with the locale, one line each: missing, empty, fuzzy, or with other placeholders."""
    catalog = read(root, locale)
    problems = []
    for wanted in template:
        if not wanted.id:
            continue
        have = catalog.get(wanted.id, wanted.context)
        label = wanted.id if isinstance(wanted.id, str) else wanted.id[0]
        if have is None:
            problems.append(f"missing: {label}")
        elif not _is_translated(have):
            problems.append(f"untranslated: {label}")
        elif have.fuzzy:
            problems.append(f"fuzzy: {label}")
        elif not _same_placeholders(have):
            problems.append(f"placeholders differ: {label}")
    return problems


def _same_placeholders(message: Message) -> bool:
    # A plural may leave the number out of its singular: compare with the form that has the most.
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    allowed = [set(_PLACEHOLDER.findall(text)) for text in ids]
    return all(set(_PLACEHOLDER.findall(text or "")) in allowed for text in strings)
