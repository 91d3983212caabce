"""What is connected when the program starts: texts to their translations, the demo company to the jobs."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from zhike.kernel.lazy import LazyModule
from zhike.site import languages

_demo_jobs: Any = LazyModule("zhike.site.demo.jobs")  # needs the models


class SiteConfig(AppConfig):
    """The site as a Django app: no models, one wiring."""

    name = "zhike.site"
    label = "site"

    def ready(self) -> None:
        """Texts of every layer are translated from now on."""
        languages.install()
        assert _demo_jobs.run_load  # its kind of job is known from now on
