"""Every write of the chat that has a rule. Views, API, tasks and the reply job call these and nothing below."""

from __future__ import annotations

from chat.services.books import attach_book, choose_books, detach_book
from chat.services.branches import KEPT, delete_message, jump_to, purge_deleted, restore_message, select_swipe
from chat.services.conversations import (
    archive_conversation,
    choose_scene,
    may_speak,
    refresh_greetings,
    start_conversation,
)
from chat.services.directing import direct
from chat.services.drafting import OpenDraft, open_draft
from chat.services.editing import edit_message, edit_stamp
from chat.services.exporting import export_branches, export_conversation, export_lines
from chat.services.importing import Imported, import_chat
from chat.services.memories import digest_message, forget_memory
from chat.services.naming import name_checkpoint, remove_checkpoint, rename_conversation
from chat.services.notes import write_note
from chat.services.replies import continue_reply, rate_reply, regenerate, report_message, stop_reply
from chat.services.sending import Sent, send_message
from chat.services.turns import checkpoint_replies, close_stale, close_turn, open_turn, sweep_replies
from chat.services.versions import keep_version, take_version

__all__ = [
    "KEPT",
    "Imported",
    "OpenDraft",
    "Sent",
    "archive_conversation",
    "attach_book",
    "checkpoint_replies",
    "choose_books",
    "choose_scene",
    "close_stale",
    "close_turn",
    "continue_reply",
    "delete_message",
    "detach_book",
    "digest_message",
    "direct",
    "edit_message",
    "edit_stamp",
    "export_branches",
    "export_conversation",
    "export_lines",
    "forget_memory",
    "jump_to",
    "import_chat",
    "keep_version",
    "may_speak",
    "name_checkpoint",
    "open_draft",
    "open_turn",
    "purge_deleted",
    "rate_reply",
    "refresh_greetings",
    "regenerate",
    "remove_checkpoint",
    "rename_conversation",
    "report_message",
    "restore_message",
    "select_swipe",
    "send_message",
    "start_conversation",
    "stop_reply",
    "sweep_replies",
    "take_version",
    "write_note",
]
