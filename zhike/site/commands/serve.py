"""``zhike serve``: pages, API and worker on one home."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from zhike.kernel.words import _
from zhike.records.company.first_steps import begin
from zhike.site.commands.arguments import Given
from zhike.site.commands.migrate import bring_up_to_date, new_language
from zhike.site.home import Home
from zhike.site.inside import serving
from zhike.site.serve import open_to_others, serve


def run(given: Given, home: Path) -> int:
    """Bring the database up to date, then serve until interrupted. One server at a time on a SQLite file."""
    with nullcontext() if Home(home).database_url else serving(home):
        return _serve(given, home)


def _serve(given: Given, home: Path) -> int:
    bring_up_to_date(new_language(given), backup=not given.has("no-backup"))
    host, beginning = given.text("host", "127.0.0.1"), begin()

    def announce(address: str) -> None:
        print(_("Zhike is at {address} (stop it with Ctrl+C).").with_(address=address), flush=True)
        if beginning:
            text = _("Nobody can sign in yet. Begin here, the link works once: {address}")
            print(text.with_(address=reached_at(Home(home), address) + beginning), flush=True)
        if open_to_others(host):
            print(
                _("Other machines reach it under the names in “hosts” of {file}.").with_(file=home / "zhike.toml"),
                flush=True,
            )

    serve(
        Home(home),
        host=host,
        port=given.number("port", 8000),
        workers=given.number("workers", 1),
        with_worker=not given.has("without-worker"),
        announce=announce,
    )
    return 0


def reached_at(home: Home, address: str) -> str:
    """How people reach this server: behind a proxy by the first name in ``hosts``, else where it listens."""
    names = home.option("hosts", [])
    if not home.option("behind_proxy", False) or not names or names[0].startswith(("*", ".")):
        return address
    return f"{'https' if home.option('https', False) else 'http'}://{names[0]}"
