"""Prints what the detectors reach on a folder of labelled rows, as the table of docs/reference/detectors.md."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moderation.evaluation import Figures, measure


class Command(BaseCommand):
    help = "Measure the detectors on a folder of labelled JSONL files; prints a Markdown table, never a row."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder with safety_zh.jsonl, ooc_en.jsonl, …")
        parser.add_argument("--limit", type=int, help="read at most so many rows of each file")

    def handle(self, *args: Any, folder: Path, limit: int | None, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}. Name the one that holds the .jsonl files.")
        self.stdout.write("| task | source · type | rows | positive | recall | false positives | AUROC | rows/s |")
        self.stdout.write("|---|---|---|---|---|---|---|---|")
        for figures in measure(folder, limit=limit):
            self.stdout.write(_line(figures))


def _line(figures: Figures) -> str:
    cells = [
        figures.task,
        figures.source,
        str(len(figures.scores)),
        str(figures.positives),
        _number(figures.recall),
        _number(figures.false_positives),
        _number(figures.auroc),
        f"{figures.rows_per_second:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
