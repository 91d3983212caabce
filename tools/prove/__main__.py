"""``python -m tools.prove [NAME …]``: runs the proofs and prints a table; CONTROL=1 expects every one to turn red; RECORD=1
keeps the figures for docs/proof.md."""

from __future__ import annotations

import os
import sys
import time

from tools.prove import (
    Prove,
    audit_chain,
    crash,
    disk_full,
    drill,
    edits,
    failover,
    key_rotation,
    power,
    second_server,
    suites,
)
from tools.prove.figures import keep

PROOFS: dict[str, Prove] = {
    "audit-chain": audit_chain.prove,
    "crash": crash.prove,
    "crash-postgresql": crash.on_postgresql,
    "disk-full": disk_full.prove,
    "drill": drill.prove,
    "edits": edits.prove,
    "edits-postgresql": edits.on_postgresql,
    "failover": failover.prove,
    "key-rotation": key_rotation.prove,
    "power": power.prove,
    "second-server": second_server.prove,
    "corpora": suites.corpora,
    "malformed": suites.long_form("malformed files", suites.MALFORMED),
    "matrix": suites.long_form("permission matrix", suites.MATRIX),
    "questions": suites.long_form("questions at random", suites.QUESTIONS),
}


def main(names: list[str]) -> int:
    """0 when every proof held, or with CONTROL=1 when none did."""
    unknown = [name for name in names if name not in PROOFS]
    if unknown:
        print(f"no such proof: {', '.join(unknown)}; there are {', '.join(PROOFS)}")
        return 2
    control = os.environ.get("CONTROL", "") not in ("", "0")
    failed = 0
    for name in names or list(PROOFS):
        started = time.monotonic()
        figure = PROOFS[name](control)
        right = figure.ok is None or figure.ok != control
        failed += not right
        if figure.ok is None:
            word = "not tried"
        elif control:
            word = "red, as it has to be" if right else "GREEN: the proof is blind"
        else:
            word = "holds" if right else "BROKEN"
        took = time.monotonic() - started
        if os.environ.get("RECORD") and figure.ok is not None:
            keep(name, figure, control, took)
        print(f"{figure.name}\t{figure.figure}\t{word}\t{took:.0f} s".expandtabs(8), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
