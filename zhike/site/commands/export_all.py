"""``zhike export --all``: everything the company has, in open formats, while the server runs."""

from __future__ import annotations

from pathlib import Path

from zhike.kernel.words import _
from zhike.records.open_format.giving import give_everything, note_giving
from zhike.records.open_format.package import packing
from zhike.site.commands.arguments import Given, NotDone, WrongUsage
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for


def run(given: Given, home: Path) -> int:
    """Write a new folder or .zip and say what is in it. Personal data is in clear in it: that must be asked for."""
    actor = actor_for(given, home)
    out = Path(given.word("OUT")).expanduser()
    if not given.has("personal-data"):
        text = _(
            "Everything includes personal data in clear: whoever has the files can read it. If you mean that, say --personal-data."
        )
        raise NotDone(text)
    if out.exists() or not out.parent.is_dir():
        raise WrongUsage(_("{file} is there already, or its folder is not.").with_(file=out))
    note_giving(actor, out.name)
    with Bar(str(_("Everything"))) as bar, packing(out) as made:
        lines = give_everything(made, actor.name, bar)
    records = sum(number for part, number in lines.items() if part.startswith("objects/"))
    text = _(
        "{records} records, {changes} changes and {files} files are in {file}. Personal data in it is in clear: keep it safe."
    )
    print(
        text.with_(
            records=f"{records:,}", changes=f"{lines['history/changes.jsonl']:,}",
            files=f"{sum(one['name'].startswith('files/') for one in made.parts):,}", file=out,
        )
    )  # fmt: skip
    return 0
