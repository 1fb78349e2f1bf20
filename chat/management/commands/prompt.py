"""`manage.py prompt SLUG`: the prompt that answers a chat from a file, or that of a stored reply, made once more."""

from __future__ import annotations

import json
from argparse import RawDescriptionHelpFormatter
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from characters.locks import NOBODY
from characters.lorebook import ScanSettings
from characters.models import Character
from chat import generation, sheets
from chat.exceptions import NotAReply
from chat.files import ChatUnreadable, read_chat
from chat.given import Cast, Sheet
from chat.models import Message
from chat.prompts.limits import PRESETS, limits_of
from chat.replay import Chat, Setting, assembled, told
from chat.services.rerun import replayed

# A name that reads well in “… is talking to you”.
_FAN = {"zh": "朋友", "en": "Friend"}
HELP = """\
Print the prompt a character would be given, as JSON: messages, tokens, hash and trace. Writes nothing.

--chat FILE      a chat: our own export, SillyTavern's JSONL, or a list of
                 {"role", "text"} or {"role", "content"}. The prompt answers its last message. The card
                 is the published one as a stranger has it; a draft that never was comes whole.
--replay TURN    make the prompt of a stored reply again, from what is stored with it, and compare the
                 hashes: exit status 1 when they differ. TURN is the reply's public id, or with --chat
                 the number of a turn of the file. A file's turn that is not stored is only made, from
                 the file."""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("--chat", type=Path, metavar="FILE")
        parser.add_argument("--replay", metavar="TURN")
        parser.add_argument("--user", default="", metavar="NAME", help="what the fan is called; else as in the file")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="what chance is drawn from")
        parser.add_argument("--now", type=_moment, metavar="ISO", help="what time it is; by default it is now")
        parser.add_argument("--preset", choices=list(PRESETS), help="by default that of the model in use")

    def handle(self, *args: Any, **options: Any) -> None:
        character = _character(options["slug"])
        chat = _read(options["chat"]) if options["chat"] is not None else None
        turn = options["replay"]
        reply = _stored(character, chat, turn) if turn is not None else None
        if reply is not None:
            self._replay(reply, str(turn))
            return
        if chat is None:
            raise CommandError("Give a chat with --chat, or the public id of a reply with --replay.")
        setting = _setting(character, chat, options)
        made = assembled(chat, setting, until=None if turn is None else chat.place_of(int(turn)))
        given = {"character": character.slug, "user": setting.cast.fan_name, "model": setting.model}
        self._print({**given, "seed": setting.seed, "now": setting.now.isoformat(), **told(made)})

    def _replay(self, reply: Message, turn: str) -> None:
        try:
            made = replayed(reply)
        except NotAReply as exc:
            raise CommandError("This reply kept nothing to make its prompt from: it failed before, or is old.") from exc
        is_same = made.prompt.hash == reply.prompt_hash
        version = reply.version.number if reply.version is not None else 0
        kept = {"turn": turn, "reply": str(reply.public_id), "stored": reply.prompt_hash, "same": is_same}
        given = {"character": reply.conversation.character.slug, "version": version, "model": reply.model}
        self._print({"replay": kept, **given, "seed": reply.seed, **told(made)})
        if not is_same:
            raise CommandError("Not the prompt that was stored: something it was made of has changed since.")

    def _print(self, told: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else timezone.make_aware(moment)


def _character(slug: str) -> Character:
    found = Character.objects.with_cards().filter(slug=slug, discarded_at__isnull=True).first()
    if found is None:
        raise CommandError(f"There is no character {slug}.")
    return found


def _read(path: Path) -> Chat:
    try:
        return read_chat(path.read_bytes())
    except OSError as exc:
        raise CommandError(f"{path} cannot be read: {exc.strerror}.") from exc
    except ChatUnreadable as exc:
        raise CommandError(f"{path} is no chat: {exc.reason} at {exc.path}.") from exc


def _stored(character: Character, chat: Chat | None, turn: str) -> Message | None:
    """Return the stored reply that is meant; None for a turn that only the file knows."""
    if chat is None or not turn.isdigit():
        public_id, is_sure = turn, True
    else:
        try:
            public_id, is_sure = chat.said[chat.place_of(int(turn))].id, False
        except IndexError as exc:
            raise CommandError(f"The chat has {len(chat.replies)} turns, no turn {turn}.") from exc
    try:
        rows = Message.objects.filter(conversation__character=character, public_id=UUID(public_id))
        found = rows.select_related("version", "conversation__fan", "conversation__character").first()
    except ValueError:
        found = None
    if found is None and is_sure:
        raise CommandError(f"{character.slug} has no reply {turn}.")
    return found


def _setting(character: Character, chat: Chat, options: dict[str, Any]) -> Setting:
    sheet = _sheet(character)
    model = generation.model().name
    preset = options["preset"]
    return Setting(
        cast=Cast(sheet, options["user"] or chat.user or _FAN["zh" if sheet.is_chinese else "en"]),
        limits=PRESETS[preset] if preset else limits_of(model, settings.CHAT_PROMPT_LIMITS),
        now=options["now"] or timezone.localtime(),
        seed=options["seed"],
        chat_seed=options["seed"],
        model=model,
        books=(sheet.book,) if sheet.book is not None else (),
        lorebook=ScanSettings.of(settings.CHAT_LOREBOOK),
    )


def _sheet(character: Character) -> Sheet:
    if character.published is None:
        return sheets.sheet_of(character.draft, key="")
    return sheets.opened_to(character.published.public_id, NOBODY)
