"""What is connected when the program starts: texts to their translations, nothing else."""

from __future__ import annotations

from functools import lru_cache

from django.apps import AppConfig
from django.utils.translation import get_language, gettext

from zhike.kernel.words import install_language, install_translator


@lru_cache(maxsize=8192)
def _in_language(language: str | None, text: str) -> str:
    return gettext(text)


def translated(text: str) -> str:
    """A text in the language of the request; catalogues do not change while the program runs, so each is looked up once."""
    return _in_language(get_language(), text)


class SiteConfig(AppConfig):
    """The site as a Django app: no models, one wiring."""

    name = "zhike.site"
    label = "site"

    def ready(self) -> None:
        """Texts of every layer are translated by Django's catalogues from now on."""
        install_translator(translated)
        install_language(lambda: get_language() or "zh-hans")
