"""The gallery shows every page there is, or says why not."""

from __future__ import annotations

import pytest

from tools import gallery

pytestmark = pytest.mark.sqlite


def test_every_page_is_in_the_gallery_or_has_a_reason_not_to_be() -> None:
    assert not gallery.unseen()


def test_a_new_page_without_a_picture_and_a_reason_that_holds_no_more_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [route for route in gallery.page_patterns() if route != "sw.js"]
    monkeypatch.setattr("tools.gallery.page_patterns", lambda: [*known, "settings/moon"])
    assert gallery.unseen() == ["settings/moon", "sw.js"]


def test_no_two_pictures_have_one_name() -> None:
    names = [shot.name for shot in gallery.SHOTS]
    assert len(names) == len(set(names))
    assert {face[0] for face in gallery.README.values()} <= set(names)
