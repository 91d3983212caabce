"""Load one of the example data sets into a new home: ``example.py SET DATA --home DIR [--file FILE]``."""

from __future__ import annotations

import importlib
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from zhike.site.home import Home, configure

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def main(words: list[str]) -> int:
    """Run the steps of a set; 0 when done, 1 when something was refused, 2 for wrong usage."""
    options = {words[i]: words[i + 1] for i in range(len(words) - 1) if words[i].startswith("--")}
    plain = [
        word
        for i, word in enumerate(words)
        if not word.startswith("--") and (i == 0 or not words[i - 1].startswith("--"))
    ]
    if len(plain) != 2 or not (EXAMPLES / plain[0] / "steps.toml").is_file():
        known = ", ".join(sorted(path.parent.name for path in EXAMPLES.glob("*/steps.toml")))
        print(f"usage: make example SET=… DATA=FOLDER ZHIKE_HOME=FOLDER [FILE=…]   (sets: {known})", file=sys.stderr)
        return 2
    folder, data = EXAMPLES / plain[0], Path(plain[1])
    if not data.is_dir():
        print(f"There is no data folder {data}.", file=sys.stderr)
        return 2
    home = Home(Path(options["--home"]).resolve()) if options.get("--home") else Home.here()
    if not home.is_new():
        print(f"{home.path} holds a Zhike database already; an example needs an empty home.", file=sys.stderr)
        return 1
    configure(home)
    migrate = importlib.import_module("zhike.site.commands.migrate")
    migrate.bring_up_to_date()
    load_set(folder, data, options.get("--file", ""))
    return 0


def load_set(folder: Path, data: Path, file: str = "", print_line: Callable[[str], None] = print) -> None:
    """Run a set's steps on the configured, migrated home and say what each did; rows that do not fit are skipped and named."""
    records = {
        name: importlib.import_module(f"zhike.records.{name}")
        for name in (
            "company.settings",
            "declaring.customise",
            "importing.mapping",
            "importing.rows",
            "importing.table",
        )
    }
    system = importlib.import_module("zhike.kernel.actor").SYSTEM
    steps = tomllib.loads((folder / "steps.toml").read_text(encoding="utf-8"))
    records["company.settings"].change_company(**steps.get("company", {}))
    for field in steps.get("field", ()):
        records["declaring.customise"].create_field(
            system, field["object"], {key: value for key, value in field.items() if key != "object"}
        )
    for step in steps.get("import", ()):
        started = time.monotonic()
        path = data / (file if file and step.get("file") == "FILE" else step["file"])
        mapping = records["importing.mapping"].load_mapping(folder / step["map"])
        done = records["importing.table"].import_table(system, step["object"], path, mapping, on_error="skip")
        print_line(
            f"{step['object']:<12} {path.name:<46} created {done.created}, updated {done.updated}, unchanged {done.unchanged},"
            f" skipped {done.refused}, warnings {len(done.warnings)}  ({time.monotonic() - started:.1f} s)"
        )
        for problem in done.problems[:20]:
            print_line("  " + records["importing.rows"].refused_text(problem))
    importlib.import_module("zhike.automation.worker").work_off()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
