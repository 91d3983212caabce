"""Built assets by their logical names: style sheet, script, icon sprite. The build writes ``static/manifest.json``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from markupsafe import Markup

from zhike.web.markup import html

STATIC = Path(__file__).parent / "static"
PREFIX = "/static/"


@cache
def _manifest() -> dict[str, str]:
    """Read once per process: the names change only with a build."""
    try:
        return dict(json.loads((STATIC / "manifest.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


@cache
def asset(name: str) -> str:
    """The address of a built asset: ``asset("main.js")`` → ``/static/main-4F1C22AB.js``; the plain name when not built."""
    return PREFIX + _manifest().get(name, name)


@cache
def icon_svg(name: str, small: bool = False) -> Markup:
    """An icon of the sprite, 16 px, or 14 px when small. It says nothing to a screen reader."""
    small_class = " is-small" if small else ""
    return html(
        '<svg class="icon%s" aria-hidden="true"><use href="%s#%s"/></svg>', small_class, asset("sprite.svg"), name
    )
