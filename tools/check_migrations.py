"""Fails when a model changed and no migration was written, or when a migration is missing for an app."""

from __future__ import annotations

import sys
import tempfile

from django.core.management import call_command

from zhike.site.home import configure


def main() -> int:
    """Check against an empty home."""
    with tempfile.TemporaryDirectory() as folder:
        configure(folder)
        try:
            call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)
        except SystemExit as end:
            return int(end.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
