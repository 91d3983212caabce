"""Simplified Chinese is complete: every text of code and templates has its translation, with the same parameters."""

from __future__ import annotations

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.house.files import ROOT

FOLDER = ROOT / "zhike/site/locale/zh_Hans/LC_MESSAGES"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
PARAMETER = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def used():
    found = extract_from_dir(ROOT / "zhike", METHODS, OPTIONS, keywords={"_": None})
    places = {message: f"{name}:{line}" for name, line, message, _comments, _context in found}
    return {text: place for text, place in places.items() if re.search(r"[A-Za-z]", PARAMETER.sub("", text))}


@pytest.fixture(scope="module")
def catalogue():
    with (FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="zh_Hans")


def test_texts_are_found_in_code_and_in_templates(used):
    assert any(place.startswith("web/templates/") for place in used.values())
    assert any(place.startswith("schema/") for place in used.values())


def test_every_text_is_translated(used, catalogue):
    missing = [
        f"{place}: {text}" for text, place in used.items() if not (catalogue.get(text) and catalogue.get(text).string)
    ]
    assert not missing, f"{len(missing)} texts lack Chinese (make messages):\n" + "\n".join(sorted(missing)[:40])


def test_no_translation_is_a_guess(catalogue):
    assert not [message.id for message in catalogue if message.fuzzy and message.id]


def test_translations_use_the_parameters_of_the_text(catalogue):
    wrong = [
        m.id for m in catalogue if m.id and m.string and set(PARAMETER.findall(m.string)) - set(PARAMETER.findall(m.id))
    ]
    assert not wrong


def test_what_is_read_at_run_time_is_built_from_the_catalogue(catalogue):
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    assert {m.id for m in compiled if m.id} == {m.id for m in catalogue if m.id and m.string and not m.fuzzy}
