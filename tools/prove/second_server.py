"""Two servers on one SQLite home: the second refuses, also right after the first was killed and started again.

The control takes the lock's file away."""

from __future__ import annotations

from tools.prove import Figure
from tools.prove.homes import Served, served


def prove(control: bool) -> Figure:
    """Whether a second server came up, and whether a restore was let in beside the first."""
    with served() as here:
        if control:
            (here.home / ".serving").unlink()
            (here.home / ".in-use").unlink()
        second = Served(here.home, here.token)
        try:
            second.start()
            came_up = True
        except RuntimeError:
            came_up = False
        finally:
            second.stop()
        said = here.run("restore", "/no/such.zip", code=1)
        let_in = "Stop it first" not in said
        here.kill()
        again = here.start()
    server, restore = "came up" if came_up else "refused", "let in" if let_in else "refused"
    figure = f"second server {server}, restore beside it {restore}, back {again:.1f} s after kill -9"
    return Figure("one server a home", figure, not came_up and not let_in)
