"""An empty installation of a benchmark's own. Import it before any app: it sets the environment and starts Django."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile

import django

FOLDER = tempfile.mkdtemp(prefix="cardia-bench-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ.update(
    {
        "DJANGO_SETTINGS_MODULE": "companion_site.settings",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "VAR_DIR": FOLDER,
        "DATABASE_URL": f"sqlite:///{FOLDER}/bench.sqlite3",
        "LOG_LEVEL": "WARNING",
    }
)
django.setup()
