"""The languages of the interface and their catalogues."""

from __future__ import annotations

import gettext
from pathlib import Path

from zhike.kernel.words import install_languages

LOCALE = Path(__file__).parent / "locale"
USUAL = "zh-hans"


def install() -> None:
    """Chinese from its catalogue, English as the texts are written."""
    chinese = gettext.translation("django", LOCALE, languages=["zh_Hans"], fallback=True)
    install_languages({"zh-hans": chinese.gettext, "en": str}, USUAL)
