"""A filled home in which everybody can sign in: ``python -m tools.benching.people_home ACCOUNTS`` prints the logins as JSON,
managers among the sellers as in any ten of them."""

from __future__ import annotations

import json
import sys

from zhike.site.home import Home, configure

configure(Home.here())

from tools.benching.fill import PASSWORD, fill  # noqa: E402 - Django stands on its home first
from zhike.access.signin import set_password  # noqa: E402
from zhike.site.commands.migrate import bring_up_to_date  # noqa: E402
from zhike.store.database import rows  # noqa: E402


def main(accounts: int) -> None:
    """Fill the home and tell who is there."""
    bring_up_to_date()
    fill(accounts)
    people = rows('SELECT "id", "login" FROM "objects_user" WHERE "login" IS NOT NULL AND "active" ORDER BY "id"')
    for id, _login in people:
        set_password(id, PASSWORD)
    logins = [login for _id, login in people]
    above = [one for one in logins if not one.startswith("seller")]
    sellers = [one for one in logins if one.startswith("seller")]
    mixed = [
        one for n, seller in enumerate(sellers) for one in ([above.pop(), seller] if above and n % 9 == 0 else [seller])
    ]
    print(json.dumps({"password": PASSWORD, "logins": mixed + above}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
