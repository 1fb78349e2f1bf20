"""Hashed static files whose ES module imports are rewritten to the hashed names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the package has no types
    # Django rewrites `import "./x.js";` only where this is on and the statement ends with a semicolon.
    support_js_module_import_aggregation = True
    manifest_strict = False

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        """Leave names without a suffix alone: a type import in a comment, as htmx's extensions have, is no file."""
        convert: Any = super().url_converter(name, hashed_files, template)

        def converter(match: re.Match[str]) -> str:
            is_file = PurePosixPath(match["url"].split("#")[0].split("?")[0]).suffix
            return str(convert(match) if is_file else match["matched"])

        return converter
