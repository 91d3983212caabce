"""``zhike token create``: a bearer token for the API."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.access.signin import actor_of_login, create_token
from zhike.kernel.words import _
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import as_json
from zhike.site.commands.session import actor_for


def run(given: Given, home: Path) -> int:
    """Print the token alone on standard output, so that scripts can take it; it cannot be shown again."""
    actor = actor_for(given, home)
    user = actor_of_login(given.word("USER"))
    token = create_token(actor, user.id, given.text("name"))
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json({"token": token, "user": user.id}))
        return 0
    print(token)
    print(_("It acts as {name} and is shown only now.").with_(name=user.name), file=sys.stderr)
    return 0
