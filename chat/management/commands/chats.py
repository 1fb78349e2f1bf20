"""`manage.py chats`: takes a conversation out as a file, or a file in as one; the same services as the pages."""

from __future__ import annotations

import json
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from characters.models import Character
from chat import filewords, services
from chat.models import Conversation
from chat.transfer import limits
from companion_site.core.exceptions import DomainError

HELP = """\
Export and import chats.

chats export ID [--format json|jsonl|zip] [--out FILE]
chats import FILE --fan EMAIL [--character SLUG]

json is the whole tree (cardia.conversation/2), jsonl the branch on show for SillyTavern, zip every branch so."""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True)
        out = ways.add_parser("export")
        out.add_argument("id", type=UUID, metavar="ID", help="the conversation's public id")
        out.add_argument("--format", choices=("json", "jsonl", "zip"), default="json")
        out.add_argument("--out", type=Path, metavar="FILE", help="by default it is printed")
        into = ways.add_parser("import")
        into.add_argument("file", type=Path, metavar="FILE")
        into.add_argument("--fan", required=True, metavar="EMAIL")
        into.add_argument("--character", default="", metavar="SLUG", help="by default whom the file names")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["way"] == "export":
            self._export(options["id"], options["format"], options["out"])
        else:
            self._import(options["file"], options["fan"], options["character"])

    def _export(self, public_id: UUID, chat_format: str, out: Path | None) -> None:
        found = Conversation.objects.with_cast().filter(public_id=public_id).first()
        if found is None:
            raise CommandError(f"There is no conversation {public_id}.")
        if chat_format == "zip":
            if out is None:
                raise CommandError("A zip needs a file: give one with --out.")
            out.write_bytes(services.export_branches(found))
            return
        if chat_format == "jsonl":
            text = services.export_lines(found)
        else:
            text = json.dumps(services.export_conversation(found), ensure_ascii=False, indent=1) + "\n"
        if out is None:
            self.stdout.write(text, ending="")
        else:
            out.write_text(text, encoding="utf-8")

    def _import(self, file: Path, email: str, slug: str) -> None:
        fan = User.objects.filter(email__iexact=email).first()
        if fan is None:
            raise CommandError(f"There is no account {email}.")
        character = Character.objects.visible_to(fan).filter(slug=slug).first() if slug else None
        if slug and character is None:
            raise CommandError(f"{email} can meet no character {slug}.")
        try:
            with file.open("rb") as source:
                made = services.import_chat(fan, source.read(limits.FILE_BYTES + 1), character=character)
        except OSError as exc:
            raise CommandError(f"{file} cannot be read: {exc.strerror}.") from exc
        except DomainError as exc:
            raise CommandError(f"{file} was not taken: {exc.detail}") from exc
        told = {"conversation": str(made.conversation.public_id), "report": filewords.as_dict(made.report)}
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
