"""Where the server writes what it did: a log file in the home that appears with its first line and never grows large."""

from __future__ import annotations

import logging
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from zhike.kernel.scrubbing import scrubbed


class HomeLog(RotatingFileHandler):
    """Ten files of 5 MB. The folder is made when there is something to write."""

    def __init__(self, path: str) -> None:
        super().__init__(path, maxBytes=5_000_000, backupCount=9, encoding="utf-8", delay=True)

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()


class Utc(logging.Formatter):
    """``2026-03-09T14:30:00Z WARNING zhike.web failure 1a2b-3c4d at GET /accounts``."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", "%Y-%m-%dT%H:%M:%SZ", style="{")

    def format(self, record: logging.LogRecord) -> str:
        """The line, traces of failures included, without anybody's number or mail address."""
        return scrubbed(super().format(record))


def logging_settings(folder: Path, level: str) -> dict[str, Any]:
    """Everything to the error stream and to ``zhike.log`` in ``folder``; our own from ``level``, others' warnings."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"utc": {"()": "zhike.site.logs.Utc"}},
        "handlers": {
            "stream": {"class": "logging.StreamHandler", "formatter": "utc"},
            "file": {"class": "zhike.site.logs.HomeLog", "path": str(folder / "zhike.log"), "formatter": "utc"},
        },
        "root": {"handlers": ["stream", "file"], "level": "WARNING"},
        "loggers": {
            "zhike": {"level": level},
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            # A refused form or a missing page is daily life, and the addresses would fill the log.
            "django.request": {"level": "ERROR"},
            "django.security.csrf": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
