"""Cards in and out: files become drafts with a report, drafts and published cards become files."""

from __future__ import annotations

from characters.services.transfer.bulk import Outcome, import_many
from characters.services.transfer.edits import edit_card
from characters.services.transfer.incoming import Imported, import_card, import_file, open_file, unreadable
from characters.services.transfer.outgoing import FORMATS, Export, export_card

__all__ = [
    "FORMATS",
    "Export",
    "Imported",
    "Outcome",
    "edit_card",
    "export_card",
    "import_card",
    "import_file",
    "import_many",
    "open_file",
    "unreadable",
]
