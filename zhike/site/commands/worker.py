"""``zhike worker``: only the worker, beside servers that run elsewhere."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

from zhike.kernel.words import _
from zhike.site.commands.arguments import Given
from zhike.site.commands.migrate import bring_up_to_date
from zhike.site.serve import work


def run(given: Given, home: Path) -> int:
    """Work until interrupted; what is under way is finished first."""
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda _sign, _frame: stop.set())
    bring_up_to_date()
    print(_("The worker runs on {home} (stop it with Ctrl+C).").with_(home=home), flush=True)
    work(stop)
    return 0
