"""What the front-end build leaves in ``zhike/web/static``."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from tests.house.files import ROOT
from zhike.schema.registry import registry
from zhike.web.built import icon_svg

STATIC = ROOT / "zhike/web/static"


@pytest.fixture(scope="module")
def built():
    if not (STATIC / "manifest.json").is_file():
        pytest.fail("the assets are not built: make assets")
    return json.loads((STATIC / "manifest.json").read_text("utf-8"))


def test_every_page_finds_its_script_style_and_icons(built):
    assert {"main.js", "more.js", "index.css", "more.css", "sprite.svg", "sprite-more.svg", "favicon.svg"} <= set(built)
    for name in built.values():
        assert (STATIC / name).stat().st_size > 0


def test_names_carry_a_hash_so_that_browsers_may_keep_them_for_ever(built):
    assert all(re.fullmatch(r".+-[A-Z0-9]{8}\.[a-z0-9]+", name) for name in built.values())


def test_compressed_copies_hold_the_same(built):
    name = built["index.css"]
    assert gzip.decompress((STATIC / f"{name}.gz").read_bytes()) == (STATIC / name).read_bytes()
    assert (STATIC / f"{name}.br").is_file()


def test_old_browsers_get_styles_they_understand(built):
    css = (STATIC / built["index.css"]).read_text("utf-8")
    assert "light-dark(" not in css
    assert built["inter.woff2"] in css


def icons_of(built, sprite):
    return set(re.findall(r'<symbol id="([^"]+)"', (STATIC / built[sprite]).read_text("utf-8")))


def test_every_declared_icon_is_in_the_sprite_all_pages_fetch(built):
    there = icons_of(built, "sprite.svg")
    declared = {spec.icon for spec in registry.shipped()}
    declared |= {action.icon for spec in registry.shipped() for action in registry.actions(spec.key) if action.icon}
    assert declared - there == set()


def test_an_icon_is_shown_from_the_one_sprite_that_holds_it(built):
    first, more = icons_of(built, "sprite.svg"), icons_of(built, "sprite-more.svg")
    assert not first & more
    for name in ("house", min(more)):
        sprite = "sprite.svg" if name in first else "sprite-more.svg"
        assert f"/static/{built[sprite]}#{name}" in icon_svg(name)


def test_scripts_never_make_code_from_text(built):
    main = (STATIC / built["main.js"]).read_text("utf-8")
    assert "allowEval:!1" in main


def test_licences_of_what_is_built_in_go_with_it(built):
    text = (STATIC / built["licences.txt"]).read_text("utf-8")
    assert all(name in text for name in ("htmx.org", "lucide-static", "@fontsource-variable/inter"))
