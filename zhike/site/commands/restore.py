"""``zhike restore``: put a backup back. Nobody else may be at work in the home meanwhile."""

from __future__ import annotations

from pathlib import Path

from zhike.kernel.actor import SYSTEM
from zhike.kernel.words import _
from zhike.records.backups.restoring import mend, restore
from zhike.records.company.company import require_settings
from zhike.records.notices.mail_hold import mail_hold
from zhike.site.commands.arguments import Given
from zhike.site.commands.migrate import migrate_now, new_language
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for
from zhike.site.home import Home


def run(given: Given, home: Path) -> int:
    """Check it whole, put it in the place of the home's data, bring the database up to date."""
    if mend(home):
        print(_("A restore that was broken off has been taken back."))
    actor = SYSTEM if Home(home).is_new() else actor_for(given, home)
    require_settings(actor)
    with Bar(str(_("Restore"))) as bar:
        done = restore(
            Path(given.word("FILE")).expanduser(),
            then=lambda: _up_to_date(given),
            actor=actor,
            key_file=Path(given.text("key")).expanduser() if given.has("key") else None,
            other_home=given.has("other-home"),
            step=bar,
        )
    print(
        _("{home} is as it was at {made}: {rows} rows, {files} uploads. Everybody signs in anew.").with_(
            home=home, made=done.made[:19].replace("T", " ") + " UTC", rows=f"{done.rows:,}", files=f"{done.files:,}"
        )
    )
    tell_of_held_mail()
    if done.aside:
        print(
            _("What was here before lies in {place}. Remove it when you do not need it any more.").with_(
                place=done.aside
            )
        )
    return 0


def tell_of_held_mail() -> None:
    """Say that mail waits, and what to do about it."""
    hold = mail_hold()
    if hold is not None:
        text = _(
            "Outgoing mail is held ({n} wait): some of it may have been sent before. See the settings page Mail,"
            " or: zhike mail release, zhike mail release --drop."
        )
        print(text.with_(n=f"{hold.waiting:,}"))


def _up_to_date(given: Given) -> None:
    migrate_now(new_language(given))
