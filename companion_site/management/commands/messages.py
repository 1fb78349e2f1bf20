"""`manage.py messages update|compile|check`: the catalogues, without GNU gettext."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from companion_site.management import catalogues


class Command(BaseCommand):
    help = "Collect translatable strings, compile catalogues, or list what is untranslated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["update", "compile", "check"])

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR
        if options["action"] == "compile":
            written = [locale for locale in catalogues.LOCALES if catalogues.compile_locale(root, locale)]
            self.stdout.write(f"compiled: {', '.join(written) or 'nothing, all up to date'}")
            return
        template = catalogues.collect(root)
        if options["action"] == "update":
            for locale in catalogues.LOCALES:
                catalogues.update(root, locale, template)
        problems = [
            f"{locale}: {line}" for locale in catalogues.LOCALES for line in catalogues.gaps(root, locale, template)
        ]
        for line in problems:
            self.stdout.write(line)
        if options["action"] == "check" and problems:
            raise CommandError(f"{len(problems)} strings need a translator: edit locale/*/LC_MESSAGES/django.po.")
