"""Which settings page answers at which address, below ``/settings``."""

from __future__ import annotations

from django.urls import path

from zhike.web.pages.settings import company, hub

urlpatterns = [
    path("settings", hub.show, name="settings"),
    path("settings/company", company.show),
]
