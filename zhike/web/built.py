"""Built assets by their logical names: style sheets, scripts, icon sprites. The build writes ``static/manifest.json``."""

from __future__ import annotations

import json
import re
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
def _first_icons() -> frozenset[str]:
    """The icons of the sprite that every page fetches; the others are in a second one."""
    try:
        return frozenset(re.findall(r'id="([^"]+)"', (STATIC / _manifest()["sprite.svg"]).read_text("ascii")))
    except (FileNotFoundError, KeyError):
        return frozenset()


@cache
def icon_svg(name: str, small: bool = False) -> Markup:
    """An icon of the sprites, 16 px, or 14 px when small. It says nothing to a screen reader."""
    small_class = " is-small" if small else ""
    sprite = asset("sprite.svg" if name in _first_icons() else "sprite-more.svg")
    return html('<svg class="icon%s" aria-hidden="true"><use href="%s#%s"/></svg>', small_class, sprite, name)
