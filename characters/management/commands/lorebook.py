"""`manage.py lorebook scan CASE.json`: run a lorebook case written in SillyTavern's words."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from characters.cards.errors import CardRefused
from characters.cards.limits import JsonObject, load_json
from characters.lorebook.cases import run_case


class Command(BaseCommand):
    help = "Scan a lorebook case and print what wakes and where it stands, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        scan = verbs.add_parser("scan", help="Run one case, or one of a file of cases.")
        scan.add_argument("file", type=Path, help="A case, or an object with a list `cases`.")
        scan.add_argument("--case", help="Name of the case in a file of cases.")

    def handle(self, *args: Any, **options: Any) -> None:
        case = _case(options["file"], options["case"])
        self.stdout.write(json.dumps(run_case(case), ensure_ascii=False))


def _case(path: Path, name: str | None) -> JsonObject:
    try:
        data = load_json(path.read_bytes())
    except OSError as exc:
        raise CommandError(f"{path} cannot be read: {exc.strerror}.") from exc
    except CardRefused as exc:
        raise CommandError(f"{path} is no case: {exc.reason} at {exc.path}.") from exc
    if isinstance(data, dict) and isinstance(cases := data.get("cases"), list):
        named = {str(case.get("name")): case for case in cases if isinstance(case, dict)}
        if name is None and len(named) == 1:
            return next(iter(named.values()))
        if name not in named:
            raise CommandError(f"{path} holds {len(named)} cases; name one with --case: {', '.join(named)}.")
        return named[name]
    if not isinstance(data, dict):
        raise CommandError(f"{path} is no case: not an object.")
    return data
