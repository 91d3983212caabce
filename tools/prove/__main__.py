"""``python -m tools.prove [NAME …]``: runs the proofs and prints a table; CONTROL=1 expects every one to turn red."""

from __future__ import annotations

import os
import sys
import time

from tools.prove import Prove, audit_chain, crash, drill, edits, second_server

PROOFS: dict[str, Prove] = {
    "audit-chain": audit_chain.prove,
    "crash": crash.prove,
    "drill": drill.prove,
    "edits": edits.prove,
    "second-server": second_server.prove,
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
        right = figure.ok != control
        failed += not right
        word = (
            ("red, as it has to be" if right else "GREEN: the proof is blind")
            if control
            else ("holds" if right else "BROKEN")
        )
        print(f"{figure.name}\t{figure.figure}\t{word}\t{time.monotonic() - started:.0f} s".expandtabs(8), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
