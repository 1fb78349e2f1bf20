"""`manage.py cards import` and `manage.py cards export`: card files in and out for the operator."""

from __future__ import annotations

import errno
import json
import os
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from characters import services
from characters.models import Character
from characters.services.transfer import FORMATS, Outcome
from characters.wording import note
from companion_site.core.exceptions import DomainError

# What is taken of a folder; a file that is named itself is always tried.
ENDINGS = frozenset({".png", ".apng", ".webp", ".charx", ".json", ".yaml", ".yml", ".jpg", ".jpeg"})
PROGRESS_EVERY = 25
HELP = """\
import  Bring card files and lorebooks into one account's studio, folders with everything below them.
        May be stopped anywhere and run again: files whose content is there already are skipped.
        Exit status 1 when any file was refused.
export  Write one card to a file: as everybody may see it, so without what is hidden or locked;
        a card that was never published comes whole. With --as, what that account may see; for its
        creator that is the draft with everything in it."""

Source = tuple[str, int, Callable[[], bytes]]


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        bring = actions.add_parser("import", help="bring card files into a studio")
        bring.add_argument("paths", nargs="+", metavar="PATH", help="files, and folders with everything below them")
        bring.add_argument("--owner", required=True, metavar="EMAIL", help="whose characters they become")
        bring.add_argument("--json", action="store_true", help="one JSON object a line on standard output")
        take = actions.add_parser("export", help="write one card to a file")
        take.add_argument("slug", metavar="SLUG")
        take.add_argument("--format", default="v3-png", choices=[name for name in FORMATS if name != "png"])
        take.add_argument("--output", default="-", metavar="FILE", help="- writes to standard output")
        take.add_argument("--as", dest="reader", metavar="EMAIL", help="export what this account may see")

    def handle(self, *args: Any, **options: Any) -> None:
        (self._import if options["action"] == "import" else self._export)(**options)

    def _import(self, *, paths: list[str], owner: str, **options: Any) -> None:
        sources = list(_sources(paths))
        write = _as_json if options["json"] else _as_words
        failed = 0
        for number, outcome in enumerate(services.import_many(_account(owner), sources), start=1):
            failed += outcome.error is not None
            self.stdout.write(write(outcome))
            self.stdout.flush()
            if number % PROGRESS_EVERY == 0 or number == len(sources):
                self.stderr.write(f"{number} of {len(sources)}, {failed} refused")
        if failed:
            raise CommandError(f"{failed} of {len(sources)} files could not be imported.")

    def _export(self, *, slug: str, output: str, **options: Any) -> None:
        character, reader = _visible(slug, options["reader"])
        try:
            made = services.export_card(character, reader, options["format"])
        except DomainError as exc:
            raise CommandError(f"{exc.extra.get('path') or slug}: {exc.detail}") from exc
        if output == "-":
            sys.stdout.buffer.write(made.content)
            return
        try:
            _write(Path(output), made.content)
        except OSError as exc:
            raise CommandError(f"{output}: {exc.strerror}") from exc
        self.stderr.write(f"{output}: {len(made.content)} bytes")


def _account(email: str) -> User:
    found = User.objects.filter(email__iexact=email).first()
    if found is None:
        raise CommandError(f"There is no account {email}.")
    return found


def _visible(slug: str, email: str | None) -> tuple[Character, User | AnonymousUser]:
    """Return the character and for whom it is exported; a card never published goes out as its creator has it."""
    rows = Character.objects.with_cards()
    if email is not None:
        reader: User | AnonymousUser = _account(email)
        found = rows.visible_to(reader).filter(slug=slug).first()
    else:
        found = rows.filter(slug=slug, discarded_at__isnull=True).first()
        reader = found.owner if found is not None and found.published_id is None else AnonymousUser()
    if found is None:
        raise CommandError(f"There is no character {slug}{f' that {email} may see' if email else ''}.")
    return found, reader


def _sources(paths: list[str]) -> Iterator[Source]:
    """Yield (name, size, reader) of every file; of a folder those with a card's ending, in the order of their names."""
    for given in paths:
        path = Path(given)
        if not path.is_dir():
            yield _source(path)
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder, name)
                if file.suffix.lower() in ENDINGS and not name.startswith(".") and file.is_file():
                    yield _source(file)


def _source(path: Path) -> Source:
    size = path.stat().st_size if path.is_file() else 0
    return str(path), size, partial(_read, path)


def _read(path: Path) -> bytes:
    if path.exists() and not path.is_file():  # reading a pipe or a device might never end
        raise OSError(errno.EINVAL, "This is no file.")
    return path.read_bytes()


def _as_json(outcome: Outcome) -> str:
    report, error = outcome.report, outcome.error
    line: dict[str, Any] = {"file": outcome.file, "ok": error is None, "slug": outcome.slug, "book": outcome.book}
    line["spec"] = report.spec if report else None
    line["skipped"] = outcome.is_skipped
    lines = (*report.warnings, *report.defaulted) if report else ()
    line["warnings"] = [{"path": one.path, "note": one.note.value, "message": note(one)} for one in lines]
    line["error"] = error and {
        "code": error.extra.get("reason") or error.code,
        "path": error.extra.get("path") or error.field,
        "detail": str(error.detail),
    }
    return json.dumps(line, ensure_ascii=False)


def _as_words(outcome: Outcome) -> str:
    if outcome.error is not None:
        place = outcome.error.extra.get("path")
        return f"refused  {outcome.file}: {f'{place}: ' if place else ''}{outcome.error.detail}"
    where = outcome.slug or f"lorebook {outcome.book}"
    if outcome.is_skipped:
        return f"there    {outcome.file} -> {where}"
    report = outcome.report
    remarks = f", {len(report.warnings)} to look at" if report and report.warnings else ""
    return f"imported {outcome.file} -> {where} ({report.spec if report else ''}{remarks})"


def _write(path: Path, content: bytes) -> None:
    """Write the whole file or nothing of it."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(content)
    temporary.replace(path)
