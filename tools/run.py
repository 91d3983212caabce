"""What ``make run`` starts: brings the home up to date, fills a new one with demo data, serves it."""

from __future__ import annotations

import os
import sys

from zhike.site.cli import main as zhike
from zhike.site.home import Home, configure


def main() -> int:
    """Run the three commands in order and stop at the first that fails."""
    home = configure(Home.here())
    new = home.is_new()
    for command in ([["migrate"], ["demo"]] if new else [["migrate"]]) + [
        ["serve", "--port", os.environ.get("PORT", "8000")]
    ]:
        code = zhike([*command, "--home", str(home.path)])
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
