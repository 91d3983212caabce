"""What ``make run`` starts: brings the home up to date, fills a new one with demo data, serves it."""

from __future__ import annotations

import os
import sys

from zhike.kernel.words import _
from zhike.site.cli import main as zhike
from zhike.site.home import Home, configure


def main() -> int:
    """Run the commands in order and stop at the first that fails."""
    home = configure(Home.here())
    new = home.is_new()
    code = _do(home, "migrate") or (_do(home, "demo") if new else 0)
    if code:
        return code
    if not new:
        _remind()
    return _do(home, "serve", "--port", os.environ.get("PORT") or "8000")


def _do(home: Home, *command: str) -> int:
    return zhike([*command, "--home", str(home.path)])


def _remind() -> None:
    from zhike.records.company.settings import company
    from zhike.site.demo import DEMO_PASSWORD

    if company().demo:
        text = _("The demo company: sign in as {login} with the password {password}, unless you changed it.")
        print(text.with_(login="admin", password=DEMO_PASSWORD), flush=True)


if __name__ == "__main__":
    sys.exit(main())
