"""One database at one size: fill it unless it is filled, then measure. Prints the figures as JSON on its last line.

``python -m tools.benching.run SIZE NAME …``, in the environment of the home."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from zhike.site.home import Home, configure

configure(Home.here())

from tools.benching.bed import Bed  # noqa: E402 - Django stands on its home first
from tools.benching.benches import BENCHES  # noqa: E402
from tools.benching.importing import clear  # noqa: E402
from tools.benching.measure import Figures, measure  # noqa: E402


def main(words: list[str]) -> None:
    """Measure the named benches at the size given first."""
    bed = Bed(int(words[0]))
    clear()  # of a run that was ended
    found: dict[str, dict[str, float]] = {}
    for name in words[1:]:
        one = BENCHES[name]
        made = one.make(bed)
        found[name] = asdict(made if isinstance(made, Figures) else measure(*made, rounds=one.rounds))
        print(f"{name}: {found[name]['ours']:.2f} ms", file=sys.stderr)
    clear()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
