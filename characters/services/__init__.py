"""Every write of the characters app that has a rule."""

from __future__ import annotations

from characters.services.adapters import give_adapter
from characters.services.drafts import create_character, delete_draft, save_face, set_art, update_card
from characters.services.likes import like, unlike
from characters.services.review import publish, reject, restore, submit_for_review, take_down
from characters.services.storylines import add_storyline, remove_storyline, start_storyline, update_storyline
from characters.services.transfer import (
    Export,
    Imported,
    edit_card,
    export_card,
    import_card,
    import_file,
    import_many,
    open_file,
)
from characters.services.versions import restore_version

__all__ = [
    "Export",
    "Imported",
    "add_storyline",
    "create_character",
    "delete_draft",
    "edit_card",
    "export_card",
    "give_adapter",
    "import_card",
    "import_file",
    "import_many",
    "like",
    "open_file",
    "publish",
    "reject",
    "remove_storyline",
    "restore",
    "restore_version",
    "save_face",
    "set_art",
    "start_storyline",
    "submit_for_review",
    "take_down",
    "unlike",
    "update_card",
    "update_storyline",
]
