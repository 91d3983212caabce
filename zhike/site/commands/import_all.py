"""``zhike import --all``: an export of everything becomes the data of a new home."""

from __future__ import annotations

from pathlib import Path

from zhike.kernel.actor import SYSTEM
from zhike.kernel.words import _
from zhike.records.open_format.taking import take_everything
from zhike.site.commands.arguments import Given
from zhike.site.commands.migrate import make_tables, migrate_now, new_language
from zhike.site.commands.progress import Bar
from zhike.site.commands.restore import tell_of_held_mail


def run(given: Given, home: Path) -> int:
    """Check it whole, write all of it or nothing, bring the database up to date."""
    with Bar(str(_("Import"))) as bar:
        done = take_everything(Path(given.word("IN")).expanduser(), SYSTEM, ready=make_tables, step=bar)
    migrate_now(new_language(given))
    text = _("{home} holds what {company} had on {made}: {records} records, {changes} changes, {files} files.")
    print(
        text.with_(
            home=home, company=done.company, made=done.made[:19].replace("T", " ") + " UTC",
            records=f"{done.records:,}", changes=f"{done.changes:,}", files=f"{done.files:,}",
        )
    )  # fmt: skip
    tell_of_held_mail()
    print(
        _("Passwords, second steps and tokens are not in an export. Give yourself a way in: zhike user password LOGIN")
    )
    return 0
