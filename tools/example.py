"""Load one of the example data sets into a new home: ``example.py SET DATA --home DIR [--file FILE]``."""

from __future__ import annotations

import sys
import time
import tomllib
from pathlib import Path

from zhike.site.home import Home, configure

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def main(words: list[str]) -> int:
    """Run the steps of a set; 0 when done, 1 when something was refused, 2 for wrong usage."""
    options = {words[i]: words[i + 1] for i in range(len(words) - 1) if words[i].startswith("--")}
    plain = [word for i, word in enumerate(words) if not word.startswith("--") and (i == 0 or not words[i - 1].startswith("--"))]
    if len(plain) != 2 or not (EXAMPLES / plain[0] / "steps.toml").is_file():
        known = ", ".join(sorted(path.parent.name for path in EXAMPLES.glob("*/steps.toml")))
        print(f"usage: make example SET=… DATA=FOLDER ZHIKE_HOME=FOLDER [FILE=…]   (sets: {known})", file=sys.stderr)
        return 2
    folder, data = EXAMPLES / plain[0], Path(plain[1])
    if not data.is_dir():
        print(f"There is no data folder {data}.", file=sys.stderr)
        return 2
    home = Home(Path(options["--home"]).resolve()) if options.get("--home") else Home.here()
    if not home.is_new:
        print(f"{home.path} holds a Zhike database already; an example needs an empty home.", file=sys.stderr)
        return 1
    configure(home)
    return _load(folder, data, options.get("--file", ""))


def _load(folder: Path, data: Path, file: str) -> int:
    from zhike.automation.worker import work_off
    from zhike.kernel.actor import SYSTEM
    from zhike.records.customise import create_field
    from zhike.records.importing import import_table, refused_text
    from zhike.records.mapping import load_mapping
    from zhike.records.settings import change_company
    from zhike.site.commands.migrate import bring_up_to_date

    bring_up_to_date()
    steps = tomllib.loads((folder / "steps.toml").read_text(encoding="utf-8"))
    change_company(**steps.get("company", {}))
    for field in steps.get("field", ()):
        create_field(SYSTEM, field.pop("object"), field)
    for step in steps.get("import", ()):
        started = time.monotonic()
        path = data / (file if file and step.get("file") == "FILE" else step["file"])
        done = import_table(SYSTEM, step["object"], path, load_mapping(folder / step["map"]), on_error="skip")
        seconds = time.monotonic() - started
        print(
            f"{step['object']:<12} {path.name:<46} created {done.created}, updated {done.updated}, unchanged {done.unchanged},"
            f" skipped {done.refused}, warnings {len(done.warnings)}  ({seconds:.1f} s)"
        )
        for problem in done.problems[:20]:
            print("  " + refused_text(problem))
    work_off()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
