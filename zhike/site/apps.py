"""What is connected when the program starts: texts to their translations, nothing else."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import get_language, gettext

from zhike.kernel.words import install_language, install_translator


class SiteConfig(AppConfig):
    """The site as a Django app: no models, one wiring."""

    name = "zhike.site"
    label = "site"

    def ready(self) -> None:
        """Texts of every layer are translated by Django's catalogues from now on."""
        install_translator(gettext)
        install_language(lambda: get_language() or "zh-hans")
