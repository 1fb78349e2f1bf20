"""How the log is written: lines for people or JSON for collectors, each with the id of its request."""

from __future__ import annotations

_FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s"


def logging_config(style: str, level: str) -> dict[str, object]:
    """Return Django's LOGGING for `style` (line or json) and the root's `level`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "companion_site.core.requestid.RequestIdFilter"}},
        "formatters": {
            "json": {"()": "pythonjsonlogger.json.JsonFormatter", "format": _FIELDS},
            "line": {"format": "%(levelname)s %(name)s [%(request_id)s] %(message)s"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": style, "filters": ["request_id"]},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"httpx": {"level": "WARNING"}, "httpx2": {"level": "WARNING"}},
    }
