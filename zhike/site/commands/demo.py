"""``zhike demo``: a demo company for a home that is new, and how it goes again."""

from __future__ import annotations

from pathlib import Path

from zhike.kernel.words import _
from zhike.records.company.sample_data import remove_now
from zhike.site import demo
from zhike.site.commands.arguments import Given, NotDone
from zhike.site.commands.migrate import bring_up_to_date
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for


def run(given: Given, home: Path) -> int:
    """Fill an empty home; with ``--if-new`` a home that holds records is left alone, else refused."""
    bring_up_to_date()
    actor = actor_for(given, home)
    if given.has("remove"):
        print(remove_now(actor)[1])
        return 0
    if not demo.is_empty():
        if given.has("if-new"):
            return 0
        raise NotDone(_("This home already holds records; the demo company is for a new one."))
    with Bar(str(_("Demo company"))) as bar:
        login = demo.load(progress=bar.say, size=demo.SMALL if given.text("size") == "small" else demo.FULL)
    print(
        _("The demo company is in {home}. Sign in as {login} with the password {password}.").with_(
            home=home, login=login, password=demo.DEMO_PASSWORD
        )
    )
    return 0
