"""``zhike mail release``: mail that waits after a restore goes out, or is thrown away."""

from __future__ import annotations

from pathlib import Path

from zhike.kernel.words import _
from zhike.records.notices.mail_hold import mail_hold, release_mail
from zhike.site.commands.arguments import Given
from zhike.site.commands.session import actor_for


def run(given: Given, home: Path) -> int:
    """Let it go and say how many there were."""
    actor = actor_for(given, home)
    if mail_hold() is None:
        print(_("No mail is held."))
        return 0
    number = release_mail(actor, drop=given.has("drop"))
    text = _("{n} mails were thrown away; new ones go out.") if given.has("drop") else _("{n} mails go out now.")
    print(text.with_(n=f"{number:,}"))
    return 0
