"""Keep a small home of the version that is installed, for the test that upgrades it: ``tests/upgrade/homes/NAME.json.gz``.

    git worktree add /tmp/released v0.2.0 && cd /tmp/released
    PYTHONPATH=. python …/tools/keep_home.py …/tests/upgrade/homes/0.2.0.json.gz

Runs on the version of the current folder, so it asks for little: a database of its own, a few made-up records through the
doors, and every table read as it lies there. The key in the file was made for it and opens nothing else."""

from __future__ import annotations

import base64
import gzip
import json
import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

MOST = 100_000
PHONE, NAME = "13912345678", "华信科技"


def main(out: Path) -> int:
    """Make the home, fill it, write it down."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ZHIKE_HOME": folder, "ZHIKE_DATABASE": "", "ZHIKE_LANGUAGE": "en"}
        from zhike.site.home import Home, configure

        configure(Home(Path(folder)))
        from zhike.site.commands.migrate import bring_up_to_date

        bring_up_to_date("en")
        facts = fill()
        kept = {"expects": facts, **read(Path(folder))}
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out, "wb") as stream, gzip.GzipFile("", "wb", 9, stream, mtime=0) as packed:
        packed.write(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode())
    print(f"{out}: {out.stat().st_size:,} bytes")
    return int(out.stat().st_size > MOST)


def fill() -> dict[str, Any]:
    """A few records with what is easily lost on the way: secrets, files, links, custom fields, trash, a merge, history."""
    from zhike.kernel.actor import SYSTEM
    from zhike.kernel.changes import Command
    from zhike.records.actions import run_action
    from zhike.records.declaring.customise import create_field, create_object
    from zhike.records.files import store_file
    from zhike.records.write import write

    def made(key: str, **values: Any) -> int:
        return write(SYSTEM, Command("create", key, values=values), why="kept home").id

    create_field(SYSTEM, "account", {"key": "hotline", "label": "热线", "kind": "phone"})
    create_object(
        SYSTEM,
        {
            "key": "machine",
            "plural": "machines",
            "label": "设备",
            "fields": [
                {"key": "name", "label": "名称", "kind": "text"},
                {"key": "firm", "label": "客户", "kind": "link", "to": "account"},
                {"key": "price", "label": "价格", "kind": "money"},
            ],
        },
    )
    keep = made("account", name="华信", phone=PHONE, hotline=PHONE, tags=["reference"])
    lose = made("account", name="华信公司")
    binned = made("account", name="扔掉的")
    deal = made("opportunity", name="大单", account=lose, amount="1200.50")
    made("contact", name="金丝雀", mobile="13700001111", account=keep)
    made("machine", name="车床", firm=lose, price="88000")
    made("task", subject="回访", parent=f"account:{keep}", due_on="2026-12-01")
    made("note", title="记一下", body="说过了", parent=f"account:{keep}")
    file = made("file", name="报价", content=store_file(SYSTEM, "报价.txt", [b"an offer"]), parent=f"account:{keep}")
    write(SYSTEM, Command("update", "account", keep, values={"name": NAME}))
    merge = run_action(SYSTEM, "account", "merge", [keep, lose], {"keep": keep}).operation
    write(SYSTEM, Command("trash", "account", binned))
    ids = {"keep": keep, "lose": lose, "binned": binned, "deal": deal, "file": file, "merge": merge}
    return {**ids, "phone": PHONE, "name": NAME}


def read(home: Path) -> dict[str, Any]:
    """Every table but those the index makes by itself, and the files beside the database."""
    from django.db import connections

    connections.close_all()
    link = sqlite3.connect(home / "zhike.db")
    link.row_factory = sqlite3.Row
    listed = link.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    tables = {}
    for (name,) in listed:
        if name.startswith(("sqlite_", "django_", "store_search_fts")):
            continue
        found = link.execute(f'SELECT * FROM "{name}"').fetchall()
        if found:
            tables[name] = {"columns": found[0].keys(), "rows": [list(one) for one in found]}
    migrations = link.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    files = {
        str(path.relative_to(home)): base64.b64encode(path.read_bytes()).decode()
        for path in [home / "zhike.key", *(one for one in sorted((home / "files").rglob("*")) if one.is_file())]
    }
    return {"migrations": [list(one) for one in migrations], "files": files, "tables": tables}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
