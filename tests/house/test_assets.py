"""What the front-end build leaves in ``zhike/web/static``."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from tests.house.files import ROOT
from zhike.schema.registry import registry

STATIC = ROOT / "zhike/web/static"


@pytest.fixture(scope="module")
def built():
    if not (STATIC / "manifest.json").is_file():
        pytest.fail("the assets are not built: make assets")
    return json.loads((STATIC / "manifest.json").read_text("utf-8"))


def test_every_page_finds_its_script_style_and_icons(built):
    assert {"main.js", "index.css", "sprite.svg", "favicon.svg"} <= set(built)
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


def test_every_declared_icon_is_in_the_sprite(built):
    there = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / built["sprite.svg"]).read_text("utf-8")))
    declared = {spec.icon for spec in registry.shipped()}
    declared |= {action.icon for spec in registry.shipped() for action in registry.actions(spec.key) if action.icon}
    assert declared - there == set()


def test_scripts_never_make_code_from_text(built):
    main = (STATIC / built["main.js"]).read_text("utf-8")
    assert "allowEval:!1" in main


def test_licences_of_what_is_built_in_go_with_it(built):
    text = (STATIC / built["licences.txt"]).read_text("utf-8")
    assert all(name in text for name in ("htmx.org", "lucide-static", "@fontsource-variable/inter"))
